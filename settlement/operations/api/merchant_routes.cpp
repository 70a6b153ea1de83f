// Merchants, their keys and their limits. They apply at once: nothing here moves money.
#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/api/route.hpp"
#include "settlement/operations/merchants.hpp"
#include "settlement/operations/rows_json.hpp"

namespace acq::settlement::operations {
namespace {

constexpr std::size_t page_max = 500;
constexpr std::int64_t key_life_s_max = 10LL * 366 * 24 * 3600;

Result<MerchantId> merchant_of(const Asked& asked) {
  const auto id = MerchantId::parse(asked.body.string_or("merchant_id"));
  if (!id) return field("/merchant_id", "format");
  return *id;
}

void write_key(codec::JsonWriter& writer, const NewKey& key) {
  writer.member("key_id", std::string_view(key.key_id)).member("algorithm", key.algorithm);
  if (!key.key_secret.empty()) writer.member("key_secret", key.key_secret.reveal());
  if (key.expires_at_ms != 0) write_time(writer, "expires_at", key.expires_at_ms);
}

void write_merchant(codec::JsonWriter& writer, const MerchantRow& merchant) {
  writer.member("merchant_id", std::string_view(merchant.merchant_id.text()))
      .member("name", std::string_view(merchant.name))
      .member("currency", std::string_view(merchant.currency))
      .member("status", merchant.active ? std::string_view("active") : std::string_view("suspended"))
      .member("rate_per_second", merchant.rate_per_second)
      .member("in_flight_max", merchant.in_flight_max)
      .member("live_keys", merchant.live_keys);
  write_time(writer, "created_at", merchant.created_at_ms);
}

Result<http::Response> answer_with(Desk& desk, const MerchantId& id) {
  auto merchant = find_merchant(desk.connection, id);
  if (!merchant) return merchant.error();
  auto keys = list_keys(desk.connection, id);
  if (!keys) return keys.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  write_merchant(writer, *merchant);
  writer.key("keys").begin_array();
  const std::int64_t now_ms = runtime::unix_ms();
  for (const auto& key : *keys) {
    const bool live = key.expires_at_ms == 0 || key.expires_at_ms > now_ms;
    writer.begin_object()
        .member("key_id", std::string_view(key.key_id))
        .member("algorithm", std::string_view(key.algorithm))
        .member("live", live);
    write_time(writer, "created_at", key.created_at_ms);
    write_time(writer, "expires_at", key.expires_at_ms);
    write_time(writer, "last_used_at", key.last_used_ms);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> create(Desk& desk, const Asked& asked) {
  const auto currency = Currency::parse(asked.body.string_or("currency"));
  if (!currency) return field("/currency", "unknown");
  const std::string name(asked.body.string_or("name"));
  auto made =
      create_merchant(desk.connection, desk.master, asked.operator_name, name, *currency, flag_of(asked, "live"));
  if (!made) return made.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object()
      .member("merchant_id", std::string_view(made->merchant_id.text()))
      .member("name", std::string_view(name))
      .member("currency", currency->code());
  write_key(writer, made->key);
  writer.member("webhook_secret", made->webhook_secret.reveal()).end_object();
  return json_response(201, std::move(out));
}

Result<http::Response> list(Desk& desk, const Asked& asked) {
  auto limit = limit_of(asked, 100, page_max);
  if (!limit) return limit.error();
  MerchantId after;
  if (const auto text = asked.body.string_or("after"); !text.empty()) {
    const auto parsed = MerchantId::parse(text);
    if (!parsed) return field("/after", "format");
    after = *parsed;
  }
  auto found = list_merchants(desk.connection, after, *limit);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("merchants").begin_array();
  for (const auto& merchant : *found) {
    writer.begin_object();
    write_merchant(writer, merchant);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> show(Desk& desk, const Asked& asked) {
  const auto id = merchant_of(asked);
  if (!id) return id.error();
  return answer_with(desk, *id);
}

Result<http::Response> change_status(Desk& desk, const Asked& asked, bool active) {
  const auto id = merchant_of(asked);
  if (!id) return id.error();
  const std::string reason(asked.body.string_or("reason"));
  if (!is_reason(reason)) return field("/reason", "required");
  if (auto done = set_active(desk.connection, asked.operator_name, *id, active, reason); !done) return done.error();
  return answer_with(desk, *id);
}
Result<http::Response> suspend(Desk& desk, const Asked& asked) {
  return change_status(desk, asked, false);
}
Result<http::Response> resume(Desk& desk, const Asked& asked) {
  return change_status(desk, asked, true);
}

/// What is left out stays as it is.
Result<http::Response> change_limits(Desk& desk, const Asked& asked) {
  const auto id = merchant_of(asked);
  if (!id) return id.error();
  auto before = find_merchant(desk.connection, *id);
  if (!before) return before.error();
  auto rate = number_of(asked, "rate_per_second", before->rate_per_second);
  if (!rate) return rate.error();
  auto in_flight = number_of(asked, "in_flight_max", before->in_flight_max);
  if (!in_flight) return in_flight.error();
  auto done = set_limits(desk.connection, asked.operator_name, *id, *rate, *in_flight);
  if (!done) return done.error();
  return answer_with(desk, *id);
}

Result<http::Response> add_key_of(Desk& desk, const Asked& asked) {
  const auto id = merchant_of(asked);
  if (!id) return id.error();
  KeyRequest wanted;
  wanted.live = flag_of(asked, "live");
  const auto algorithm = asked.body.string_or("algorithm");
  if (algorithm == ed25519)
    wanted.algorithm = ed25519;
  else if (!algorithm.empty() && algorithm != hmac_sha256)
    return field("/algorithm", "unknown");
  auto public_key = crypto::base64_decode(asked.body.string_or("public_key"));
  if (!public_key) return field("/public_key", "format");
  wanted.public_key = std::move(*public_key);
  auto life_s = number_of(asked, "expires_in_s", 0);
  if (!life_s) return life_s.error();
  if (*life_s > key_life_s_max) return field("/expires_in_s", "range");
  if (*life_s > 0) wanted.expires_at_ms = runtime::unix_ms() + *life_s * 1000;
  auto key = add_key(desk.connection, desk.master, asked.operator_name, *id, wanted);
  if (!key) return key.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  write_key(writer, *key);
  writer.end_object();
  return json_response(201, std::move(out));
}

Result<http::Response> expire_key_of(Desk& desk, const Asked& asked) {
  const std::string key_id(asked.body.string_or("key_id"));
  auto in_s = number_of(asked, "in_s", 0);
  if (!in_s) return in_s.error();
  if (*in_s > key_life_s_max) return field("/in_s", "range");
  auto ended = expire_key(desk.connection, asked.operator_name, key_id, runtime::unix_ms() + *in_s * 1000,
                          flag_of(asked, "last_too"));
  if (!ended) return ended.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("key_id", std::string_view(key_id));
  write_time(writer, "expires_at", *ended);
  writer.end_object();
  return json_response(200, std::move(out));
}

constexpr std::array routes{
    Route{"POST", "/merchants", create},
    Route{"POST", "/merchants/list", list},
    Route{"POST", "/merchants/show", show},
    Route{"POST", "/merchants/suspend", suspend},
    Route{"POST", "/merchants/resume", resume},
    Route{"POST", "/merchants/limits", change_limits},
    Route{"POST", "/merchants/keys/add", add_key_of},
    Route{"POST", "/merchants/keys/expire", expire_key_of},
};

}  // namespace

std::span<const Route> merchant_routes() {
  return routes;
}

}  // namespace acq::settlement::operations
