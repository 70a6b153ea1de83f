#include "gateway/payment_reader.hpp"

#include "common/codec/api_json.hpp"
#include "common/domain/idempotency.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "gateway/cached_state.hpp"
#include "gateway/names.hpp"
#include "gateway/short_waits.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

bool is_found(const Result<std::optional<StoredPayment>>& read) {
  return read && read->has_value();
}

Look look_from(Result<std::optional<StoredPayment>> read) {
  if (!read) return {Look::Kind::unclear, {}};
  if (!read->has_value()) return {Look::Kind::absent, {}};
  return {Look::Kind::found, show((*read)->payment, (*read)->aliases)};
}

Refusal not_yet_known(std::optional<PaymentId> id) {
  return {.code = Errc::not_yet_known, .payment_id = id};
}
Refusal not_found() {
  return {.code = Errc::not_found};
}

bool is_refused(const Shown& shown) {
  const auto payment = codec::read_payment(shown.json);
  return payment && payment->state == PaymentState::refused;
}

std::string text_at(const redis::Reply::Array& values, std::size_t index) {
  const std::string* text = index < values.size() ? values[index].text() : nullptr;
  return text != nullptr ? *text : std::string();
}

}  // namespace

std::int32_t present_attempt(const Shown& shown) {
  const auto payment = codec::read_payment(shown.json);
  return payment ? payment->attempt : 1;
}

asio::awaitable<Reading> PaymentReader::by_id(MerchantId merchant, PaymentId id) {
  std::optional<Shown> cached = co_await look_in_cache(merchant, id);
  if (cached) co_return std::move(*cached);
  Finding found = co_await find(merchant, id);
  if (auto* refusal = std::get_if<Refusal>(&found)) co_return std::move(*refusal);
  Result<std::optional<StoredPayment>> stored = std::optional(std::move(std::get<StoredPayment>(found)));
  Look beyond = co_await look_beyond(merchant, std::move(stored));
  if (beyond.kind == Look::Kind::found) co_return std::move(beyond.shown);
  co_return not_yet_known(id);
}

asio::awaitable<Finding> PaymentReader::find(MerchantId merchant, PaymentId id) {
  auto found = co_await read(merchant, id);
  const bool young = may_be_on_its_way(id.unix_ms(), runtime::unix_ms());
  for (std::size_t i = 0; young && i < waits_ms.size() && !is_found(found); ++i) {
    co_await pause(waits_ms[i]);
    found = co_await read(merchant, id);
  }
  if (is_found(found)) co_return std::move(**found);
  if (young || !found) co_return not_yet_known(id);
  const std::int32_t partition = partition_of(route_of(id), parts_.partitions);
  const bool caught_up = co_await writer_has_caught_up(partition);
  if (!caught_up) co_return not_yet_known(id);
  found = co_await read(merchant, id);  // again: the first look may have been before the log's end
  if (is_found(found)) co_return std::move(**found);
  if (found) co_return not_found();
  co_return not_yet_known(id);
}

asio::awaitable<Result<std::optional<StoredPayment>>> PaymentReader::find_by_number(MerchantId merchant,
                                                                                    std::string merchant_order_id) {
  const std::string key_hash = payment_key_hash(merchant, merchant_order_id, 1);
  auto found = co_await read_number(merchant, key_hash);
  if (is_found(found)) co_return found;
  const bool reserved = co_await is_reserved(merchant, std::move(merchant_order_id), 1);
  for (std::size_t i = 0; reserved && i < waits_ms.size() && !is_found(found); ++i) {
    co_await pause(waits_ms[i]);
    found = co_await read_number(merchant, key_hash);
  }
  co_return found;
}

asio::awaitable<Result<StoredAttempt>> PaymentReader::find_attempt(MerchantId merchant, std::string merchant_order_id,
                                                                   std::int32_t attempt) {
  std::function<Result<StoredAttempt>(mariadb::Connection&)> work =
      [merchant, number_hash = payment_key_hash(merchant, merchant_order_id, 1),
       attempt_hash = payment_key_hash(merchant, merchant_order_id, attempt)](mariadb::Connection& connection) {
        return read_attempt(connection, merchant, number_hash, attempt_hash);
      };
  auto stored = co_await parts_.database.run<StoredAttempt>(std::move(work));
  co_return stored;
}

