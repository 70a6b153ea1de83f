// One dispatcher releases what is due, a fixed crew of workers sends it. A retry waits in the heap, not on a
// connection.
#include "loadtest/load/open_loop.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/codec/api_json.hpp"
#include "common/crypto/bytes.hpp"
#include "loadtest/load/retry_rules.hpp"
#include "loadtest/load/tasks.hpp"

namespace acq::load {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t late_after_us = 100'000;
constexpr std::int64_t tick_us = 100'000;
/// Sleeping shorter than this costs more CPU than the precision is worth; latency still counts from the plan.
constexpr std::int64_t shortest_sleep_us = 200;

asio::steady_timer::time_point time_at(std::int64_t us) {
  return asio::steady_timer::time_point(std::chrono::microseconds(us));
}

}  // namespace

OpenLoop::OpenLoop(Merchant& merchant, const OrderMix& mix, LoadPlan plan)
    : merchant_(merchant), mix_(mix), plan_(plan), orders_(plan.payments) {}

double OpenLoop::reached_rate() const noexcept {
  const double seconds = static_cast<double>(last_sent_us_ - start_us_) / 1e6 + 1 / plan_.rate;
  return static_cast<double>(counts_.sent) / seconds;
}

std::int64_t OpenLoop::planned_us(std::size_t n) const {
  return start_us_ + static_cast<std::int64_t>(static_cast<double>(n) * 1e6 / plan_.rate);
}

asio::awaitable<void> OpenLoop::run(std::function<void()> tick) {
  start_us_ = steady_us() + 20'000;
  const auto task = [this, &tick](std::size_t i) { return i == 0 ? dispatch(tick) : work(); };
  co_await run_all(1 + plan_.connections, task);
}

asio::awaitable<void> OpenLoop::dispatch(std::function<void()> tick) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::int64_t next_tick_us = 0;
  while (ended_ < orders_.size()) {
    const std::int64_t now_us = steady_us();
    release_due(now_us);
    ring_bells();
    if (now_us >= next_tick_us) {
      tick();
      next_tick_us = now_us + tick_us;
    }
    std::int64_t wake_us = now_us + tick_us / 4;  // a worker may put a retry into the heap meanwhile
    if (next_ < orders_.size()) wake_us = std::min(wake_us, planned_us(next_));
    if (!later_.empty()) wake_us = std::min(wake_us, later_.top().due_us);
    timer.expires_at(time_at(std::max(wake_us, now_us + shortest_sleep_us)));
    co_await timer.async_wait(asio::use_awaitable);
  }
  stopping_ = true;
  for (asio::steady_timer* bell : idle_) bell->cancel();
}

void OpenLoop::release_due(std::int64_t now_us) {
  while (!later_.empty() && later_.top().due_us <= now_us) {
    ready_.push_back(later_.top().order);
    later_.pop();
  }
  while (next_ < orders_.size() && planned_us(next_) <= now_us) ready_.push_back(next_++);
}

void OpenLoop::ring_bells() {
  for (std::size_t wanted = ready_.size(); wanted > 0 && !idle_.empty(); --wanted) {
    idle_.back()->cancel();  // the last to fall idle has the warmest connection
    idle_.pop_back();
  }
}

asio::awaitable<void> OpenLoop::work() {
  asio::steady_timer bell(co_await asio::this_coro::executor);
  while (!stopping_) {
    if (!ready_.empty()) {
      const std::size_t n = ready_.front();
      ready_.pop_front();
      co_await attempt(n);
      continue;
    }
    bell.expires_at(asio::steady_timer::time_point::max());
    idle_.push_back(&bell);
    co_await bell.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> OpenLoop::attempt(std::size_t n) {
  SentOrder& order = orders_[n];
  const std::int64_t planned = planned_us(n);
  if (order.tries++ == 0) {
    last_sent_us_ = steady_us();
    ++counts_.sent;
    if (last_sent_us_ - planned > late_after_us) ++counts_.late;
  } else {
    ++counts_.retries;
  }
  const auto answer = co_await merchant_.create(codec::write_payment_request(mix_.request_of(n)));
  const std::int64_t now_us = steady_us();
  const Judgement judged = judge_create(answer ? &*answer : nullptr);
  order.may_exist = order.may_exist || judged.may_exist;
  switch (judged.next) {
    case Next::accepted:
      order.payment_id = *judged.payment_id;
      order.accepted_us = now_us;
      accept_latency_.record(now_us - planned);
      ++counts_.accepted;
      end(order, SentOrder::End::accepted);
      co_return;
    case Next::refused:
      // A no after a try that may have got through answers this request only.
      ++(order.may_exist ? counts_.unresolved_by_code : counts_.refused_by_code)[judged.code];
      end(order, order.may_exist ? SentOrder::End::unresolved : SentOrder::End::refused);
      co_return;
    case Next::again:
      break;
  }
  if (judged.payment_id &&
      std::find(order.other_ids.begin(), order.other_ids.end(), *judged.payment_id) == order.other_ids.end()) {
    order.other_ids.push_back(*judged.payment_id);
  }
  const std::int64_t due_us = now_us + 1000 * retry_delay_ms(judged.retry_after_ms, order.tries, crypto::random_unit());
  if (due_us - planned > plan_.retry_for_ms * 1000) {
    ++counts_.unresolved_by_code[judged.code];
    end(order, SentOrder::End::unresolved);
    co_return;
  }
  ++counts_.retried_by_code[judged.code];
  later_.push({due_us, n});
}

void OpenLoop::end(SentOrder& order, SentOrder::End how) {
  order.end = how;
  ++ended_;
}

}  // namespace acq::load
