// openapi.yaml's table of what a create answers, row by row: each case's name is its row. Nothing here charges twice.
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "common/domain/idempotency.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

const std::string code = "1310000000000017";
const Order first{.number = "row-1", .amount = 1'000, .description = "tea", .metadata = R"({"table":"7"})"};

Merchant::Change with_header(const std::string& name, const std::string& value) {
  return [=](http::ClientRequest& request) { request.headers.emplace_back(name, value); };
}
Merchant::Change wait_of(int seconds) {
  return with_header("Prefer", "wait=" + std::to_string(seconds));
}

std::string accepted(const Answer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  CHECK(answer.text("state") == "accepted");
  CHECK(answer.header("Idempotent-Replayed").empty());
  CHECK(answer.header("Location") == "/v1/payments/" + answer.text("payment_id"));
  CHECK_FALSE(answer.header("ETag").empty());
  return answer.text("payment_id");
}

void check_replayed(const Answer& answer, const std::string& payment_id) {
  INFO(answer.body);
  CHECK(answer.status == 200);
  CHECK(answer.header("Idempotent-Replayed") == "true");
  CHECK(answer.text("payment_id") == payment_id);
}

void check_problem(const Answer& answer, int status, const std::string& problem) {
  INFO(answer.body);
  CHECK(answer.status == status);
  CHECK(answer.text("code") == problem);
  CHECK(answer.header("Idempotent-Replayed").empty());
}

std::string reservation_key(const System& system, const std::string& number) {
  return "acq:n:" + crypto::hex_encode(system.merchant().id().raw()) + ":" + number;
}

/// The number as a request that is being written holds it: its deadline lies `left_ms` ahead.
void write_again(System& system, const std::string& number, std::int64_t left_ms) {
  const auto key = reservation_key(system, number);
  std::string text = system.redis({"GET", key});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto reservation = decode_reservation(text);
  REQUIRE(reservation.has_value());
  reservation->persisted = false;
  reservation->deadline_ms = runtime::unix_ms() + left_ms;
  system.redis({"SET", key, encode_reservation(*reservation)});
}

/// While it lives the gateway can write no file: no witness.
class NoRoom {
 public:
  explicit NoRoom(pid_t pid) : pid_(pid) {
    REQUIRE(::prlimit(pid_, RLIMIT_FSIZE, nullptr, &before_) == 0);
    const rlimit nothing{0, before_.rlim_max};
    REQUIRE(::prlimit(pid_, RLIMIT_FSIZE, &nothing, nullptr) == 0);
  }
  ~NoRoom() { ::prlimit(pid_, RLIMIT_FSIZE, &before_, nullptr); }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;

 private:
  pid_t pid_;
  rlimit before_{};
};

}  // namespace

TEST_CASE("Row: first, persisted in witness and log: 202 and the payment; 201 when Prefer: wait saw it final") {
  System system;
  const auto id = accepted(system.merchant().create(first));
  CHECK(system.topic().records_in_all() == 1);
  system.await_state(id, "succeeded", soon_ms);

  const auto waited = system.merchant().create(Order{.number = "row-1w", .code = code}.json(), wait_of(10));
  INFO(waited.body);
  CHECK(waited.status == 201);
  CHECK(waited.text("state") == "succeeded");
  CHECK(waited.header("Idempotent-Replayed").empty());
  CHECK(waited.header("Preference-Applied") == "wait=10");
}

