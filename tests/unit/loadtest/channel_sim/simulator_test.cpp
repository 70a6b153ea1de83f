// The wire around the book: routes, validation, faults for every request, and what a test asks. No socket.
#include "loadtest/channel_sim/simulator.hpp"

#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"
#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;

namespace {

struct Bank {
  Simulator simulator{BookOptions{}, 1};
  std::int64_t now_ms = t0;

  Answered ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    request.has_query = mark != std::string_view::npos;
    if (request.has_query) request.query = target.substr(mark + 1);
    request.body = body;
    return simulator.answer(request, now_ms);
  }
  Answered charge(const std::string& id, std::int64_t amount) {
    return ask("POST", "/channel/v1/charges", codec::encode_charge(charge_of(id, amount)));
  }
  Answered end(const std::string& id, std::int64_t amount, const std::string& act) {
    return ask("POST", "/channel/v1/charges/" + id + "/" + act, codec::encode_end(end_of(id, amount)));
  }
  Answered refund(const std::string& id, const std::string& charge_id, std::int64_t amount) {
    return ask("POST", "/channel/v1/refunds", codec::encode_refund(refund_of(id, charge_id, amount)));
  }
  void faults(std::string_view body) { REQUIRE(ask("POST", "/sim/faults", body).response.status == 200); }
  Totals totals() { return simulator.book().totals(now_ms); }
};

std::string status_in(const http::Response& response) {
  const auto answer = codec::decode_charge_answer(response.body);
  return answer ? answer->status : "unreadable: " + response.body;
}

std::string refund_status_in(const http::Response& response) {
  const auto reply = codec::decode_refund_reply(response.body);
  return reply ? reply->status : "unreadable: " + response.body;
}

}  // namespace

