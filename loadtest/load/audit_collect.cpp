// Waiting is cheap (callbacks only); the full evidence is gathered when they are all there or the time is over.
#include "loadtest/load/audit_collect.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "common/codec/api_json.hpp"
#include "common/limits.hpp"
#include "loadtest/load/tasks.hpp"

namespace acq::load {
namespace {

namespace asio = boost::asio;

constexpr std::size_t witness_requests_at_once = 32;

/// The n of "run-0000012"; nothing for another run's order.
std::optional<std::size_t> index_in(const std::string& run_id, std::string_view number, std::size_t count) {
  if (!number.starts_with(run_id) || number.size() <= run_id.size() + 1) return std::nullopt;
  const std::string_view digits = number.substr(run_id.size() + 1);
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc{} || end != digits.data() + digits.size() || n >= count) return std::nullopt;
  return n;
}

}  // namespace

AuditCollector::AuditCollector(const OrderMix& mix, const std::vector<SentOrder>& orders, Merchant& merchant,
                               Witnesses& witnesses, EventFeed& feed)
    : mix_(mix), orders_(orders), merchant_(merchant), witnesses_(witnesses), feed_(feed) {}

asio::awaitable<Result<AuditResult>> AuditCollector::run(std::int64_t drain_ms, std::function<void(std::size_t)> tick) {
  const std::int64_t deadline_us = steady_us() + drain_ms * 1000;
  co_await wait_for_callbacks(deadline_us, tick);
  for (;;) {
    const auto evidence = co_await gather();
    const bool over = steady_us() >= deadline_us;
    if (evidence) {
      AuditResult result = audit(*evidence);
      const auto unsettled = std::count_if(result.differences.begin(), result.differences.end(),
                                           [](const Difference& d) { return may_settle(d.kind); });
      if (unsettled == 0 || over) co_return result;
      tick(static_cast<std::size_t>(unsettled));
    } else if (over) {
      co_return evidence.error();
    }
    co_await pause_ms(1'000);
  }
}

asio::awaitable<void> AuditCollector::wait_for_callbacks(std::int64_t deadline_us,
                                                         const std::function<void(std::size_t)>& tick) {
  std::vector<bool> told(orders_.size());
  auto waiting = static_cast<std::size_t>(std::count_if(
      orders_.begin(), orders_.end(), [](const SentOrder& o) { return o.end == SentOrder::End::accepted; }));
  std::int64_t last = 0;
  for (;;) {
    // A receiver that is away for a moment is asked again; gather() decides whether it came back in time.
    if (const auto events = co_await feed_.after(last)) {
      for (const ReceivedEvent& event : *events) {
        last = std::max(last, event.number);
        const auto n = index_in(mix_.run_id, event.content.payment.merchant_order_id, orders_.size());
        if (!n || told[*n] || !is_final(event.content.payment.state)) continue;
        if (orders_[*n].end != SentOrder::End::accepted) continue;
        told[*n] = true;
        --waiting;
        // The callback may overtake the 202 on its way to us.
        const std::int64_t latency_us = std::max<std::int64_t>(0, event.received_us - orders_[*n].accepted_us);
        if (feed_.has_arrival_times()) callback_latency_.record(latency_us);
      }
    }
    tick(waiting);
    if (waiting == 0 || steady_us() >= deadline_us) co_return;
    co_await pause_ms(200);
  }
}

AuditOrder AuditCollector::order_of(std::size_t n) const {
  const SentOrder& sent = orders_[n];
  AuditOrder order;
  order.number = mix_.number_of(n);
  order.amount = mix_.amount_of(n);
  const ExpectedEnd expected = expected_end(order.amount);
  order.expected_state = expected.state;
  order.expected_decline_code = expected.decline_code;
  order.expires_after_ms =
      mix_.method_of(n) == MethodType::qr ? limits::expiry_qr_default_ms : limits::expiry_barcode_default_ms;
  switch (sent.end) {
    case SentOrder::End::accepted:
      order.told = Told::accepted;
      break;
    case SentOrder::End::refused:
      order.told = Told::refused;
      break;
    case SentOrder::End::open:
    case SentOrder::End::unresolved:
      order.told = Told::unresolved;
      break;
  }
  order.payment_id = sent.payment_id;
  order.other_ids = sent.other_ids;
  return order;
}

asio::awaitable<Result<Evidence>> AuditCollector::gather() {
  Evidence evidence;
  evidence.orders.reserve(orders_.size());
  for (std::size_t n = 0; n < orders_.size(); ++n) evidence.orders.push_back(order_of(n));

  auto events = co_await feed_.after(0);
  if (!events) co_return events.error();
  evidence.events = std::move(*events);
  note_ids_of_events(evidence);
  if (const auto found = co_await find_unresolved(evidence); !found) co_return found.error();

  std::unordered_set<PaymentId> ids;
  for (const AuditOrder& order : evidence.orders) {
    if (order.told == Told::accepted) ids.insert(order.payment_id);
    ids.insert(order.other_ids.begin(), order.other_ids.end());
  }
  std::vector<PaymentId> asked(ids.begin(), ids.end());
  auto lookups = co_await witnesses_.look_up(std::move(asked));
  if (!lookups) co_return lookups.error();
  evidence.lookups = std::move(*lookups);

  if (const auto read = co_await read_charges(evidence); !read) co_return read.error();
  co_return evidence;
}

void AuditCollector::note_ids_of_events(Evidence& evidence) const {
  for (const ReceivedEvent& event : evidence.events) {
    const codec::PaymentView& said = event.content.payment;
    const auto n = index_in(mix_.run_id, said.merchant_order_id, orders_.size());
    if (!n) continue;
    AuditOrder& order = evidence.orders[*n];
    const bool known =
        (order.told == Told::accepted && order.payment_id == said.payment_id) ||
        std::find(order.other_ids.begin(), order.other_ids.end(), said.payment_id) != order.other_ids.end();
    if (!known) order.other_ids.push_back(said.payment_id);
  }
}

asio::awaitable<Result<void>> AuditCollector::find_unresolved(Evidence& evidence) {
  std::vector<AuditOrder*> unresolved;
  for (AuditOrder& order : evidence.orders) {
    if (order.told == Told::unresolved) unresolved.push_back(&order);
  }
  std::string trouble;
  const auto task = [&](std::size_t i) { return find_one(*unresolved[i], trouble); };
  co_await for_each(unresolved.size(), witness_requests_at_once, task);
  if (!trouble.empty()) co_return Failure(Errc::peer_away, trouble);
  co_return Result<void>();
}

asio::awaitable<void> AuditCollector::find_one(AuditOrder& order, std::string& trouble) {
  const auto answer = co_await merchant_.get_by_number(order.number);
  if (answer && answer->status == 404) co_return;  // not accepted so far: the charges alone are compared
  if (answer && answer->status == 200) {
    if (const auto payment = codec::read_payment(answer->body)) {
      order.other_ids.push_back(payment->payment_id);
      co_return;
    }
  }
  trouble = "the gateway does not tell what became of " + order.number;
  if (answer) trouble += " (" + std::to_string(answer->status) + ")";
}

asio::awaitable<Result<void>> AuditCollector::read_charges(Evidence& evidence) {
  std::string trouble;
  const auto task = [&](std::size_t n) { return read_charge(evidence, n, trouble); };
  co_await for_each(evidence.orders.size(), witness_requests_at_once, task);
  if (!trouble.empty()) co_return Failure(Errc::peer_away, trouble);
  co_return Result<void>();
}

asio::awaitable<void> AuditCollector::read_charge(Evidence& evidence, std::size_t n, std::string& trouble) {
  if (!trouble.empty()) co_return;  // one silent witness is enough to know that this round fails
  const std::string& number = evidence.orders[n].number;
  const auto charged = co_await witnesses_.charges_of(number);
  if (charged) {
    evidence.charges.emplace(number, *charged);
  } else {
    trouble = charged.error().detail;
  }
}

}  // namespace acq::load
