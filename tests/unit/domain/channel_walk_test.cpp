// Payments played against a channel that loses requests and answers, is late, and has impatient merchants: its own
// count of charges says whether anybody paid twice, and whether what is stored is what was taken.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "common/domain/refund.hpp"
#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {

using S = PaymentState;
using V = ChannelVerdict;

constexpr ChannelTimes times{2'000};

class World {
 public:
  /// `late_ms`: a charge reaches the channel less than this after it was sent. `buries`: a close of what it never heard
  /// of is kept, so that the charge is refused when it comes; without that it answers "never heard of it" (P21).
  World(std::uint64_t seed, std::int64_t late_ms, bool buries) : random_(seed), late_ms_(late_ms), buries_(buries) {}

  void one() {
    at_ = now;
    minds_.clear();
    under_way_.clear();
    gates_.clear();
    payment_ = payment_in(S::accepted, chance(2) ? MethodType::barcode : MethodType::qr);
    payment_.expires_at_ms = at_ + 1'000 + below(90'000);
    take(transition(payment_, chance(5) ? Input::requested_stale : Input::requested, nullptr, at_, 0));
    for (int attempts = 1 + static_cast<int>(below(4)); attempts > 0; --attempts) {
      play();
      if (payment_.attempt == 20 || attempt_refused(payment_, next_intent(payment_))) break;
      if (attempts == 1) break;
      auto intent = next_intent(payment_);
      intent.expires_at_ms = at_ + 1'000 + below(90'000);
      payment_ = next_attempt(payment_, intent);
      take(transition(payment_, Input::requested, nullptr, at_, 0));
    }
    settle();
  }

  std::int64_t given_back = 0;
  std::int64_t contradictions = 0;
  std::map<S, int> ends;

 private:
  struct Charge {
    std::int64_t arrives_ms;
    std::int32_t attempt;
  };

  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
  }
  bool chance(std::int64_t one_in) { return below(one_in) == 0; }

  /// Until the attempt has ended.
  void play() {
    for (int i = 0; !is_final(payment_.state); ++i) {
      REQUIRE(i < 2'000);  // a channel that answers now and then is enough for an end
      if (chance(15)) take(transition(payment_, Input::close_requested, nullptr, at_, 0));
      if (is_final(payment_.state)) break;
      REQUIRE(payment_.next_query_at_ms != 0);
      pass(std::max(payment_.next_query_at_ms, at_ + 1));
      if (chance(10)) notify(payment_.attempt);
      ask(channel_act(payment_, at_));
    }
    ++ends[payment_.state];
    for (int i = static_cast<int>(below(3)); i > 0; --i) notify(payment_.attempt);
  }

  /// Everything under way arrives, and the channel tells of every charge that it knows: then the books must agree.
  void settle() {
    pass(at_ + 20 * late_ms_);
    for (std::int32_t attempt = 1; attempt <= payment_.attempt; ++attempt) {
      notify(attempt);
      notify(attempt);
    }
    CHECK(kept() == (payment_.state == S::succeeded ? 1 : 0));
    for (const auto& [attempt, gate] : gates_) {
      CHECK(minds_[attempt] == V::succeeded);
      CHECK(gate.refunded == payment_.amount);
      CHECK(gate.refunding == 0);
    }
  }

  std::int64_t kept() {
    return std::ranges::count_if(
        minds_, [&](const auto& mind) { return mind.second == V::succeeded && !gates_.contains(mind.first); });
  }

  void pass(std::int64_t to) {
    at_ = to;
    std::erase_if(under_way_, [&](const Charge& charge) {
      if (charge.arrives_ms > at_) return false;
      arrive(charge.attempt);
      return true;
    });
    if (auto& mind = minds_.try_emplace(payment_.attempt, V::unheard).first->second;
        mind == V::awaiting_payer && chance(4)) {
      mind = chance(5) ? V::declined : V::succeeded;
    }
    if (late_ms_ <= times.late_arrival_ms && kept() > 1) FAIL("two charges at once");
  }

  /// A request id is executed once; what was closed or reversed stays so.
  void arrive(std::int32_t attempt) {
    auto& mind = minds_.try_emplace(attempt, V::unheard).first->second;
    if (mind != V::unheard) return;
    mind = chance(4) ? V::declined : payment_.method == MethodType::qr || chance(4) ? V::awaiting_payer : V::succeeded;
  }

  void ask(ChannelAct act) {
    auto& mind = minds_.try_emplace(payment_.attempt, V::unheard).first->second;
    if (chance(5)) return hear(V::unanswered, payment_.attempt);  // the request is lost
    if (act == ChannelAct::close || act == ChannelAct::reverse) {
      if (mind == V::awaiting_payer || (mind == V::unheard && buries_)) mind = V::closed;
      if (mind == V::succeeded && act == ChannelAct::reverse) mind = V::reversed;
    }
    hear(chance(5) ? V::unanswered : mind, payment_.attempt);  // or its answer
  }

  void send_charge() {
    const auto attempt = payment_.attempt;
    if (chance(6)) return hear(V::unanswered, attempt);  // lost on the way
    if (chance(3)) {
      under_way_.push_back({at_ + below(late_ms_), attempt});
      return hear(V::unanswered, attempt);
    }
    arrive(attempt);
    hear(chance(4) ? V::unanswered : minds_[attempt], attempt);
  }

  /// By the channel's own word; "never heard of it" is nothing to notify of.
  void notify(std::int32_t attempt) {
    const auto mind = minds_.try_emplace(attempt, V::unheard).first->second;
    if (mind != V::unheard) hear(mind, attempt);
  }

  void hear(ChannelVerdict verdict, std::int32_t attempt) {
    const auto answer = answer_of(verdict, attempt);
    if (attempt != payment_.attempt) {
      if (verdict == V::succeeded) give_back(attempt);
      return;
    }
    take(transition(payment_, classify(payment_, answer, at_, times), &answer, at_, 0.5));
  }

  void take(Transition step) {
    if (step.change == Change::contradicts) ++contradictions;
    payment_ = std::move(step.next);
    switch (step.effect) {
      case Effect::none:
      case Effect::query_later:
        return;
      case Effect::charge:
        return send_charge();
      case Effect::query_now:
      case Effect::end_now:
        return ask(channel_act(payment_, at_));
      case Effect::give_back:
        return give_back(payment_.attempt);
    }
  }

  /// Once per attempt, whoever tells of it and however often (P13).
  void give_back(std::int32_t attempt) {
    if (gates_.contains(attempt)) return;
    auto refund = automatic_refund(payment_, attempt, at_);
    RefundGate gate{payment_.payment_id, attempt, refund.amount, refund.amount, 0};
    const auto from = refund.state;
    refund = apply_refund(refund, {payment_.payment_id, refund.refund_id, RefundVerdict::succeeded, "", "r"}, at_,
                          times.late_arrival_ms, 0)
                 .next;
    gates_.emplace(attempt, acq::pass(gate, refund, from));
    ++given_back;
  }

  std::mt19937_64 random_;
  std::int64_t late_ms_;
  bool buries_;
  std::int64_t at_ = now;
  Payment payment_;
  std::map<std::int32_t, ChannelVerdict> minds_;  ///< by attempt: what the channel believes
  std::vector<Charge> under_way_;
  std::map<std::int32_t, RefundGate> gates_;
};

}  // namespace

TEST_CASE("nobody is charged twice, and what is stored is what was taken") {
  const auto seed = GENERATE(std::uint64_t{1}, 4, 0xfeed);
  const bool buries = GENERATE(true, false);
  INFO("seed " << seed << (buries ? ", buries" : ", forgets"));
  World world(seed, times.late_arrival_ms, buries);
  for (int i = 0; i < 20'000; ++i) world.one();
  CHECK(world.given_back == 0);  // P21: a channel that keeps its word about late arrivals takes nothing too late
  CHECK(world.contradictions == 0);
  for (const auto state : {S::succeeded, S::declined, S::closed, S::reversed}) {
    INFO(name_of(state));
    CHECK(world.ends[state] > 50);
  }
}

TEST_CASE("what a channel takes later than it said is given back, once (P13)") {
  const auto seed = GENERATE(std::uint64_t{1}, 4, 0xfeed);
  INFO("seed " << seed);
  World world(seed, 20 * times.late_arrival_ms, false);
  for (int i = 0; i < 20'000; ++i) world.one();
  CHECK(world.given_back > 50);
}