asio::awaitable<bool> PaymentReader::is_reserved(MerchantId merchant, std::string merchant_order_id,
                                                 std::int32_t attempt) {
  std::vector<std::string> exists{"EXISTS", reservation_key(merchant, merchant_order_id, attempt)};
  const auto reply = co_await parts_.cache.command(std::move(exists));
  const auto* number = reply ? reply->integer() : nullptr;
  co_return number != nullptr&&* number == 1;
}

asio::awaitable<Reading> PaymentReader::by_number(MerchantId merchant, std::string merchant_order_id) {
  NumberLook found = co_await look_by_number(merchant, merchant_order_id);
  for (std::size_t i = 0; found.may_be_reserved && i < waits_ms.size() && found.look.kind != Look::Kind::found; ++i) {
    co_await pause(waits_ms[i]);
    found = co_await look_by_number(merchant, merchant_order_id);
  }
  if (found.look.kind == Look::Kind::found) co_return std::move(found.look.shown);
  if (found.may_be_reserved || found.look.kind == Look::Kind::unclear) co_return not_yet_known(std::nullopt);
  const std::int32_t partition = partition_of(route_hash(merchant, merchant_order_id), parts_.partitions);
  const bool caught_up = co_await writer_has_caught_up(partition);
  if (!caught_up) co_return not_yet_known(std::nullopt);
  std::string key_hash = payment_key_hash(merchant, merchant_order_id, 1);
  Look last = co_await look_by_key(merchant, std::move(key_hash));
  if (last.kind == Look::Kind::found) co_return std::move(last.shown);
  if (last.kind == Look::Kind::absent) co_return not_found();
  co_return not_yet_known(std::nullopt);
}

asio::awaitable<Look> PaymentReader::look(MerchantId merchant, PaymentId id) {
  std::optional<Shown> cached = co_await look_in_cache(merchant, id);
  if (cached) co_return Look{Look::Kind::found, std::move(*cached)};
  Look stored = co_await look_in_database(merchant, id);
  co_return stored;
}

asio::awaitable<Reading> PaymentReader::read_now(MerchantId merchant, PaymentId id) {
  Look found = co_await look(merchant, id);
  if (found.kind == Look::Kind::found) co_return std::move(found.shown);
  co_return not_yet_known(id);
}

asio::awaitable<std::optional<Shown>> PaymentReader::look_in_cache(MerchantId merchant, PaymentId id) {
  const std::int32_t partition = partition_of(route_of(id), parts_.partitions);
  // One command: read at one moment (P25).
  std::vector<std::string> get{"MGET", state_key(id), epoch_key(partition), marker_key(id)};
  auto reply = co_await parts_.cache.command(std::move(get));
  if (!reply || reply->array() == nullptr) co_return std::nullopt;
  std::optional<Shown> cached = believe(text_at(*reply->array(), 0), text_at(*reply->array(), 1), merchant);
  std::optional<AttemptMarker> marker = decode_marker(text_at(*reply->array(), 2), merchant);
  if (!marker || (cached && present_attempt(*cached) >= marker->attempt)) co_return cached;
  Look later = co_await look_at_attempt(merchant, id, std::move(*marker));
  if (later.kind == Look::Kind::found) co_return std::move(later.shown);
  co_return std::nullopt;  // never the attempt before: its end is not the payment's any more
}

asio::awaitable<Look> PaymentReader::look_at_attempt(MerchantId merchant, PaymentId id, AttemptMarker marker) {
  std::function<Result<std::optional<Shown>>(mariadb::Connection&)> work =
      [merchant, id, marker = std::move(marker)](mariadb::Connection& connection) {
        return read_with_attempt(connection, merchant, id, marker);
      };
  auto shown = co_await parts_.database.run<std::optional<Shown>>(std::move(work));
  if (!shown) co_return Look{Look::Kind::unclear, {}};
  if (!shown->has_value()) co_return Look{Look::Kind::absent, {}};
  co_return Look{Look::Kind::found, std::move(**shown)};
}

asio::awaitable<Look> PaymentReader::look_beyond(MerchantId merchant, Result<std::optional<StoredPayment>> stored) {
  const bool may_go_on = is_found(stored) && ((*stored)->payment.state == PaymentState::declined ||
                                              (*stored)->payment.state == PaymentState::closed);
  if (!may_go_on) co_return look_from(std::move(stored));
  const PaymentId id = (*stored)->payment.payment_id;
  std::vector<std::string> get{"GET", marker_key(id)};
  auto reply = co_await parts_.cache.command(std::move(get));
  if (!reply) {
    const bool caught_up = co_await writer_has_caught_up(partition_of(route_of(id), parts_.partitions));
    if (!caught_up) co_return Look{Look::Kind::unclear, {}};
    auto again = co_await read(merchant, id);
    co_return look_from(std::move(again));
  }
  const std::string* text = reply->text();
  std::optional<AttemptMarker> marker = text != nullptr ? decode_marker(*text, merchant) : std::nullopt;
  if (!marker || marker->attempt <= (*stored)->payment.attempt) co_return look_from(std::move(stored));
  Look later = co_await look_at_attempt(merchant, id, std::move(*marker));
  co_return later;
}

