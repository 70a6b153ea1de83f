#include "gateway/holding.hpp"

#include <tuple>

#include "common/codec/api_json.hpp"
#include "common/runtime/clock.hpp"
#include "gateway/request_headers.hpp"
#include "gateway/wait_plan.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

bool is_enough(const Reading& reading, const WaitGoal& goal) {
  if (const auto* refusal = std::get_if<Refusal>(&reading)) return refusal->code != Errc::not_yet_known;
  return stand_of(std::get<Shown>(reading), goal).enough;
}

}  // namespace

Stand stand_of(const Shown& shown, const WaitGoal& goal) {
  const auto payment = codec::read_payment(shown.json);
  if (!payment) return {false, true};  // nothing that waiting would mend
  Stand stand;
  stand.is_final = is_final(payment->state) && payment->attempt >= goal.attempt;
  if (!goal.other_than.empty()) {
    stand.enough = !matches_etag(goal.other_than, entity_tag(shown));
  } else {
    stand.enough = stand.is_final || (payment->has_code_url && payment->attempt >= goal.attempt);
  }
  return stand;
}

Reading newer(Reading known, Reading read) {
  const auto* before = std::get_if<Shown>(&known);
  const auto* now = std::get_if<Shown>(&read);
  if (before == nullptr) return read;
  if (now == nullptr) return known;
  const auto a = codec::read_payment(before->json);
  const auto b = codec::read_payment(now->json);
  if (!a || !b) return read;
  const bool older = std::tie(b->attempt, b->sequence) < std::tie(a->attempt, a->sequence);
  return older ? known : read;
}

asio::awaitable<Reading> hold(Waiting::Place& place, const http::Request& request, Reading known, Hold wanted) {
  WaitPlan plan(runtime::steady_ms(), wanted.until_ms);
  for (bool enough = is_enough(known, wanted.goal);;) {
    const WaitPlan::Now now{runtime::steady_ms(), enough, place.take_wake(),
                            place.released() || request.peer_is_gone()};
    switch (plan.next(now)) {
      case WaitPlan::Step::answer:
        co_return known;
      case WaitPlan::Step::sleep:
        co_await place.sleep_until(plan.wake_at_ms());
        break;
      case WaitPlan::Step::read: {
        Reading read = co_await wanted.read();
        known = newer(std::move(known), std::move(read));
        plan.has_read(runtime::steady_ms());
        enough = is_enough(known, wanted.goal);
        break;
      }
    }
  }
}

}  // namespace acq::gateway
