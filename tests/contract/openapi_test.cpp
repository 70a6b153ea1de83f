// openapi.yaml beside the code: codes with their statuses, states, next actions and the payment's members.
// A line-based reading is enough for that; check_schemas.py reads the YAML as YAML.
#include <iterator>
#include <map>
#include <set>

#include "common/codec/api_json.hpp"
#include "common/codec/callback_json.hpp"
#include "common/codec/close_json.hpp"
#include "common/codec/refund_json.hpp"
#include "gateway/routes.hpp"
#include "tests/contract/documents.hpp"
#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::contract;

namespace {

std::string openapi() {
  return read_file(schemas() / "api/openapi.yaml");
}

/// The lines one level below `heading`, trimmed; what is nested in them is left out.
std::vector<std::string> block_of(const std::string& yaml, const std::string& heading) {
  std::vector<std::string> lines;
  std::istringstream in(yaml);
  std::string line;
  std::size_t depth = std::string::npos;
  std::size_t child_depth = std::string::npos;
  while (std::getline(in, line)) {
    const auto indent = line.find_first_not_of(' ');
    if (indent == std::string::npos) continue;
    const auto text = line.substr(indent);
    if (depth == std::string::npos) {
      if (text == heading) depth = indent;
    } else if (indent > depth) {
      if (child_depth == std::string::npos) child_depth = indent;
      if (indent == child_depth) lines.push_back(text);
    } else {
      break;
    }
  }
  REQUIRE_FALSE(lines.empty());
  return lines;
}

/// "[a, b]" behind `opening`, at its first occurrence behind `heading`.
std::set<std::string> list_behind(const std::string& yaml, const std::string& heading, const std::string& opening) {
  auto at = yaml.find(heading);
  REQUIRE(at != std::string::npos);
  at = yaml.find(opening, at);
  REQUIRE(at != std::string::npos);
  at += opening.size();
  std::string names = yaml.substr(at, yaml.find(']', at) - at);
  std::ranges::replace(names, ',', ' ');
  std::istringstream in(names);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

Payment payment_in(PaymentState state) {
  Payment payment;
  payment.payment_id = make_payment_id(1'795'508'130'000, 7, 42);
  payment.merchant_order_id = "order-1";
  payment.amount = 1;
  payment.currency = *Currency::parse("CNY");
  payment.state = state;
  payment.sequence = 3;
  payment.code_url = "https://channel.example/qr";
  payment.decline_code = "expired";
  payment.unknown_since_ms = 1;
  payment.next_query_at_ms = 2;
  payment.metadata = {{"k", "v"}};
  payment.close = CloseState::refused;
  payment.close_code = "already_paid";
  return payment;
}

}  // namespace

TEST_CASE("openapi names every code that merchants are told, with its status, and no other") {
  std::map<std::string, int> promised;
  for (const auto& line : block_of(openapi(), "x-status-of-code:")) {
    const auto colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    promised[line.substr(0, colon)] = std::stoi(line.substr(colon + 2));
  }
  std::map<std::string, int> told;
  for (const auto& entry : errc_table()) {
    if (entry.told_to_merchants) told[std::string(entry.name)] = http_status(entry.code);
  }
  CHECK(promised == told);
}

TEST_CASE("openapi's states and next actions are the machine's") {
  std::set<std::string> states;
  std::set<std::string> actions;
  for (const auto state : all_payment_states) {
    states.emplace(name_of(state));
    actions.emplace(next_action(state));
  }
  CHECK(list_behind(openapi(), "\n    State:\n", "enum: [") == states);
  CHECK(list_behind(openapi(), "        next_action:\n", "enum: [") == actions);
}

TEST_CASE("openapi's states of a close are the ones that a payment shows") {
  std::set<std::string> closes;
  for (const auto close : {CloseState::asked, CloseState::closed, CloseState::refused}) closes.emplace(name_of(close));
  CHECK(list_behind(openapi(), "\n        close:\n", "enum: [") == closes);
}

TEST_CASE("openapi has every route of the gateway and no other") {
  std::set<std::string> promised;
  std::string path;
  std::istringstream in(openapi());
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const std::string method : {"get", "post", "put", "patch", "delete"}) {
      if (line == "    " + method + ":") promised.insert(method + " " + path);
    }
  }
  std::set<std::string> served;
  for (const auto& route : gateway::routes) {
    std::string entry(route.method);
    for (auto& letter : entry) letter = static_cast<char>(letter | 0x20);
    entry.append(" ").append(route.path);
    const auto id = entry.find("{id}");
    const bool of_refund = route.path.starts_with("/v1/refunds/");
    served.insert(id == std::string::npos ? entry : entry.replace(id, 4, of_refund ? "{refund_id}" : "{payment_id}"));
  }
  CHECK(promised == served);
}

