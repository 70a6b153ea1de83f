// Names of states, closes, methods and fields, there and back; what is final, open, and a merchant's next step.
#include "common/domain/payment.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/domain/payments.hpp"

using namespace acq;

using S = PaymentState;

TEST_CASE("states have names of their own, ends and next steps") {
  std::set<std::string_view> names;
  for (const auto state : all_payment_states) {
    names.insert(name_of(state));
    CHECK(payment_state_from_name(name_of(state)) == state);
    CHECK(is_final(state) == (std::ranges::find(final_states, state) != final_states.end()));
  }
  CHECK(names.size() == all_payment_states.size());
  for (const auto* other : {"", "reversed?", "Reversed", "parked"}) CHECK_FALSE(payment_state_from_name(other));
  CHECK(next_action(S::accepted) == "wait");
  CHECK(next_action(S::processing) == "wait");
  CHECK(next_action(S::awaiting_payer) == "wait");
  CHECK(next_action(S::unknown) == "query_after");
  CHECK(next_action(S::declined) == "retry_same_number");
  CHECK(next_action(S::closed) == "retry_same_number");
  CHECK(next_action(S::refused) == "use_new_number");
  CHECK(next_action(S::succeeded) == "none");
  CHECK(next_action(S::reversed) == "none");
}

TEST_CASE("what becomes of a close has names of its own") {
  std::set<std::string_view> names;
  for (const auto state : {CloseState::none, CloseState::asked, CloseState::closed, CloseState::refused}) {
    names.insert(name_of(state));
    CHECK(close_state_from_name(name_of(state)) == state);
  }
  CHECK(names.size() == 4);
  for (const auto* other : {"", "ask", "asked "}) CHECK_FALSE(close_state_from_name(other));
}

TEST_CASE("methods and fields have names of their own") {
  for (const auto method : {MethodType::barcode, MethodType::qr}) {
    CHECK(method_type_from_name(name_of(method)) == method);
  }
  CHECK_FALSE(method_type_from_name("card"));
  std::set<std::string_view> fields;
  for (std::size_t i = 0; i < field_count; ++i) fields.insert(name_of(static_cast<Field>(i)));
  CHECK(fields.size() == field_count);
}

TEST_CASE("a payment is open until it is final and told") {
  for (const auto state : all_payment_states) {
    auto payment = payment_in(state);
    INFO(name_of(state));
    CHECK(payment.is_open() == !is_final(state));
    payment.told_sequence = payment.sequence - 1;
    CHECK(payment.is_open());
  }
}
