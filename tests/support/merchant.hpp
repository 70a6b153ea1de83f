// A merchant as the gateway sees it: signed requests, one at a time, and every way to send them wrongly.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/codec/json_document.hpp"
#include "common/crypto/secret.hpp"
#include "common/domain/ids.hpp"
#include "common/http/client.hpp"
#include "common/http/message_signature.hpp"

namespace acq::test {

struct Answer {
  int status = 0;  ///< 0: none came
  std::string body;
  codec::JsonValue json;
  http::ClientAnswer raw;

  std::string text(std::string_view member) const { return std::string(json.string_or(member)); }
  std::int64_t integer(std::string_view member) const { return json.integer_or(member, -1); }
  std::string header(std::string_view name) const { return std::string(raw.header(name)); }
  /// "/amount=differs /method=differs": a problem's field faults, in their order.
  std::string faults() const;
};

/// One exchange without a signature: simulator, receiver, admin ports.
Answer ask(const std::string& method, const std::string& url, const std::string& body = {},
           std::vector<std::pair<std::string, std::string>> headers = {});

/// The body of a create; what is empty or 0 is left out.
struct Order {
  std::string number{};
  std::int64_t amount = 1'000;
  std::string code{};  ///< barcode digits; empty: qr
  std::string description{};
  std::string callback_url{};
  std::string metadata{};  ///< a JSON object
  std::int32_t attempt = 1;
  std::string json() const;
};

class Merchant {
 public:
  /// `key_secret`: "mksec_…".
  Merchant(std::string gateway_url, std::string merchant_id, std::string key_id, const std::string& key_secret);
  /// The same merchant with an Ed25519 key: its 32-byte private half.
  Merchant with_ed25519(std::string key_id, crypto::Secret private_key) const;

  const std::string& id_text() const noexcept { return merchant_id_; }
  const std::string& key_id() const noexcept { return key_id_; }
  /// "mksec_…"
  const std::string& key_secret() const noexcept { return key_secret_; }
  MerchantId id() const;

  /// Last changes to a request that is signed already.
  using Change = std::function<void(http::ClientRequest&)>;
  Answer create(const std::string& body, const Change& change = {}) const;
  Answer create(const Order& order) const { return create(order.json()); }
  Answer close(const std::string& payment_id) const {
    return send("POST", "/v1/payments/" + payment_id + "/close", {});
  }
  /// `attempt` 0: left out.
  Answer close_number(const std::string& number, std::int32_t attempt = 0) const;
  /// `reason` empty: left out.
  Answer refund(const std::string& payment_id, const std::string& number, std::int64_t amount,
                const std::string& reason = {}) const;
  Answer refunds_of(const std::string& payment_id) const { return get("/v1/payments/" + payment_id + "/refunds"); }
  Answer refund(const std::string& refund_id) const { return get("/v1/refunds/" + refund_id); }
  Answer refund_by_number(const std::string& number) const { return get("/v1/refunds?merchant_refund_id=" + number); }
  Answer get(const std::string& target) const { return send("GET", target, {}); }
  Answer payment(const std::string& payment_id) const { return get("/v1/payments/" + payment_id); }
  Answer by_number(const std::string& number) const { return get("/v1/payments?merchant_order_id=" + number); }
  /// `created_ago_s`: how old the signature says it is.
  Answer send(const std::string& method, const std::string& target, const std::string& body,
              std::int64_t created_ago_s = 0, const Change& change = {}) const;
  /// The same merchant at another gateway.
  Merchant at(std::string gateway_url) const;

 private:
  std::string gateway_url_;
  std::string merchant_id_;
  std::string key_id_;
  std::string key_secret_;  ///< empty with Ed25519
  crypto::Secret key_;
  http::SignatureAlgorithm algorithm_ = http::SignatureAlgorithm::hmac_sha256;
};

}  // namespace acq::test
