// Positive controls of the audit: a clean set gives nothing, and each planted fault gives exactly its difference.
#include "loadtest/load/audit.hpp"

#include <catch2/catch.hpp>
#include <initializer_list>

using namespace acq;
using namespace acq::load;

namespace {

PaymentId id_of(std::uint8_t n, std::uint8_t series = 0) {
  return make_payment_id(1'700'000'000'000 + series, n, 0x1234'5678ULL * (n + 1U) + series);
}

ReceivedEvent event_of(const PaymentId& id, const AuditOrder& order, PaymentState state, std::int32_t sequence) {
  ReceivedEvent event;
  event.number = sequence;
  event.id = event_id(id, sequence);
  event.content.type = "payment." + std::string(name_of(state));
  event.content.payment.payment_id = id;
  event.content.payment.merchant_order_id = order.number;
  event.content.payment.amount = order.amount;
  event.content.payment.currency = "CNY";
  event.content.payment.state = state;
  event.content.payment.sequence = sequence;
  if (state == PaymentState::declined) event.content.payment.decline_code = order.expected_decline_code;
  return event;
}

/// Order n as a perfect run leaves it. 0: succeeded, 1: declined, 2: awaiting_payer, then succeeded.
void add_order(Evidence& evidence, std::uint8_t n) {
  AuditOrder order;
  order.number = "run-" + std::to_string(n);
  order.amount = 1'000 + n;
  order.expires_after_ms = 60'000;
  order.payment_id = id_of(n);
  if (n == 1) {
    order.expected_state = PaymentState::declined;
    order.expected_decline_code = "insufficient_funds";
  }
  LookedUp row;
  row.verdict = Verdict::applied;
  row.payment_id = order.payment_id;
  row.merchant_order_id = order.number;
  row.amount = order.amount;
  row.state = order.expected_state;
  row.created_at_ms = 1'000'000;
  row.updated_at_ms = 1'000'500;
  evidence.lookups[order.payment_id] = row;
  const bool charged = order.expected_state == PaymentState::succeeded;
  evidence.charges[order.number] = {charged ? 1 : 0, charged ? order.amount : 0};
  if (n == 2) evidence.events.push_back(event_of(order.payment_id, order, PaymentState::awaiting_payer, 2));
  evidence.events.push_back(event_of(order.payment_id, order, order.expected_state, 3));
  evidence.orders.push_back(std::move(order));
}

Evidence clean() {
  Evidence evidence;
  for (std::uint8_t n = 0; n < 3; ++n) add_order(evidence, n);
  return evidence;
}

AuditOrder& order(Evidence& e, std::size_t n) {
  return e.orders[n];
}
LookedUp& row(Evidence& e, std::size_t n) {
  return e.lookups.at(e.orders[n].payment_id);
}
Charged& charged(Evidence& e, std::size_t n) {
  return e.charges.at(e.orders[n].number);
}
ReceivedEvent& final_event(Evidence& e, std::size_t n) {
  for (ReceivedEvent& event : e.events) {
    if (event.content.payment.merchant_order_id == e.orders[n].number && is_final(event.content.payment.state))
      return event;
  }
  throw std::logic_error("no final event");
}
void drop_events(Evidence& e, std::size_t n) {
  std::erase_if(e.events, [&](const ReceivedEvent& event) {
    return event.content.payment.merchant_order_id == e.orders[n].number;
  });
}
/// A second stored payment under the order number of n.
PaymentId add_second(Evidence& e, std::size_t n) {
  const PaymentId second = id_of(static_cast<std::uint8_t>(n), 9);
  LookedUp other = row(e, n);
  other.payment_id = second;
  e.lookups[second] = other;
  order(e, n).other_ids.push_back(second);
  return second;
}

void check_only(const Evidence& evidence, DifferenceKind kind, std::size_t n) {
  const AuditResult result = audit(evidence);
  for (const Difference& d : result.differences) {
    UNSCOPED_INFO(d.order << " " << d.payment_id << " " << name_of(d.kind) << ": " << d.text);
  }
  REQUIRE(result.differences.size() == 1);
  CHECK(name_of(result.differences[0].kind) == name_of(kind));
  CHECK(result.differences[0].order == evidence.orders[n].number);
  CHECK_FALSE(result.differences[0].text.empty());
}

void check_clean(const Evidence& evidence) {
  const AuditResult result = audit(evidence);
  for (const Difference& d : result.differences) {
    UNSCOPED_INFO(d.order << " " << name_of(d.kind) << ": " << d.text);
  }
  CHECK(result.differences.empty());
}

}  // namespace

TEST_CASE("audit: a clean set gives no difference and the right sums") {
  const AuditResult result = audit(clean());
  CHECK(result.differences.empty());
  CHECK(result.accepted == 3);
  CHECK(result.succeeded == 2);
  CHECK(result.declined == 1);
  CHECK(result.charges == 2);
  CHECK(result.charged_amount == 1'000 + 1'002);
}

TEST_CASE("audit: a 2xx that the database does not know is absent") {
  Evidence e = clean();
  charged(e, 0) = {};
  drop_events(e, 0);
  SECTION("as a verdict") {
    row(e, 0).verdict = Verdict::absent;
  }
  SECTION("as a missing row") {
    e.lookups.erase(order(e, 0).payment_id);
  }
  check_only(e, DifferenceKind::absent, 0);
}

TEST_CASE("audit: a lost payment is one difference even when the channel charged it and a callback came") {
  Evidence e = clean();
  row(e, 0).verdict = Verdict::absent;
  check_only(e, DifferenceKind::absent, 0);
}

TEST_CASE("audit: a 2xx that is parked") {
  Evidence e = clean();
  row(e, 1).verdict = Verdict::parked;
  check_only(e, DifferenceKind::parked, 1);
}

TEST_CASE("audit: a payment that is not final") {
  Evidence e = clean();
  const auto state =
      GENERATE(PaymentState::accepted, PaymentState::processing, PaymentState::awaiting_payer, PaymentState::unknown);
  row(e, 0).state = state;
  check_only(e, DifferenceKind::not_final, 0);
}

TEST_CASE("audit: two canonical payments under one order number") {
  Evidence e = clean();
  add_second(e, 0);
  check_only(e, DifferenceKind::two_payments, 0);
}

TEST_CASE("audit: an alias of the same payment, or a create that lost its number, is no second payment") {
  Evidence e = clean();
  const PaymentId second = add_second(e, 0);
  SECTION("told by outcome_unknown, alias of the accepted one") {
    e.lookups[second].verdict = Verdict::alias;
    e.lookups[second].payment_id = order(e, 0).payment_id;
  }
  SECTION("refused under its own id") {
    e.lookups[second].state = PaymentState::refused;
  }
  SECTION("never stored") {
    e.lookups[second].verdict = Verdict::absent;
  }
  check_clean(e);
}

TEST_CASE("audit: a 2xx whose id is an alias is judged by the payment it names") {
  Evidence e = clean();
  const PaymentId canonical = id_of(0, 5);
  LookedUp& alias = row(e, 0);
  alias.verdict = Verdict::alias;
  alias.payment_id = canonical;
  final_event(e, 0).content.payment.payment_id = canonical;
  order(e, 0).other_ids.push_back(canonical);  // as the collector notes it from the callback
  LookedUp stored = alias;
  stored.verdict = Verdict::applied;
  e.lookups[canonical] = stored;
  check_clean(e);
  CHECK(audit(e).aliases == 1);
}

TEST_CASE("audit: an id that belongs to another order number") {
  Evidence e = clean();
  row(e, 0).merchant_order_id = "run-2";
  check_only(e, DifferenceKind::wrong_order, 0);
}

TEST_CASE("audit: a final state other than the channel's fate") {
  Evidence e = clean();
  row(e, 0).state = PaymentState::declined;
  charged(e, 0) = {};
  final_event(e, 0).content.payment.state = PaymentState::declined;
  check_only(e, DifferenceKind::wrong_state, 0);
}

TEST_CASE("audit: closed is lawful only after the payment's expiry") {
  Evidence e = clean();
  row(e, 0).state = PaymentState::closed;
  charged(e, 0) = {};
  final_event(e, 0).content.payment.state = PaymentState::closed;
  SECTION("after it") {
    row(e, 0).updated_at_ms = row(e, 0).created_at_ms + order(e, 0).expires_after_ms;
    check_clean(e);
    CHECK(audit(e).expired == 1);
  }
  SECTION("before it") {
    check_only(e, DifferenceKind::wrong_state, 0);
  }
}

TEST_CASE("audit: another amount in the database") {
  Evidence e = clean();
  row(e, 2).amount += 1;
  check_only(e, DifferenceKind::wrong_amount, 2);
}

TEST_CASE("audit: charges that the state does not allow") {
  Evidence e = clean();
  SECTION("charged twice") {
    charged(e, 0) = {2, 2'000};
    check_only(e, DifferenceKind::wrong_charges, 0);
  }
  SECTION("succeeded and never charged") {
    charged(e, 0) = {};
    check_only(e, DifferenceKind::wrong_charges, 0);
  }
  SECTION("declined and charged") {
    charged(e, 1) = {1, order(e, 1).amount};
    check_only(e, DifferenceKind::wrong_charges, 1);
  }
}

TEST_CASE("audit: a lost payment that was charged twice is two faults") {
  Evidence e = clean();
  row(e, 0).verdict = Verdict::absent;
  charged(e, 0) = {2, 2'000};
  const AuditResult result = audit(e);
  REQUIRE(result.differences.size() == 2);
  CHECK(result.differences[0].kind == DifferenceKind::absent);
  CHECK(result.differences[1].kind == DifferenceKind::wrong_charges);
}

TEST_CASE("audit: charged another amount") {
  Evidence e = clean();
  charged(e, 0).charged_amount += 1;
  check_only(e, DifferenceKind::wrong_charged_amount, 0);
}

TEST_CASE("audit: a final state that no callback tells") {
  Evidence e = clean();
  SECTION("no callback at all") {
    drop_events(e, 2);
  }
  SECTION("only the states before it") {
    std::erase_if(e.events, [&](const ReceivedEvent& event) {
      return event.content.payment.merchant_order_id == e.orders[2].number && is_final(event.content.payment.state);
    });
  }
  check_only(e, DifferenceKind::no_callback, 2);
}

TEST_CASE("audit: a callback that contradicts the database") {
  Evidence e = clean();
  SECTION("another final state") {
    final_event(e, 0).content.payment.state = PaymentState::declined;
    check_only(e, DifferenceKind::wrong_callback, 0);
  }
  SECTION("another amount") {
    final_event(e, 0).content.payment.amount += 1;
    check_only(e, DifferenceKind::wrong_callback, 0);
  }
  SECTION("another decline code") {
    final_event(e, 1).content.payment.decline_code = "expired_code";
    check_only(e, DifferenceKind::wrong_callback, 1);
  }
  SECTION("two final states") {
    e.events.push_back(event_of(order(e, 0).payment_id, order(e, 0), PaymentState::closed, 4));
    check_only(e, DifferenceKind::wrong_callback, 0);
  }
  SECTION("a payment that nobody knows") {
    e.events.push_back(event_of(id_of(0, 7), order(e, 0), PaymentState::succeeded, 3));
    check_only(e, DifferenceKind::wrong_callback, 0);
  }
}

TEST_CASE("audit: one event id with two contents") {
  Evidence e = clean();
  final_event(e, 0).content_changed = true;
  check_only(e, DifferenceKind::callback_changed, 0);
}

TEST_CASE("audit: an order that was refused") {
  Evidence e = clean();
  order(e, 0).told = Told::refused;
  drop_events(e, 0);
  SECTION("and not charged is right") {
    charged(e, 0) = {};
    check_clean(e);
    CHECK(audit(e).refused == 1);
  }
  SECTION("but charged") {
    check_only(e, DifferenceKind::refused_charged, 0);
  }
}

TEST_CASE("audit: an order that nobody gave an answer for") {
  Evidence e = clean();
  AuditOrder& open = order(e, 0);
  open.told = Told::unresolved;
  const PaymentId stored_as = open.payment_id;
  open.payment_id = {};
  SECTION("not stored and not charged is right") {
    charged(e, 0) = {};
    drop_events(e, 0);
    check_clean(e);
    CHECK(audit(e).unresolved == 1);
  }
  SECTION("stored, final, charged once is right, callback or not") {
    open.other_ids = {stored_as};
    drop_events(e, 0);
    check_clean(e);
    CHECK(audit(e).unresolved_stored == 1);
  }
  SECTION("charged twice") {
    charged(e, 0) = {2, 2'000};
    drop_events(e, 0);
    check_only(e, DifferenceKind::wrong_charges, 0);
  }
  SECTION("stored and not final") {
    open.other_ids = {stored_as};
    e.lookups.at(stored_as).state = PaymentState::unknown;
    check_only(e, DifferenceKind::not_final, 0);
  }
  SECTION("stored twice") {
    const PaymentId second = id_of(0, 9);
    e.lookups[second] = e.lookups.at(stored_as);
    e.lookups[second].payment_id = second;
    open.other_ids = {stored_as, second};
    check_only(e, DifferenceKind::two_payments, 0);
  }
}

TEST_CASE("audit: only what waiting can mend may settle") {
  CHECK(may_settle(DifferenceKind::absent));
  CHECK(may_settle(DifferenceKind::not_final));
  CHECK(may_settle(DifferenceKind::no_callback));
  CHECK_FALSE(may_settle(DifferenceKind::wrong_charges));
  CHECK_FALSE(may_settle(DifferenceKind::two_payments));
}