asio::awaitable<Result<std::optional<StoredPayment>>> PaymentReader::read(MerchantId merchant, PaymentId id) {
  std::function<Result<std::optional<StoredPayment>>(mariadb::Connection&)> work =
      [merchant, id](mariadb::Connection& connection) { return read_by_id(connection, merchant, id); };
  auto stored = co_await parts_.database.run<std::optional<StoredPayment>>(std::move(work));
  co_return stored;
}

asio::awaitable<Result<std::optional<StoredPayment>>> PaymentReader::read_number(MerchantId merchant,
                                                                                 std::string key_hash) {
  std::function<Result<std::optional<StoredPayment>>(mariadb::Connection&)> work =
      [merchant, key_hash = std::move(key_hash)](mariadb::Connection& connection) {
        return read_by_key(connection, merchant, key_hash);
      };
  auto stored = co_await parts_.database.run<std::optional<StoredPayment>>(std::move(work));
  co_return stored;
}

asio::awaitable<Look> PaymentReader::look_in_database(MerchantId merchant, PaymentId id) {
  auto stored = co_await read(merchant, id);
  Look look = co_await look_beyond(merchant, std::move(stored));
  co_return look;
}

asio::awaitable<Look> PaymentReader::look_by_key(MerchantId merchant, std::string key_hash) {
  auto stored = co_await read_number(merchant, std::move(key_hash));
  Look look = co_await look_beyond(merchant, std::move(stored));
  co_return look;
}

asio::awaitable<bool> PaymentReader::was_refused(MerchantId merchant, PaymentId id) {
  Look found = co_await look(merchant, id);
  co_return found.kind == Look::Kind::found&& is_refused(found.shown);
}

asio::awaitable<PaymentReader::NumberLook> PaymentReader::look_by_number(MerchantId merchant,
                                                                         std::string merchant_order_id) {
  NumberLook result;
  std::optional<Reservation> reservation;
  const std::int64_t now = runtime::unix_ms();
  std::vector<std::string> get{"MGET", reservation_key(merchant, merchant_order_id), std::string(whole_key)};
  auto reply = co_await parts_.cache.command(std::move(get));
  if (reply && reply->array() != nullptr) {
    const std::string reserved = text_at(*reply->array(), 0);
    const std::string marker = text_at(*reply->array(), 1);
    if (marker.empty()) parts_.cache.command_and_forget({"SET", std::string(whole_key), std::to_string(now), "NX"});
    const bool whole = parts_.wholeness.whole_for(limits::offer_window_ms, marker, now);
    result.may_be_reserved = !reserved.empty() || !whole;
    reservation = decode_reservation(reserved);
    if (reservation) {
      std::optional<Shown> cached = co_await look_in_cache(merchant, reservation->payment_id);
      if (cached && !is_refused(*cached)) {  // a refused one never had the number: the key table says who has it
        result.look = {Look::Kind::found, std::move(*cached)};
        co_return result;
      }
    }
  }
  std::string key_hash = payment_key_hash(merchant, merchant_order_id, 1);
  result.look = co_await look_by_key(merchant, std::move(key_hash));
  if (result.look.kind == Look::Kind::absent && reservation) {  // parked: it has no key, but it is there
    result.look = co_await look_in_database(merchant, reservation->payment_id);
  }
  co_return result;
}

asio::awaitable<bool> PaymentReader::writer_has_caught_up(std::int32_t partition) {
  const auto log_end = co_await parts_.log_ends.ask(partition);
  if (!log_end) co_return false;
  std::function<Result<bool>(mariadb::Connection&)> work = [partition, topic = parts_.topic_id,
                                                            end = *log_end](mariadb::Connection& connection) {
    return has_applied(connection, partition, topic, end);
  };
  const auto applied = co_await parts_.database.run<bool>(std::move(work));
  co_return applied&&* applied;
}

}  // namespace acq::gateway