TEST_CASE("Row: same number, same fields, known: 200, the payment as it is now, held likewise by Prefer: wait") {
  System system;
  const auto& shop = system.merchant();
  const auto id = accepted(shop.create(first));
  system.await_state(id, "succeeded", soon_ms);
  const auto repeat = shop.create(first);
  check_replayed(repeat, id);
  CHECK(repeat.text("state") == "succeeded");
  CHECK(repeat.header("ETag") == '"' + std::to_string(repeat.integer("sequence")) + '"');
  CHECK(repeat.body == shop.payment(id).body);

  const Order slow{.number = "row-2w", .amount = 1'056, .code = code};  // the channel answers after 3 s
  const auto waiting = accepted(shop.create(slow));
  const auto began = runtime::steady_ms();
  const auto held = shop.create(slow.json(), wait_of(1));
  CHECK(runtime::steady_ms() - began >= 990);
  check_replayed(held, waiting);
  CHECK(held.header("Preference-Applied") == "wait=1");
  CHECK(system.topic().records_in_all() == 2);
  CHECK(system.charges("row-1").integer("requests") == 1);
}

TEST_CASE("Row: same number, the first still being written: 409 in_progress with Retry-After, whatever the fields") {
  System system;
  const auto& shop = system.merchant();
  const auto id = accepted(shop.create(first));
  system.await_state(id, "succeeded", soon_ms);
  write_again(system, first.number, 60'000);
  for (const std::int64_t amount : {1'000, 2'000}) {
    Order again = first;
    again.amount = amount;
    const auto answer = shop.create(again);
    check_problem(answer, 409, "in_progress");
    CHECK(answer.text("payment_id") == id);
    CHECK_FALSE(answer.header("Retry-After").empty());
    CHECK(answer.text("money") == "possibly");
  }
  // Its request is dead: the same fields go on under the reserved id, and the writer knows that one.
  write_again(system, first.number, -1);
  const auto resent = shop.create(first);
  INFO(resent.body);
  CHECK(resent.status == 202);
  CHECK(resent.text("payment_id") == id);
  system.await_settled(soon_ms);
  CHECK(shop.payment(id).text("state") == "succeeded");
  CHECK(system.charges(first.number).integer("requests") == 1);
}

TEST_CASE("Row: same number, other fields: 422 fields_differ, the names of the fields, never their values") {
  System system;
  const auto& shop = system.merchant();
  const auto id = accepted(shop.create(first));
  Order other = first;
  other.amount = 4'711'991;
  other.code = code;
  other.description = "a secret wish";
  other.callback_url = system.callback_url();
  other.metadata = R"({"table":"seventeen"})";
  const auto differs = shop.create(other);
  check_problem(differs, 422, "fields_differ");
  CHECK(differs.faults() ==
        "/amount=differs /method=differs /description=differs /callback_url=differs /metadata=differs");
  for (const auto* value : {"4711991", "wish", "seventeen", "1310000000000017", "1000", "tea"}) {
    INFO(value);
    CHECK(differs.body.find(value) == std::string::npos);
  }
  CHECK(system.topic().records_in_all() == 1);
  check_replayed(shop.create(first), id);
}

TEST_CASE(
    "Row: not known whether persisted: 503 outcome_unknown with the payment_id; the same number again settles it") {
  System system;
  const auto& shop = system.merchant();
  accepted(shop.create(Order{.number = "before"}));
  std::string id;
  {
    const NoRoom no_room(system.pid("gateway-1"));
    const auto unknown = shop.create(first);
    check_problem(unknown, 503, "outcome_unknown");
    CHECK_FALSE(unknown.header("Retry-After").empty());
    CHECK(unknown.text("money") == "possibly");
    id = unknown.text("payment_id");
    REQUIRE(id.starts_with("pay_"));
  }
  Answer again;
  await("the same number is accepted or known", soon_ms, [&] {
    again = shop.create(first);
    return again.status == 202 || again.status == 200;
  });
  INFO(again.body);
  CHECK(again.text("payment_id") == id);
  system.await_state(id, "succeeded", soon_ms);
  CHECK(system.charges(first.number).integer("charges") == 1);
}

TEST_CASE("Row: the log refuses: 503 log_unavailable with Retry-After, and nothing is reserved") {
  System system({.log_check_every_s = 3600});  // the guard of the topic's settings is off
  const auto& shop = system.merchant();
  accepted(shop.create(Order{.number = "before"}));
  system.topic().change_setting("max.message.bytes", "100");
  Answer refused;
  await("the broker refuses", soon_ms, [&] {
    refused = shop.create(first);
    return refused.status == 503;
  });
  check_problem(refused, 503, "log_unavailable");
  CHECK_FALSE(refused.header("Retry-After").empty());
  CHECK(system.redis({"EXISTS", reservation_key(system, first.number)}).starts_with("0"));
}

TEST_CASE("Row: attempt one more, the last ended declined or closed: 202, the next attempt, seen from its 202 on") {
  System system;
  const auto& shop = system.merchant();
  Order order{.number = "row-7", .amount = 1'051, .code = code};
  const auto id = accepted(shop.create(order));
  system.await_state(id, "declined", soon_ms);
  const auto declined = shop.payment(id);

  // Settlement stands still: the attempt is accepted, and nobody has stored it.
  system.stop("settlement-1");
  order.attempt = 2;
  order.code.clear();  // a new method
  const auto next = shop.create(order);
  CHECK(accepted(next) == id);
  CHECK(next.header("ETag") != declined.header("ETag"));
  for (const bool emptied : {false, true}) {
    INFO("state out of the cache: " << emptied);
    if (emptied) system.redis({"DEL", "acq:s:" + id});
    for (const auto& seen : {shop.payment(id), shop.by_number(order.number)}) {
      INFO(seen.body);
      CHECK(seen.status == 200);
      CHECK(seen.text("state") == "accepted");
      CHECK(seen.body == next.body);
      CHECK(seen.header("ETag") == next.header("ETag"));
    }
  }
  check_replayed(shop.create(order), id);
  Order wrong = order;
  wrong.amount = 1'052;
  wrong.attempt = 3;
  check_problem(shop.create(wrong), 409, "attempt_not_open");

  INFO("parked, it is processing: P11 shows it to the merchant so");
  const auto records = system.topic().records();
  REQUIRE(records.size() == 2);
  const auto& record =
      records.back().value.find(R"("attempt":2)") != std::string::npos ? records.back() : records.front();
  const auto at = record.value.find("int_");
  REQUIRE(at != std::string::npos);
  const auto intent = IntentId::parse(record.value.substr(at, 30));
  REQUIRE(intent.has_value());
  system.database().execute(
      "INSERT INTO dead_letters (topic_id, partition_id, log_offset, intent_id, code, reason, record, recorded_at_ms) "
      "SELECT topic_id, partition_id, ?, ?, 'database_rule', 'as the writer parks it', ?, 1 FROM partition_cursors "
      "WHERE partition_id = ?",
      {record.offset, std::string(intent->raw()), record.value, std::int64_t{record.partition}});
  for (const auto& seen : {shop.payment(id), shop.by_number(order.number), shop.create(order)}) {
    INFO(seen.body);
    CHECK(seen.status == 200);
    CHECK(seen.text("state") == "processing");
    CHECK(seen.json.find("attempts")->array()->size() == 2);
  }

  system.start("settlement-1");
  system.await_state(id, "declined", soon_ms);
  await_equal("attempts", soon_ms, std::size_t{2},
              [&] { return shop.payment(id).json.find("attempts")->array()->size(); });
  CHECK(system.charges(order.number).integer("requests") == 2);
}

TEST_CASE(
    "Row: attempt one more, the last not ended, successful, or further ahead: 409 attempt_not_open, the payment") {
  System system;
  const auto& shop = system.merchant();
  Order paid{.number = "row-8a"};
  const auto id = accepted(shop.create(paid));
  system.await_state(id, "succeeded", soon_ms);
  Order open{.number = "row-8b", .amount = 1'060, .code = code};
  const auto waiting = accepted(shop.create(open));
  system.await_state(waiting, "awaiting_payer", soon_ms);
  Order ended{.number = "row-8c", .amount = 1'051};
  system.await_state(accepted(shop.create(ended)), "declined", soon_ms);

  paid.attempt = 2;
  open.attempt = 2;
  ended.attempt = 3;
  for (const auto& order : {paid, open, ended}) {
    const auto refused = shop.create(order);
    INFO(order.number);
    check_problem(refused, 409, "attempt_not_open");
    const auto* payment = refused.json.find("payment");
    REQUIRE(payment != nullptr);
    CHECK(payment->string_or("merchant_order_id") == order.number);
  }
  // Of a number that nobody knows nothing has ended.
  check_problem(shop.create(Order{.number = "row-8d", .attempt = 2}), 409, "attempt_not_open");
  CHECK(system.topic().records_in_all() == 3);
}

TEST_CASE("Beside the table: an Idempotency-Key, quoted or bare, is accepted and never outranks the order number") {
  System system;
  const auto& shop = system.merchant();
  const auto id = accepted(shop.create(first.json(), with_header("Idempotency-Key", "\"key-1\"")));
  // Another key, the same number: the same payment. The same key, another number: another payment.
  check_replayed(shop.create(first.json(), with_header("Idempotency-Key", "key-2")), id);
  check_replayed(shop.create(first.json(), with_header("Idempotency-Key", "key-1")), id);
  check_replayed(shop.create(first), id);
  const auto other = accepted(shop.create(Order{.number = "row-9"}.json(), with_header("Idempotency-Key", "key-1")));
  CHECK(other != id);
  CHECK(system.topic().records_in_all() == 2);
}