TEST_CASE("charges, queries, ends and refunds have their routes, and their answers can be read") {
  Bank bank;
  CHECK(status_in(bank.charge("r-1", 1'000).response) == "succeeded");
  CHECK(status_in(bank.ask("GET", "/channel/v1/charges/r-1").response) == "succeeded");
  CHECK(refund_status_in(bank.refund("f-1", "r-1", 300).response) == "succeeded");
  CHECK(refund_status_in(bank.ask("GET", "/channel/v1/refunds/f-1").response) == "succeeded");
  CHECK(status_in(bank.end("r-1", 1'000, "close").response) == "succeeded");
  CHECK(status_in(bank.end("r-1", 1'000, "reverse").response) == "reversed");
  CHECK(status_in(bank.end("r-2", 1'000, "close").response) == "closed");
  const auto unheard = bank.ask("GET", "/channel/v1/charges/nobody").response;
  CHECK(unheard.status == 404);
  CHECK(status_in(unheard) == "unheard");
  const auto no_refund = bank.ask("GET", "/channel/v1/refunds/nobody").response;
  CHECK(no_refund.status == 404);
  CHECK(refund_status_in(no_refund) == "unheard");
  CHECK(
      bank.ask("GET", "/sim/charges?merchant_order_id=order-1").response.body ==
      R"({"charges":1,"charged_amount":1000,"refunded_amount":1000,"requests":1,"refunds":1,"reversals":1,"kept":0})");
}

TEST_CASE("each fate has its status on the wire") {
  Bank bank;
  const auto [amount, status] = GENERATE(table<std::int64_t, int>(
      {{1'051, 200}, {1'053, 200}, {1'054, 504}, {1'055, 504}, {1'057, 0}, {1'061, 200}, {1'062, 500}, {1'063, 504}}));
  const Answered answered = bank.charge("r", amount);
  CHECK(answered.response.status == status);
  CHECK_FALSE(answered.response.close);
  CHECK(answered.delay_ms == 0);
}

TEST_CASE("56 is held back on its own connection") {
  Bank bank;
  const Answered answered = bank.charge("r", 1'056);
  CHECK(answered.delay_ms == 3'000);
  CHECK(status_in(answered.response) == "succeeded");
  CHECK(bank.totals().charges == 1);
}

TEST_CASE("what is malformed is refused and does nothing") {
  Bank bank;
  const auto end = codec::encode_end(end_of("r", 1'000));
  CHECK(bank.ask("POST", "/channel/v1/charges", "{}").response.status == 400);
  CHECK(bank.ask("POST", "/channel/v1/refunds", "{}").response.status == 400);
  CHECK(bank.ask("POST", "/channel/v1/charges/r/close", "{}").response.status == 400);
  CHECK(bank.ask("POST", "/channel/v1/charges/other/close", end).response.status == 400);
  CHECK(bank.ask("POST", "/channel/v1/charges/close", end).response.status == 404);
  CHECK(bank.ask("POST", "/channel/v1/charges/r/undo", end).response.status == 404);
  CHECK(bank.ask("GET", "/channel/v1/charges/").response.status == 404);
  CHECK(bank.ask("PUT", "/channel/v1/charges", end).response.status == 404);
  CHECK(bank.ask("GET", "/sim/charges").response.status == 400);
  CHECK(bank.ask("GET", "/elsewhere").response.status == 404);
  CHECK(bank.totals() == Totals{});
  CHECK(bank.ask("GET", "/channel/v1/charges/r").response.status == 404);
}

TEST_CASE("other fields under a known id are a conflict") {
  Bank bank;
  bank.charge("r", 1'000);
  CHECK(bank.charge("r", 2'000).response.status == 409);
  CHECK(bank.end("r", 2'000, "close").response.status == 409);
}

TEST_CASE("faults are set, told and refused when they cannot be meant") {
  Bank bank;
  bank.faults(R"({"delay_ms":5,"error_rate":0.5})");
  const std::string set = bank.ask("GET", "/sim/faults").response.body;
  const auto faults = decode_faults(set);
  REQUIRE(faults);
  CHECK(faults->delay_ms == 5);
  CHECK(faults->error_rate == 0.5);
  CHECK(bank.ask("POST", "/sim/faults", R"({"eror_rate":0.5})").response.status == 400);
  CHECK(bank.ask("POST", "/sim/faults", R"({"error_rate":2})").response.status == 400);
  CHECK(bank.ask("GET", "/sim/faults").response.body == set);
  bank.faults("{}");
  CHECK(*decode_faults(bank.ask("GET", "/sim/faults").response.body) == Faults{});
}

TEST_CASE("an error does nothing") {
  Bank bank;
  bank.charge("r-0", 1'000);
  bank.faults(R"({"error_rate":1})");
  CHECK(bank.charge("r", 1'000).response.status == 500);
  CHECK(bank.refund("f", "r-0", 100).response.status == 500);
  CHECK(bank.end("r-0", 1'000, "reverse").response.status == 500);
  CHECK(bank.ask("GET", "/channel/v1/charges/r-0").response.status == 500);
  CHECK(bank.totals() == Totals{1, 1'000, 0, 1});
}

TEST_CASE("a timeout does what was asked and never answers") {
  Bank bank;
  bank.faults(R"({"timeout_rate":1})");
  const Answered answered = bank.charge("r", 1'000);
  CHECK(answered.response.status == 0);
  CHECK_FALSE(answered.response.close);
  CHECK(bank.end("r", 1'000, "reverse").response.status == 0);
  CHECK(bank.totals() == Totals{1, 1'000, 1'000, 1, 0, 1, 1});
}

TEST_CASE("a delay holds every answer of the channel back, and none of the tool's") {
  Bank bank;
  bank.faults(R"({"delay_ms":700})");
  CHECK(bank.charge("r", 1'000).delay_ms == 700);
  CHECK(bank.charge("r-56", 1'056).delay_ms == 3'700);
  CHECK(bank.ask("GET", "/channel/v1/charges/r").delay_ms == 700);
  CHECK(bank.ask("GET", "/sim/totals").delay_ms == 0);
  CHECK(bank.totals().charges == 2);
}

TEST_CASE("duplicates are executed once each") {
  Bank bank;
  bank.faults(R"({"duplicate_rate":1})");
  CHECK(status_in(bank.charge("r", 1'000).response) == "succeeded");
  CHECK(refund_status_in(bank.refund("f", "r", 300).response) == "succeeded");
  CHECK(status_in(bank.end("r", 1'000, "reverse").response) == "reversed");
  CHECK(bank.totals() == Totals{1, 1'000, 1'000, 2, 1, 1, 1});
}

TEST_CASE("late charges arrive later, and queries are not held up") {
  Bank bank;
  bank.faults(R"({"late_rate":1})");
  CHECK(bank.charge("r", 1'000).response.status == 504);
  CHECK(bank.ask("GET", "/channel/v1/charges/r").response.status == 404);
  bank.now_ms += 3'000;
  CHECK(status_in(bank.ask("GET", "/channel/v1/charges/r").response) == "succeeded");
  CHECK(bank.totals().charges == 1);
}

TEST_CASE("a channel that is down cuts every connection and does nothing, while the tool still listens") {
  Bank bank;
  bank.faults(R"({"down":true})");
  for (const auto& answered : {bank.charge("r", 1'000), bank.ask("GET", "/channel/v1/charges/r")}) {
    CHECK(answered.response.status == 0);
    CHECK(answered.response.close);
  }
  CHECK(bank.totals() == Totals{});
  bank.faults(R"({"down":false})");
  CHECK(status_in(bank.charge("r", 1'000).response) == "succeeded");
}

TEST_CASE("a flip is asked by request id") {
  Bank bank;
  bank.charge("r", 1'051);
  CHECK(status_in(bank.ask("POST", "/sim/flip", R"({"request_id":"r"})").response) == "succeeded");
  CHECK(bank.ask("POST", "/sim/flip", R"({"request_id":"r"})").response.status == 409);
  CHECK(bank.ask("POST", "/sim/flip", R"({"request_id":"nobody"})").response.status == 404);
  CHECK(bank.ask("POST", "/sim/flip", R"({"request_id":"r","more":1})").response.status == 400);
  CHECK(bank.ask("POST", "/sim/flip", "[]").response.status == 400);
  CHECK(bank.totals().charges == 1);
}

TEST_CASE("a reset forgets counts and faults and begins the dice anew") {
  Bank bank;
  const auto hits = [&bank] {
    bank.faults(R"({"error_rate":0.5})");
    std::string all;
    for (int i = 0; i < 64; ++i) {
      all += bank.charge("r-" + std::to_string(i), 1'000).response.status == 200 ? 'a' : 'e';
    }
    return all;
  };
  const std::string first = hits();
  CHECK(first.find('a') != std::string::npos);
  CHECK(first.find('e') != std::string::npos);
  CHECK(bank.ask("POST", "/sim/reset").response.status == 204);
  CHECK(bank.totals() == Totals{});
  CHECK(*decode_faults(bank.ask("GET", "/sim/faults").response.body) == Faults{});
  CHECK(hits() == first);
}
