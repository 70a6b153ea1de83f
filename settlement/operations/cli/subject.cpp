#include "settlement/operations/cli/subject.hpp"

#include "common/domain/ids.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {

void add_subject(CLI::App& command, Subject& subject, bool required) {
  auto* name = command.add_option("ID", subject.name, "pay_…, int_… or ref_…, or the merchant's order number");
  if (required) name->required();
  command.add_option("--merchant", subject.merchant, "mer_…: whose order number it is");
}

bool is_id(const std::string& name) {
  return PaymentId::parse(name).has_value() || IntentId::parse(name).has_value() || RefundId::parse(name).has_value();
}

Reply story_of(const Subject& subject) {
  if (!subject.merchant.empty() && !MerchantId::parse(subject.merchant)) {
    throw Failed(usage, "--merchant takes a merchant's id (mer_…), not '" + subject.merchant + "'");
  }
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object();
  if (is_id(subject.name)) {
    writer.member("id", std::string_view(subject.name));
  } else {
    if (subject.name.empty() || subject.name.size() > limits::merchant_order_id_bytes_max) {
      throw Failed(usage, "an order number has 1 to 64 characters");
    }
    writer.member("merchant_order_id", std::string_view(subject.name));
    if (!subject.merchant.empty()) writer.member("merchant_id", std::string_view(subject.merchant));
  }
  writer.end_object();
  auto reply = ask_port("POST", "/payments/story", body);
  if (const auto* several = reply.json.find("ambiguous"); several != nullptr) {
    print_section("", several);
    throw Failed(differs, "several merchants have an order " + subject.name + ": say which with --merchant");
  }
  return reply;
}

std::string id_of(const Subject& subject) {
  if (is_id(subject.name)) return subject.name;
  const auto reply = story_of(subject);
  const auto* payment = reply.json.find("payment");
  return payment == nullptr ? std::string() : std::string(payment->string_or("payment_id"));
}

}  // namespace acq::cli