TEST_CASE("a payment is written with openapi's members, all and no others") {
  std::set<std::string> promised;
  const auto yaml = openapi();
  const auto begin = yaml.find("\n    Payment:\n");
  REQUIRE(begin != std::string::npos);
  for (const auto& line : block_of(yaml.substr(begin), "properties:")) {
    promised.insert(line.substr(0, line.find(':')));
  }
  std::string out;
  const PaymentId aliases[] = {make_payment_id(1, 2, 3)};
  codec::write_payment(out, payment_in(PaymentState::unknown), aliases);
  const auto document = codec::parse_json(out);
  REQUIRE(document);
  std::set<std::string> written;
  for (const auto& [name, value] : *document->object()) written.insert(name);
  CHECK(written == promised);
}

TEST_CASE("a refund is written with openapi's members, all and no others, and its states are the ones there are") {
  const auto yaml = openapi();
  const auto begin = yaml.find("\n    Refund:\n");
  REQUIRE(begin != std::string::npos);
  std::set<std::string> promised;
  for (const auto& line : block_of(yaml.substr(begin), "properties:")) promised.insert(line.substr(0, line.find(':')));
  Refund refund;
  refund.refund_id = make_refund_id(1, 2, 3);
  refund.payment_id = make_payment_id(1, 2, 3);
  refund.merchant_order_id = "order-1";
  refund.merchant_refund_id = "refund-1";
  refund.reason = "cold";
  refund.code = "refund_exceeds";
  refund.currency = *Currency::parse("CNY");
  const RefundId aliases[] = {make_refund_id(1, 2, 4)};
  std::set<std::string> written;
  std::set<std::string> states;
  for (const auto state : {RefundState::accepted, RefundState::processing, RefundState::succeeded, RefundState::failed,
                           RefundState::unknown}) {
    refund.state = state;
    states.emplace(name_of(state));
    std::string out;
    codec::write_refund(out, refund, aliases);
    const auto document = codec::parse_json(out);
    REQUIRE(document);
    for (const auto& [name, value] : *document->object()) written.insert(name);
  }
  CHECK(written == promised);
  CHECK(list_behind(yaml, "\n    RefundState:\n", "enum: [") == states);
}

TEST_CASE("openapi's callbacks are the ones that are sent") {
  std::set<std::string> types;
  for (const auto state : all_payment_states) {
    if (const auto type = codec::callback_type(state)) types.insert(*type);
  }
  CHECK(list_behind(openapi(), "\n    PaymentEvent:\n", "enum: [") == types);
}

TEST_CASE("a close that nobody can show yet is written with openapi's members, all and no others") {
  const auto yaml = openapi();
  const auto begin = yaml.find("\n    CloseAsked:\n");
  REQUIRE(begin != std::string::npos);
  std::set<std::string> promised;
  for (const auto& line : block_of(yaml.substr(begin), "properties:")) promised.insert(line.substr(0, line.find(':')));
  std::string out;
  codec::write_close_asked(out, "order-1", 2, make_payment_id(1, 2, 3));
  const auto document = codec::parse_json(out);
  REQUIRE(document);
  std::set<std::string> written;
  for (const auto& [name, value] : *document->object()) written.insert(name);
  CHECK(written == promised);
}

TEST_CASE("the required members of a payment are there in every state") {
  const auto required = list_behind(openapi(), "\n    Payment:\n", "required: [");
  CHECK(required.size() == 14);
  for (const auto state : all_payment_states) {
    auto payment = payment_in(state);
    payment.metadata.clear();
    payment.code_url.clear();
    payment.decline_code.clear();
    std::string out;
    codec::write_payment(out, payment);
    const auto document = codec::parse_json(out);
    REQUIRE(document);
    for (const auto& name : required) {
      INFO(name_of(state) << " " << name);
      CHECK(document->find(name) != nullptr);
    }
    const auto view = codec::read_payment(out);
    REQUIRE(view);
    CHECK(view->payment_id == payment.payment_id);
    CHECK(view->state == state);
    CHECK(view->sequence == payment.sequence);
    CHECK(view->amount == payment.amount);
  }
}
