// Requests to the run's own ports and what their answers mean.
#include "loadtest/load/witnesses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/codec/json_document.hpp"

namespace acq::load {
namespace {

namespace asio = boost::asio;

/// 500 rows or 1,000 events with the longest callback URLs fit.
constexpr std::size_t answer_bytes_max = 4 * 1024 * 1024;

std::optional<Verdict> verdict_from(std::string_view name) {
  if (name == "applied") return Verdict::applied;
  if (name == "alias") return Verdict::alias;
  if (name == "parked") return Verdict::parked;
  if (name == "absent") return Verdict::absent;
  return std::nullopt;
}

std::string lookup_body(const std::vector<PaymentId>& ids, std::size_t from, std::size_t to) {
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object();
  json.key("payment_ids").begin_array();
  for (std::size_t i = from; i < to; ++i) json.value(ids[i].text());
  json.end_array();
  json.end_object();
  return body;
}

}  // namespace

Result<Lookups> read_lookups(std::string_view body) {
  codec::JsonLimits limits;
  limits.bytes_max = answer_bytes_max;
  const auto document = codec::parse_json(body, limits);
  if (!document) return document.error();
  const codec::JsonValue* rows = document->find("payments");
  if (rows == nullptr || rows->array() == nullptr) return Failure(Errc::undecodable, "no list of payments");
  Lookups lookups;
  for (const codec::JsonValue& row : *rows->array()) {
    const auto asked = PaymentId::parse(row.string_or("asked"));
    const auto verdict = verdict_from(row.string_or("verdict"));
    if (!asked || !verdict) return Failure(Errc::undecodable, "a row without an id or a verdict");
    LookedUp& found = lookups[*asked];
    found.verdict = *verdict;
    if (*verdict == Verdict::absent || *verdict == Verdict::parked) continue;
    const auto id = PaymentId::parse(row.string_or("payment_id"));
    const auto state = payment_state_from_name(row.string_or("state"));
    if (!id || !state) return Failure(Errc::undecodable, "a stored payment without an id or a state");
    found.payment_id = *id;
    found.state = *state;
    found.merchant_order_id = row.string_or("merchant_order_id");
    found.amount = row.integer_or("amount", 0);
    found.sequence = static_cast<std::int32_t>(row.integer_or("sequence", 0));
    found.partition = static_cast<std::int32_t>(row.integer_or("partition", -1));
    found.offset = row.integer_or("offset", -1);
    found.created_at_ms = codec::parse_rfc3339(row.string_or("created_at")).value_or(row.integer_or("created_at", 0));
    found.updated_at_ms = codec::parse_rfc3339(row.string_or("updated_at")).value_or(row.integer_or("updated_at", 0));
  }
  return lookups;
}

asio::awaitable<Result<std::string>> Witnesses::ask(http::ClientRequest request) {
  request.timeout_ms = 10'000;
  const std::string url = request.url;
  auto answer = co_await client_.send(std::move(request));
  if (!answer) co_return answer.error();
  if (answer->status != 200) {
    co_return Failure(Errc::peer_away, fmt::format("{} answered {}", url.substr(0, url.find('?')), answer->status));
  }
  co_return std::move(answer->body);
}

asio::awaitable<Result<Lookups>> Witnesses::look_up(std::vector<PaymentId> ids) {
  Lookups all;
  for (std::size_t from = 0; from < ids.size(); from += lookup_ids_max) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = environment_.operator_url + "/operator/v1/payments/lookup";
    request.headers.emplace_back("Authorization", "Bearer " + std::string(environment_.operator_token.reveal()));
    request.body = lookup_body(ids, from, std::min(ids.size(), from + lookup_ids_max));
    request.answer_bytes_max = answer_bytes_max;
    const auto body = co_await ask(std::move(request));
    if (!body) co_return body.error();
    auto part = read_lookups(*body);
    if (!part) co_return part.error();
    all.merge(*part);
  }
  co_return all;
}

asio::awaitable<Result<Charged>> Witnesses::charges_of(std::string merchant_order_id) {
  http::ClientRequest request;
  request.url = environment_.channel_url + "/sim/charges?merchant_order_id=" + merchant_order_id;
  const auto body = co_await ask(std::move(request));
  if (!body) co_return body.error();
  const auto document = codec::parse_json(*body);
  if (!document) co_return document.error();
  Charged charged;
  charged.charges = document->integer_or("charges", -1);
  charged.charged_amount = document->integer_or("charged_amount", 0);
  if (charged.charges < 0) co_return Failure(Errc::undecodable, "the simulator's books say no number of charges");
  co_return charged;
}

asio::awaitable<Result<ReceivedPage>> Witnesses::received(std::string query) {
  http::ClientRequest request;
  request.url = environment_.receiver_url + "/received?" + query;
  request.answer_bytes_max = answer_bytes_max;
  const auto body = co_await ask(std::move(request));
  if (!body) co_return body.error();
  co_return read_received(*body);
}

asio::awaitable<Result<std::int64_t>> Witnesses::received_count() {
  http::ClientRequest request;
  request.url = environment_.receiver_url + "/received/count";
  const auto body = co_await ask(std::move(request));
  if (!body) co_return body.error();
  const auto document = codec::parse_json(*body);
  if (!document) co_return document.error();
  co_return document->integer_or("received", 0);
}

}  // namespace acq::load
