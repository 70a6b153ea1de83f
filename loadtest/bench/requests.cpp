#include "loadtest/bench/requests.hpp"

#include "common/codec/json_document.hpp"
#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"

namespace acq::bench {
namespace {

std::string body_of(const RequestKind& kind, std::size_t number) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("merchant_order_id", kind.number_prefix + std::to_string(number));
  writer.member("amount", std::int64_t{1'000}).member("currency", "CNY");
  writer.key("method").begin_object().member("type", "barcode").member("code", "28763443825664394100").end_object();
  writer.member("description", "one of many");
  if (!kind.callback_url.empty()) writer.member("callback_url", kind.callback_url);
  if (kind.attempt != 1) writer.member("attempt", std::int64_t{kind.attempt});
  writer.end_object();
  return body;
}

}  // namespace

std::vector<std::string> payment_requests(const Signer& signer, const RequestKind& kind, std::size_t count) {
  const auto created_s = runtime::unix_ms() / 1000;
  std::vector<std::string> requests;
  requests.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto body = body_of(kind, i);
    std::string bytes = "POST /v1/payments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
    bytes += "Accept: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    for (const auto& [name, value] :
         http::sign_request("POST", "/v1/payments", {}, body, signer.key_id, signer.key, created_s)) {
      bytes += name + ": " + value + "\r\n";
    }
    requests.push_back(bytes + "\r\n" + body);
  }
  return requests;
}

}  // namespace acq::bench
