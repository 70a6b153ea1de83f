#include "settlement/effects/job_runner.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>

#include "common/faults/fault_points.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::settlement {
namespace asio = boost::asio;
namespace {

/// "https://host:port" of a URL: what shares connections, and what may be dead together.
std::string destination_of(const std::string& url) {
  const auto host = url.find("://");
  return url.substr(0, host == std::string::npos ? url.size() : std::min(url.find('/', host + 3), url.size()));
}

}  // namespace

void JobRunner::submit(std::vector<Job> jobs) {
  asio::post(context_, [this, jobs = std::move(jobs)]() mutable {
    for (auto& job : jobs) {
      if (job.kind != JobKind::tell) {
        channel_waiting_.push_back(std::move(job));
        continue;
      }
      auto name = destination_of(job.payment.callback_url);
      auto& destination = destinations_[name];
      destination.waiting.push_back(std::move(job));
      if (destination.waiting.size() == 1 && destination.in_flight < limits::callbacks_per_destination_max) {
        turns_.push_back(std::move(name));
      }
    }
    start_more();
  });
}

void JobRunner::start_more() {
  const auto start = [this](Job job) { asio::co_spawn(context_, run(std::move(job)), asio::detached); };
  while (channel_in_flight_ < limits::channel_calls_in_flight_max && !channel_waiting_.empty()) {
    Job job = std::move(channel_waiting_.front());
    channel_waiting_.pop_front();
    ++channel_in_flight_;
    start(std::move(job));
  }
  while (callbacks_in_flight_ < limits::callbacks_in_flight_max && !turns_.empty()) {
    std::string name = std::move(turns_.front());
    turns_.pop_front();
    auto& destination = destinations_[name];
    Job job = std::move(destination.waiting.front());
    destination.waiting.pop_front();
    ++destination.in_flight;
    ++callbacks_in_flight_;
    if (!destination.waiting.empty() && destination.in_flight < limits::callbacks_per_destination_max) {
      turns_.push_back(std::move(name));
    }
    start(std::move(job));
  }
}

namespace {

/// What is told when nothing is known: asked about, never guessed.
Outcome nothing_known(const Job& job) {
  switch (job.kind) {
    case JobKind::tell:
      return CallbackAnswer{job.payment.payment_id, job.payment.sequence, CallbackVerdict::failed, 0, 0};
    case JobKind::refund:
    case JobKind::query_refund:
      return RefundAnswer{job.refund.payment_id, job.refund.refund_id, RefundVerdict::unanswered, {}, {}};
    case JobKind::charge:
    case JobKind::query:
    case JobKind::close:
    case JobKind::reverse:
      break;
  }
  return ChannelAnswer{job.payment.payment_id, job.payment.attempt, ChannelVerdict::unanswered, {}, {}, {}};
}

Outcome dropped(const Job& job) {
  if (job.kind == JobKind::refund || job.kind == JobKind::query_refund)
    return RefundAnswer{job.refund.payment_id, job.refund.refund_id, RefundVerdict::dropped, {}, {}};
  return JobDropped{job.payment.payment_id};
}

}  // namespace

asio::awaitable<Outcome> JobRunner::carry_out(Job job) {
  if (job.kind == JobKind::tell) {
    faults::crash_point(faults::Point::before_callback);
    Outcome told = co_await sender_.tell(job.payment);
    faults::crash_point(faults::Point::after_callback);
    co_return told;
  }
  const bool leased = job.lease->allows_call(runtime::steady_ms()) || faults::broken(faults::Rule::lease);
  if (!leased) co_return dropped(job);  // P19, as late as can be
  faults::crash_point(faults::Point::before_channel_call);
  Outcome outcome;
  switch (job.kind) {
    case JobKind::charge: {
      // It may have queued for long: past its expiry it is never sent (P20), and the time that counts is now (P21).
      const auto now_ms = runtime::steady_ms() + job.lease->clock_offset_ms.load(std::memory_order_relaxed);
      const bool expired = job.payment.expires_at_ms != 0 && now_ms >= job.payment.expires_at_ms;
      if (expired) co_return dropped(job);
      auto answer = co_await channel_.charge(job.payment);
      answer.sent_at_ms = now_ms;
      outcome = std::move(answer);
      break;
    }
    case JobKind::query:
    case JobKind::tell:
      if (faults::broken(faults::Rule::ask_before_repeat)) {
        outcome = co_await charge_anew(std::move(job.payment));
        break;
      }
      outcome = co_await channel_.query(job.payment);
      break;
    case JobKind::close:
      outcome = co_await channel_.close(job.payment);
      break;
    case JobKind::reverse:
      outcome = co_await channel_.reverse(job.payment);
      break;
    case JobKind::refund:
      faults::crash_point(faults::Point::before_refund_call);
      outcome = co_await channel_.refund(job.refund);
      faults::crash_point(faults::Point::after_refund_call);
      break;
    case JobKind::query_refund:
      outcome = co_await channel_.query_refund(job.refund);
      break;
  }
  faults::crash_point(faults::Point::after_channel_call);
  co_return outcome;
}

/// What P18 forbids, for its positive control only: the charge again, under another request id.
asio::awaitable<ChannelAnswer> JobRunner::charge_anew(Payment payment) {
  constexpr std::int32_t other_id = 100;
  payment.attempt += other_id;
  auto answer = co_await channel_.charge(payment);
  answer.attempt -= other_id;
  co_return answer;
}

asio::awaitable<void> JobRunner::run(Job job) {
  Outcome outcome;
  try {
    outcome = co_await carry_out(job);
  } catch (const std::exception& surprise) {
    runtime::log_error("job_failed", {{"payment_id", job.payment.payment_id.text()}, {"reason", surprise.what()}});
    outcome = nothing_known(job);
  }
  inbox_.put({job.lease->partition, std::move(outcome)});
  faults::crash_point(faults::Point::outcome_put);
  if (job.kind == JobKind::tell) {
    --callbacks_in_flight_;
    const auto name = destination_of(job.payment.callback_url);
    auto& destination = destinations_[name];
    if (destination.in_flight-- == limits::callbacks_per_destination_max && !destination.waiting.empty())
      turns_.push_back(name);
    if (destination.in_flight == 0 && destination.waiting.empty()) destinations_.erase(name);
  } else {
    --channel_in_flight_;
  }
  start_more();
}

}  // namespace acq::settlement
