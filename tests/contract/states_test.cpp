// docs/states.md shows the table of states as the code has it: rendered from state_table() and compared.
#include <catch2/catch.hpp>
#include <iostream>

#include "common/codec/callback_json.hpp"
#include "common/domain/state_machine.hpp"
#include "tests/contract/documents.hpp"

using namespace acq;
using namespace acq::contract;

namespace {

constexpr std::string_view begin_mark =
    "<!-- From common/domain/state_table.cpp by tests/contract/states_test.cpp -->\n";
constexpr std::string_view end_mark = "<!-- End of what is generated -->\n";

constexpr std::int64_t deadline = 1'800'000'000'000;

std::string_view name_of(ChannelAct act) {
  switch (act) {
    case ChannelAct::none:
      return "";
    case ChannelAct::query:
      return "query";
    case ChannelAct::close:
      return "close";
    case ChannelAct::reverse:
      return "reverse";
  }
  return "?";
}

std::string act_of(PaymentState state, MethodType method, CloseState close, std::int64_t at) {
  Payment payment;
  payment.state = state;
  payment.method = method;
  payment.close = close;
  payment.expires_at_ms = deadline;
  return std::string(name_of(channel_act(payment, at)));
}

/// One row per state: what it is to a merchant, and what its channel is asked when it is due.
std::string states() {
  std::string out =
      "| state | final | callback | next_action | due before the deadline | barcode's deadline passed |"
      " qr's deadline passed | close asked |\n|---|---|---|---|---|---|---|---|\n";
  for (const auto state : all_payment_states) {
    // Nobody is asked about what has not been sent: accepted lasts only within one transaction.
    const auto act = [&](MethodType method, CloseState close, std::int64_t at) {
      return state == PaymentState::accepted ? std::string() : act_of(state, method, close, at);
    };
    for (const auto& cell :
         {"`" + std::string(acq::name_of(state)) + "`", std::string(is_final(state) ? "yes" : ""),
          codec::callback_type(state).value_or(""), std::string(next_action(state)),
          act(MethodType::qr, CloseState::none, deadline - 1), act(MethodType::barcode, CloseState::none, deadline),
          act(MethodType::qr, CloseState::none, deadline), act(MethodType::qr, CloseState::asked, deadline - 1)}) {
      out += "| " + cell + (cell.empty() ? "" : " ");
    }
    out += "|\n";
  }
  return out;
}

std::string cell(const StateRow& row) {
  std::string text;
  switch (row.change) {
    case Change::moves:
      text = "**" + std::string(acq::name_of(row.to)) + "**";
      break;
    case Change::stays:
      text = "stays";
      break;
    case Change::nothing:
      return "·";
    case Change::late:
      text = "late";
      break;
    case Change::contradicts:
      return "!";
  }
  if (row.effect != Effect::none) text += ", " + std::string(acq::name_of(row.effect));
  return text;
}

/// One row per input, one column per state.
std::string table() {
  std::string out = "| input |";
  std::string rule = "|---|";
  for (const auto state : all_payment_states) {
    out += " " + std::string(acq::name_of(state)) + " |";
    rule += "---|";
  }
  out += "\n" + rule + "\n";
  for (std::size_t i = 0; i < input_count; ++i) {
    const auto input = static_cast<Input>(i);
    out += "| `" + std::string(acq::name_of(input)) + "` |";
    for (const auto state : all_payment_states) out += " " + cell(row_of(state, input)) + " |";
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("docs/states.md shows the states as the code has them") {
  const auto doc = read_file(schemas().parent_path() / "docs/states.md");
  const auto begin = doc.find(begin_mark);
  const auto end = doc.find(end_mark);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto expected = states() + "\n" + table();
  const auto at = begin + begin_mark.size();
  const bool same = doc.substr(at, end - at) == expected;
  if (!same) std::cout << "docs/states.md, between its two marks, should read:\n" << begin_mark << expected << end_mark;
  CHECK(same);
}

TEST_CASE("docs/states.md says what each state and each input means") {
  const auto doc = read_file(schemas().parent_path() / "docs/states.md");
  for (const auto state : all_payment_states) {
    INFO(acq::name_of(state));
    CHECK(doc.find("\n- `" + std::string(acq::name_of(state)) + "`: ") != std::string::npos);
  }
  for (std::size_t i = 0; i < input_count; ++i) {
    const auto name = "`" + std::string(acq::name_of(static_cast<Input>(i))) + "`";
    INFO(name);
    CHECK(doc.find(name) < doc.find(begin_mark));
  }
}
