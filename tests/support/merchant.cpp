#include "tests/support/merchant.hpp"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"

namespace acq::test {
namespace {

constexpr std::uint32_t answer_ms = 15'000;
constexpr std::size_t answer_bytes_max = 4 * 1024 * 1024;

/// One connection per exchange, because those who are asked get killed; but one client, because each makes a TLS
/// context.
class Line {
 public:
  Result<http::ClientAnswer> send(http::ClientRequest request) {
    Result<http::ClientAnswer> answer = Failure(Errc::peer_away, "no answer");
    boost::asio::co_spawn(context_, client_.send(std::move(request)),
                          [&](std::exception_ptr thrown, Result<http::ClientAnswer> got) {
                            if (!thrown) answer = std::move(got);
                            context_.stop();
                          });
    context_.restart();
    context_.run();
    return answer;
  }

 private:
  boost::asio::io_context context_{1};
  http::Client client_{context_, {.idle_per_destination_max = 0}};
};

Answer exchange(http::ClientRequest request) {
  thread_local Line line;
  request.answer_bytes_max = answer_bytes_max;
  Answer answer;
  auto received = line.send(std::move(request));
  if (!received) return answer;
  answer.raw = std::move(*received);
  answer.status = answer.raw.status;
  answer.body = answer.raw.body;
  codec::JsonLimits limits;
  limits.bytes_max = answer_bytes_max;
  limits.elements_max = 100'000;
  if (auto json = codec::parse_json(answer.body, limits)) answer.json = std::move(*json);
  return answer;
}

}  // namespace

std::string Answer::faults() const {
  std::string all;
  const auto* errors = json.find("errors");
  if (errors == nullptr || errors->array() == nullptr) return all;
  for (const auto& fault : *errors->array()) {
    if (!all.empty()) all += ' ';
    all += std::string(fault.string_or("pointer")) + "=" + std::string(fault.string_or("code"));
  }
  return all;
}

Answer ask(const std::string& method, const std::string& url, const std::string& body,
           std::vector<std::pair<std::string, std::string>> headers) {
  http::ClientRequest request;
  request.timeout_ms = answer_ms;
  request.method = method;
  request.url = url;
  request.body = body;
  request.headers = std::move(headers);
  return exchange(std::move(request));
}

std::string Order::json() const {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("merchant_order_id", number).member("amount", amount).member("currency", "CNY");
  writer.key("method").begin_object().member("type", code.empty() ? "qr" : "barcode");
  if (!code.empty()) writer.member("code", code);
  writer.end_object();
  if (!description.empty()) writer.member("description", description);
  if (!callback_url.empty()) writer.member("callback_url", callback_url);
  if (!metadata.empty()) writer.key("metadata").raw(metadata);
  if (attempt != 1) writer.member("attempt", attempt);
  writer.end_object();
  return out;
}

Merchant::Merchant(std::string gateway_url, std::string merchant_id, std::string key_id, const std::string& key_secret)
    : gateway_url_(std::move(gateway_url)),
      merchant_id_(std::move(merchant_id)),
      key_id_(std::move(key_id)),
      key_secret_(key_secret),
      key_(http::parse_key_secret(key_secret).value()) {}

Merchant Merchant::with_ed25519(std::string key_id, crypto::Secret private_key) const {
  Merchant other = *this;
  other.key_id_ = std::move(key_id);
  other.key_secret_.clear();
  other.key_ = std::move(private_key);
  other.algorithm_ = http::SignatureAlgorithm::ed25519;
  return other;
}

MerchantId Merchant::id() const {
  return MerchantId::parse(merchant_id_).value();
}

Merchant Merchant::at(std::string gateway_url) const {
  Merchant other = *this;
  other.gateway_url_ = std::move(gateway_url);
  return other;
}

Answer Merchant::create(const std::string& body, const Change& change) const {
  return send("POST", "/v1/payments", body, 0, change);
}

Answer Merchant::close_number(const std::string& number, std::int32_t attempt) const {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("merchant_order_id", number);
  if (attempt != 0) writer.member("attempt", attempt);
  writer.end_object();
  return send("POST", "/v1/payments/close", body);
}

Answer Merchant::refund(const std::string& payment_id, const std::string& number, std::int64_t amount,
                        const std::string& reason) const {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("merchant_refund_id", number).member("amount", amount);
  if (!reason.empty()) writer.member("reason", reason);
  writer.end_object();
  return send("POST", "/v1/payments/" + payment_id + "/refunds", body);
}

Answer Merchant::send(const std::string& method, const std::string& target, const std::string& body,
                      std::int64_t created_ago_s, const Change& change) const {
  const auto mark = target.find('?');
  const std::string path = target.substr(0, mark);
  const std::string query = mark == std::string::npos ? std::string() : target.substr(mark + 1);
  http::ClientRequest request;
  request.timeout_ms = answer_ms;
  request.method = method;
  request.url = gateway_url_ + target;
  request.body = body;
  request.headers = http::sign_request(method, path, query, body, key_id_, key_,
                                       runtime::unix_ms() / 1000 - created_ago_s, algorithm_);
  if (change) change(request);
  return exchange(std::move(request));
}

}  // namespace acq::test
