// What a channel tells by itself: it makes payments final sooner, and neither its forgeries nor its doubles do harm.
#include <catch2/catch.hpp>

#include "common/http/webhook_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

std::string accepted(System& system, const Order& order) {
  const auto answer = system.merchant().create(order);
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  return answer.text("payment_id");
}

std::string told(const System& system, const std::string& request_id, const Order& order,
                 const std::string& status = "succeeded") {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("request_id", request_id).member("status", status);
  writer.member("merchant_id", system.merchant().id_text()).member("merchant_order_id", order.number);
  writer.member("amount", order.amount).member("currency", "CNY").end_object();
  return body;
}

Answer notify(System& system, const std::string& body, const crypto::Secret& secret, std::int64_t ago_s = 0) {
  const auto stamp_s = runtime::unix_ms() / 1000 - ago_s;
  return ask("POST", system.notification_url(), body,
             {{"webhook-id", "ntf_1"},
              {"webhook-timestamp", std::to_string(stamp_s)},
              {"webhook-signature", http::sign_webhook(secret, "ntf_1", stamp_s, body)}});
}

}  // namespace

TEST_CASE("A notification makes a payment final long before it would have been asked about") {
  System system({.channel_notifies = true});
  const Order order{.number = "told-1", .amount = 10'053, .callback_url = system.callback_url()};
  const auto began_ms = runtime::steady_ms();
  const auto id = accepted(system, order);
  system.await_state(id, "succeeded", soon_ms);
  // The payer pays after 2 s; a qr is first asked about after 15 s.
  CHECK(runtime::steady_ms() - began_ms < 10'000);
  CHECK(system.charges(order.number).integer("charges") == 1);
  system.await_settled(soon_ms);
  CHECK(system.callbacks(id) == "payment.awaiting_payer payment.succeeded");
  CHECK(system.topic().records_in_all() == 2);
  CHECK(system.database().number("SELECT COUNT(*) FROM intent_verdicts WHERE kind = 'notification'") == 1);
  system.check_books();
}

TEST_CASE("Notifications that are doubled and out of order are nothing new: one charge, one success (P13)") {
  System system({.channel_notifies = true});
  const Order order{.number = "thrice-1", .amount = 10'059, .callback_url = system.callback_url()};
  const auto id = accepted(system, order);
  system.await_state(id, "succeeded", soon_ms);
  await_equal("all three are on the log", soon_ms, std::int64_t{4}, [&] { return system.topic().records_in_all(); });
  system.await_settled(soon_ms);
  CHECK(system.merchant().payment(id).text("state") == "succeeded");
  CHECK(system.charges(order.number).integer("charges") == 1);
  CHECK(system.callbacks(id) == "payment.succeeded");
}

TEST_CASE("A forged, old or unreadable notification is refused and leaves nothing") {
  System system({.channel_notifies = true});
  const Order order{.number = "forged-1", .amount = 10'060};
  const auto id = accepted(system, order);
  system.await_state(id, "awaiting_payer", soon_ms);
  const auto secret = system.notification_secret();
  const auto body = told(system, id + "-1", order);
  const auto refused = [&](const Answer& answer, int status, const std::string& code) {
    INFO(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.text("code") == code);
  };
  refused(notify(system, body, crypto::Secret(std::string(32, 'x'))), 401, "unauthorized");
  refused(notify(system, body, secret, 310), 401, "unauthorized");
  refused(ask("POST", system.notification_url(), body), 401, "unauthorized");
  refused(notify(system, "{}", secret), 400, "malformed_json");
  refused(notify(system, told(system, "r-1", order), secret), 400, "malformed_json");
  refused(notify(system, told(system, id + "-1", order, "unheard"), secret), 400, "malformed_json");
  refused(notify(system, body + std::string(9'000, ' '), secret), 400, "malformed_json");
  CHECK(system.topic().records_in_all() == 1);

  // Another amount than was asked for is the channel's word against ours: unknown, with an incident (P23).
  Order cheaper = order;
  cheaper.amount = 1;
  CHECK(notify(system, told(system, id + "-1", cheaper), secret).status == 200);
  system.await_state(id, "unknown", soon_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM incidents WHERE kind = 'mismatch'") == 1);
  CHECK(system.charges(order.number).integer("charges") == 0);
}

TEST_CASE("Without a secret there is no channel to be told by") {
  System system;
  const auto answer = notify(system, "{}", system.notification_secret());
  INFO(answer.body);
  CHECK(answer.status == 404);
  CHECK(answer.text("code") == "not_found");
  CHECK(system.topic().records_in_all() == 0);
}
