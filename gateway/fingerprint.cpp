#include "gateway/fingerprint.hpp"

namespace acq::gateway {
namespace {

std::string metadata_text(const Metadata& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    text += std::to_string(key.size()) + ":" + key + "=" + std::to_string(value.size()) + ":" + value + "\n";
  }
  return text;
}

}  // namespace

std::string canonical_text(const PaymentRequest& request, Field field) {
  switch (field) {
    case Field::amount:
      return std::to_string(request.amount);
    case Field::currency:
      return std::string(request.currency.code());
    case Field::method:
      return std::string(acq::name_of(request.method)) + ":" + request.code;
    case Field::description:
      return request.description;
    case Field::callback_url:
      return request.callback_url;
    case Field::expires_at:
      return request.expires_at_sent;
    case Field::metadata:
      return metadata_text(request.metadata);
  }
  return {};
}

Fingerprint fingerprint_of(const PaymentRequest& request, const crypto::SipKey& key) {
  Fingerprint fingerprint{};
  for (std::size_t i = 0; i < field_count; ++i) {
    const std::string text = canonical_text(request, static_cast<Field>(i));
    fingerprint[i] = static_cast<std::uint32_t>(crypto::siphash24(key, text));
  }
  return fingerprint;
}

}  // namespace acq::gateway
