#include "gateway/refund_reader.hpp"

#include <functional>

#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "gateway/names.hpp"
#include "gateway/short_waits.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;
using Stored = Result<std::optional<StoredRefund>>;

bool is_found(const Stored& read) {
  return read && read->has_value();
}

Refusal not_yet_known(std::optional<RefundId> id) {
  return {.code = Errc::not_yet_known, .refund_id = id};
}

std::string text_at(const redis::Reply::Array& values, std::size_t index) {
  const std::string* text = index < values.size() ? values[index].text() : nullptr;
  return text != nullptr ? *text : std::string();
}

}  // namespace

asio::awaitable<RefundFinding> RefundReader::by_id(MerchantId merchant, RefundId id) {
  auto found = co_await look(merchant, id);
  const bool young = may_be_on_its_way(id.unix_ms(), runtime::unix_ms());
  for (std::size_t i = 0; young && i < waits_ms.size() && !is_found(found); ++i) {
    co_await pause(waits_ms[i]);
    found = co_await look(merchant, id);
  }
  if (is_found(found)) co_return std::move(**found);
  if (young || !found) co_return not_yet_known(id);
  const std::int32_t partition = partition_of(route_of(same_bytes<IntentId>(id)), parts_.partitions);
  const bool caught_up = co_await parts_.payments.writer_has_caught_up(partition);
  if (!caught_up) co_return not_yet_known(id);
  found = co_await look(merchant, id);  // again: the first look may have been before the log's end
  if (is_found(found)) co_return std::move(**found);
  if (found) co_return Refusal{.code = Errc::not_found};
  co_return not_yet_known(id);
}

asio::awaitable<RefundFinding> RefundReader::by_number(MerchantId merchant, std::string merchant_refund_id) {
  NumberLook look = co_await look_by_number(merchant, merchant_refund_id);
  for (std::size_t i = 0; look.may_be_reserved && i < waits_ms.size() && !is_found(look.found); ++i) {
    co_await pause(waits_ms[i]);
    look = co_await look_by_number(merchant, merchant_refund_id);
  }
  if (is_found(look.found)) co_return std::move(**look.found);
  if (look.may_be_reserved || !look.found) co_return not_yet_known(std::nullopt);
  const bool caught_up = co_await all_writers_have_caught_up();
  if (!caught_up) co_return not_yet_known(std::nullopt);
  auto last = co_await read_number(merchant, std::move(merchant_refund_id));
  if (is_found(last)) co_return std::move(**last);
  if (last) co_return Refusal{.code = Errc::not_found};
  co_return not_yet_known(std::nullopt);
}

asio::awaitable<RefundList> RefundReader::of_payment(MerchantId merchant, PaymentId payment,
                                                     std::optional<RefundId> before) {
  Finding found = co_await parts_.payments.find(merchant, payment);
  if (auto* refusal = std::get_if<Refusal>(&found)) co_return std::move(*refusal);
  const PaymentId own = std::get<StoredPayment>(found).payment.payment_id;
  // One more than is shown says whether there is more.
  std::function<Result<std::vector<Refund>>(mariadb::Connection&)> work = [own, before](mariadb::Connection& c) {
    return list_refunds(c, own, before, limits::refunds_listed_max + 1);
  };
  auto listed = co_await parts_.database.run<std::vector<Refund>>(std::move(work));
  if (!listed) co_return Refusal{.code = Errc::not_yet_known, .payment_id = own};
  RefundPage page{std::move(*listed), {}};
  if (page.refunds.size() > limits::refunds_listed_max) {
    page.refunds.resize(limits::refunds_listed_max);
    page.next = page.refunds.back().refund_id;
  }
  co_return page;
}

asio::awaitable<Stored> RefundReader::look(MerchantId merchant, RefundId id) {
  std::function<Stored(mariadb::Connection&)> work = [merchant, id](mariadb::Connection& connection) {
    return read_refund(connection, merchant, id);
  };
  auto stored = co_await parts_.database.run<std::optional<StoredRefund>>(std::move(work));
  co_return stored;
}

asio::awaitable<Result<RefundFacts>> RefundReader::facts(Payment payment, std::string merchant_refund_id) {
  std::string key_hash = refund_key_hash(payment.merchant_id, merchant_refund_id);
  std::function<Result<RefundFacts>(mariadb::Connection&)> work =
      [payment = std::move(payment), key_hash = std::move(key_hash)](mariadb::Connection& connection) {
        return read_refund_facts(connection, payment, key_hash);
      };
  auto facts = co_await parts_.database.run<RefundFacts>(std::move(work));
  co_return facts;
}

asio::awaitable<RefundReader::NumberLook> RefundReader::look_by_number(MerchantId merchant,
                                                                       std::string merchant_refund_id) {
  NumberLook result;
  std::optional<Reservation> reservation;
  const std::int64_t now = runtime::unix_ms();
  std::vector<std::string> get{"MGET", refund_reservation_key(merchant, merchant_refund_id), std::string(whole_key)};
  auto reply = co_await parts_.cache.command(std::move(get));
  if (reply && reply->array() != nullptr) {
    const std::string reserved = text_at(*reply->array(), 0);
    const std::string marker = text_at(*reply->array(), 1);
    if (marker.empty()) parts_.cache.command_and_forget({"SET", std::string(whole_key), std::to_string(now), "NX"});
    result.may_be_reserved = !reserved.empty() || !parts_.wholeness.whole_for(limits::offer_window_ms, marker, now);
    reservation = decode_reservation(reserved);
  }
  result.found = co_await read_number(merchant, std::move(merchant_refund_id));
  const bool absent = result.found && !result.found->has_value();
  if (absent && reservation) {  // parked: it has no key, but it is there
    result.found = co_await look(merchant, same_bytes<RefundId>(reservation->payment_id));
  }
  co_return result;
}

asio::awaitable<Stored> RefundReader::read_number(MerchantId merchant, std::string merchant_refund_id) {
  std::function<Stored(mariadb::Connection&)> work =
      [merchant, key_hash = refund_key_hash(merchant, merchant_refund_id)](mariadb::Connection& connection) -> Stored {
    auto numbered = read_refund_number(connection, merchant, key_hash);
    if (!numbered) return numbered.error();
    if (!numbered->has_value()) return std::optional<StoredRefund>();
    if (!(*numbered)->stored) return Failure(Errc::undecodable, "a refund's number without its refund");
    return std::move((*numbered)->stored);
  };
  auto stored = co_await parts_.database.run<std::optional<StoredRefund>>(std::move(work));
  co_return stored;
}

asio::awaitable<bool> RefundReader::all_writers_have_caught_up() {
  const std::int64_t until_ms = runtime::steady_ms() + limits::log_end_wait_ms;
  for (std::int32_t partition = 0; partition < parts_.partitions; ++partition) {
    if (runtime::steady_ms() >= until_ms) co_return false;
    const bool caught_up = co_await parts_.payments.writer_has_caught_up(partition);
    if (!caught_up) co_return false;
  }
  co_return true;
}

}  // namespace acq::gateway
