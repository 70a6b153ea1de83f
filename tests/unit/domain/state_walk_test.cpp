// Millions of inputs in any order, seeded: whatever comes, a payment keeps these rules from step to step.
#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {

using S = PaymentState;
using I = Input;

ChannelVerdict verdict_of(I input) {
  switch (input) {
    case I::succeeded:
      return ChannelVerdict::succeeded;
    case I::declined:
      return ChannelVerdict::declined;
    case I::awaiting_payer:
      return ChannelVerdict::awaiting_payer;
    case I::closed:
      return ChannelVerdict::closed;
    case I::reversed:
      return ChannelVerdict::reversed;
    case I::unanswered:
      return ChannelVerdict::unanswered;
    case I::mismatched:
      return ChannelVerdict::mismatched;
    default:
      return ChannelVerdict::unheard;
  }
}

/// What must hold of a payment by itself; empty when it does.
std::string_view broken(const Payment& p) {
  if (p.told_sequence > p.sequence) return "told of what has not happened";
  if (is_final(p.state) && !p.sealed_code.empty()) return "P24: a code is kept after the end";
  if (is_final(p.state) && p.next_query_at_ms != 0) return "the channel is asked about what has ended";
  if (is_final(p.state) && p.close == CloseState::asked) return "a close is asked of what has ended";
  if ((p.state == S::unknown) != (p.unknown_since_ms != 0)) return "unknown without its time, or the time without it";
  if ((p.state == S::unknown || p.state == S::awaiting_payer) && p.next_query_at_ms == 0) return "nobody asks any more";
  if (p.told_sequence < p.sequence && p.next_tell_at_ms == 0) return "owed to the merchant, but never told";
  if (p.state == S::processing && p.told_sequence < p.sequence) return "processing is told to nobody";
  if (p.state == S::succeeded && !p.decline_code.empty()) return "succeeded with a reason against it";
  if (p.close == CloseState::refused && p.close_code.empty()) return "a close is refused without a reason";
  return {};
}

/// What must hold between a payment and its next; empty when it does.
std::string_view broken(const Payment& before, const Transition& step, std::int64_t at) {
  const auto& after = step.next;
  const bool moved = step.change == Change::moves;
  if (after.sequence < before.sequence || after.sequence > before.sequence + 1) return "the sequence jumps";
  if (after.told_sequence < before.told_sequence) return "untold";
  if (after.updated_at_ms < before.updated_at_ms) return "time goes back";
  if (is_final(before.state) && !same(before, after)) return "an end was left or changed";
  if (!moved && after.state != before.state) return "a state changed without a move";
  if (moved && after.sequence != before.sequence + 1) return "a move without a number";
  if (!moved && step.change != Change::stays && !same(before, after)) return "nothing changed, yet something did";
  if (step.effect == Effect::charge) {
    if (at >= before.expires_at_ms) return "P20: sent past expires_at";
    if (before.close == CloseState::asked) return "P12: charged while a close is asked";
    if (before.decline_code == answer_differs) return "P23: charged again after another amount was told";
    if (after.sent_at_ms != at) return "P18: sent, but not said";
  } else if (after.sent_at_ms != before.sent_at_ms) {
    return "P18: said to be sent, but not sent";
  }
  if (step.effect == Effect::give_back && before.state == S::succeeded) return "P13: money is given back that is kept";
  if (at < before.expires_at_ms && after.next_query_at_ms > before.expires_at_ms) return "P22: asked past the deadline";
  return {};
}

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : random_(seed) {}

  /// One payment to its end and somewhat beyond; the number of inputs given.
  int one() {
    Payment payment = payment_in(S::accepted, chance(2) ? MethodType::barcode : MethodType::qr);
    payment.expires_at_ms = now + static_cast<std::int64_t>(below(120'000)) + 1;
    if (chance(4)) payment.callback_url.clear();
    int successes = 0;
    std::int64_t at = now;
    const int steps = 5 + static_cast<int>(below(60));
    for (int i = 0; i < steps; ++i) {
      at += static_cast<std::int64_t>(chance(3) ? below(20'000) : below(500));
      if (chance(8)) {
        payment = told(payment, at);
      } else if (payment.attempt < 20 && chance(4) && !attempt_refused(payment, next_intent(payment))) {
        payment = next(payment, at);
      } else {
        successes += apply(payment, at) ? 1 : 0;
      }
      check(broken(payment), payment);
    }
    if (successes > 1) check("P13: two successes", payment);
    return steps;
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }
  double share() { return static_cast<double>(below(1'000)) / 1'000.0; }

  void check(std::string_view rule, const Payment& payment) {
    if (rule.empty()) return;
    FAIL(rule << ": " << name_of(payment.state) << ", attempt " << payment.attempt << ", sequence "
              << payment.sequence);
  }

  Payment told(const Payment& before, std::int64_t at) {
    CallbackAnswer answer;
    answer.sequence = static_cast<std::int32_t>(below(static_cast<std::uint64_t>(before.sequence) + 2));
    answer.verdict = chance(2) ? CallbackVerdict::acknowledged : CallbackVerdict::failed;
    auto after = apply_callback(before, answer, at, share());
    if (after.state != before.state || after.sequence != before.sequence)
      check("a callback changed its payment", after);
    if (after.told_sequence < before.told_sequence) check("untold", after);
    return after;
  }

  Payment next(const Payment& before, std::int64_t at) {
    auto intent = next_intent(before);
    intent.accepted_at_ms = at;
    intent.expires_at_ms = at + static_cast<std::int64_t>(below(120'000)) + 1;
    auto after = next_attempt(before, intent);
    if (after.sequence != before.sequence || after.earlier.size() != before.earlier.size() + 1) {
      check("an attempt forgot what came before it", after);
    }
    return transition(after, chance(5) ? I::close_held : I::requested, nullptr, at, share()).next;
  }

  /// Whether the payment succeeded by it.
  bool apply(Payment& payment, std::int64_t at) {
    const auto input = payment.state == S::accepted && chance(2) ? I::requested : static_cast<I>(below(input_count));
    const auto attempt = chance(50) ? payment.attempt + 1 : payment.attempt;
    const auto answer = answer_of(verdict_of(input), attempt);
    const auto step = transition(payment, input, input < I::succeeded ? nullptr : &answer, at, share());
    check(broken(payment, step, at), step.next);
    const bool succeeded = step.change == Change::moves && step.next.state == S::succeeded;
    payment = step.next;
    return succeeded;
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("whatever comes, in whatever order, a payment keeps its rules") {
  const auto seed = GENERATE(std::uint64_t{1}, 20'261'124, 0xbeef);
  INFO("seed " << seed);
  Walk walk(seed);
  for (int inputs = 0; inputs < 800'000;) inputs += walk.one();
}
