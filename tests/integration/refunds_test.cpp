// Merchants' refunds from the log to the channel and the database: the gate is one row, a number is one refund wherever
// it is met, and neither a death nor a log that is read again gives money back twice.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

#include "common/codec/intent_json.hpp"
#include "common/journal/record.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/files.hpp"
#include "tests/support/refunds.hpp"

using namespace acq;
using namespace acq::test;

namespace {

/// A payment of 10.00, or as given, that has succeeded and is told.
std::string paid(System& system, const std::string& number, std::int64_t amount = 1'000) {
  const auto answer =
      system.merchant().create({.number = number, .amount = amount, .callback_url = system.callback_url()});
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  const auto id = answer.text("payment_id");
  system.await_state(id, "succeeded", soon_ms);
  return id;
}

void await_refund(System& system, const RefundRequested& refund, const std::string& state,
                  std::int64_t within_ms = soon_ms) {
  await_equal("refund " + refund.merchant_refund_id, within_ms, state,
              [&] { return refund_state(system, refund.refund_id); });
}

std::int64_t failed_with(System& system, const std::string& code) {
  return system.database().number("SELECT COUNT(*) FROM refunds WHERE state = 'failed' AND code = ?", {code});
}

/// What merchants and books see of refunds; not when.
std::string outcome(System& system) {
  std::string all;
  for (const char* sql :
       {"SELECT CONCAT_WS(' ', HEX(refund_id), HEX(payment_id), attempt, origin, amount, state, code, "
        "merchant_refund_id, reason, log_offset, channel_reference) FROM refunds ORDER BY refund_id",
        "SELECT CONCAT_WS(' ', HEX(key_hash), HEX(refund_id), HEX(fingerprint)) FROM refund_keys ORDER BY key_hash",
        "SELECT CONCAT_WS(' ', HEX(alias_id), HEX(refund_id)) FROM refund_aliases ORDER BY alias_id",
        "SELECT CONCAT_WS(' ', HEX(payment_id), captured, refunding, refunded) FROM refund_gates ORDER BY payment_id",
        "SELECT CONCAT_WS(' ', HEX(payment_id), state, refunded_amount) FROM payments ORDER BY payment_id"}) {
    for (const auto& row : system.database().rows(sql)) all += mariadb::text(row.front()) + "\n";
    all += "--\n";
  }
  return all;
}

std::int64_t bank(System& system, const std::string& sum) {
  return ask("GET", system.url("channel-sim") + "/sim/totals").integer(sum);
}

/// A segment beside the gateway's own, as if it had offered these and the log had taken them.
void witness(System& system, const std::vector<RefundRequested>& refunds) {
  std::string bytes(journal::segment_magic);
  for (const auto& refund : refunds) {
    for (const auto type : {journal::RecordType::offered, journal::RecordType::persisted}) {
      journal::Record record;
      record.type = type;
      record.unix_ms = refund.accepted_at_ms;
      record.intent_id = refund.intent_id.bytes;
      record.partition = partition_of(route_of(refund.payment_id), Topic::partitions);
      if (type == journal::RecordType::offered) record.payload = codec::encode_intent(refund);
      journal::encode_record(bytes, record);
    }
  }
  write_file(system.folder() / "witness-gateway-1/hand-1-000001.witness", bytes);
}

}  // namespace

TEST_CASE("Refunds of each fate end as the channel says, in the payment and its gate (P14, P21)") {
  System system;
  const auto id = paid(system, "fates-1", 100'000);
  const auto told = system.merchant().payment(id).integer("sequence");
  // By the amount of the refund: declined; given back, then 504; pending; 500 first; at once.
  std::vector<RefundRequested> all;
  for (const std::int64_t amount : {1'071, 1'072, 1'073, 1'074, 1'000})
    all.push_back(refund_of(system, id, "fates-1", "fate-" + std::to_string(amount), amount));
  for (const auto& one : all) offer(system, one);
  await_refund(system, all[0], "failed refund_declined", at_last_ms);
  for (std::size_t i = 1; i < all.size(); ++i) await_refund(system, all[i], "succeeded", at_last_ms);
  system.await_settled(at_last_ms);
  const std::int64_t back = 1'072 + 1'073 + 1'074 + 1'000;
  CHECK(gate_of(system, id) == "100000 0 " + std::to_string(back));
  CHECK(given_back(system, "fates-1") == back);
  CHECK(system.charges("fates-1").integer("refunds") == 4);

  // Seen through the gateway, from the cache or not: five ends, five sequences, no callback (P26).
  for (const bool cached : {true, false}) {
    INFO("cached: " << cached);
    if (!cached) system.redis({"FLUSHALL"});
    await_equal("refunded_amount", soon_ms, back,
                [&] { return system.merchant().payment(id).integer("refunded_amount"); });
    CHECK(system.merchant().payment(id).integer("sequence") == told + 5);
    CHECK(system.merchant().payment(id).text("state") == "succeeded");
  }
  CHECK(system.callbacks(id) == "payment.succeeded");
  system.check_books();

  // The operator sees each of them, and none is stuck; a witness that knows of them balances.
  witness(system, all);
  const auto story = system.acq({"payment", "show", all[0].refund_id.text(), "--json"});
  const auto by_payment = system.acq({"payment", "show", id, "--json"});
  INFO(story.errors << by_payment.output << by_payment.errors);
  const auto behind = [](const Finished& said) {
    return said.output.substr(std::min(said.output.find(','), said.output.size()));
  };
  CHECK(story.code == 0);
  CHECK(behind(story) == behind(by_payment));  // all but what was asked
  CHECK(by_payment.output.find("\"merchant_refund_id\":\"fate-1073\"") != std::string::npos);
  CHECK(by_payment.output.find(all[4].refund_id.text()) != std::string::npos);
  CHECK(by_payment.output.find("\"code\":\"refund_declined\"") != std::string::npos);
  CHECK(system.acq({"stuck", "--older-than", "0s"}).code == 0);
  const auto balance =
      system.acq({"account-for", "--to", "now", "--witness", system.folder() / "witness-gateway-1", "--json"});
  INFO(balance.output << balance.errors);
  CHECK(balance.code == 0);
  CHECK(balance.output.find("\"offered\":6") != std::string::npos);
  CHECK(balance.output.find("\"stored\":6") != std::string::npos);
}

TEST_CASE("Of 100 refunds of 60 % on the log exactly one is given back (P14)") {
  System system;
  const auto id = paid(system, "sixty-1");
  std::vector<RefundRequested> all;
  for (int i = 0; i < 100; ++i) all.push_back(refund_of(system, id, "sixty-1", "sixty-" + std::to_string(i), 600));
  for (const auto& one : all) offer(system, one);
  await_equal("refused", soon_ms, std::int64_t{99}, [&] { return failed_with(system, "refund_exceeds"); });
  system.await_settled(soon_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM refunds WHERE state = 'succeeded'") == 1);
  CHECK(gate_of(system, id) == "1000 0 600");
  CHECK(system.charges("sixty-1").integer("refunds") == 1);
  CHECK(given_back(system, "sixty-1") == 600);
  // Doubled records are nothing new, and what is left may still be asked for.
  const auto before = outcome(system);
  for (int i = 0; i < 3; ++i) offer(system, all[static_cast<std::size_t>(i)]);
  system.await_settled(soon_ms);
  CHECK(outcome(system) == before);
  const auto rest = refund_of(system, id, "sixty-1", "rest", 400);
  offer(system, rest);
  await_refund(system, rest, "succeeded");
  CHECK(given_back(system, "sixty-1") == 1'000);
  system.check_books();
}

TEST_CASE("A refund before its payment on the log is held, and given back when that has succeeded (P11)") {
  System system;
  // The payment's record is put on the log by hand behind the refund's, under the id that the refund names.
  const auto elsewhere = create(system, "held-0");
  system.await_state(elsewhere, "succeeded", soon_ms);
  PaymentRequested late;
  late.merchant_id = system.merchant().id();
  late.merchant_order_id = "held-1";
  late.payment_id = make_payment_id(runtime::unix_ms(), route_hash(late.merchant_id, "held-1"), 77);
  late.intent_id = same_bytes<IntentId>(late.payment_id);
  late.amount = 1'000;
  late.currency = Currency::parse("CNY").value();
  late.accepted_at_ms = runtime::unix_ms();
  late.expires_at_ms = late.accepted_at_ms + 600'000;
  late.fingerprint = {1, 2, 3, 4, 5, 6, 7};
  const auto first = refund_of(system, late.payment_id.text(), "held-1", "held-r1", 700);
  const auto twice = refund_of(system, late.payment_id.text(), "held-1", "held-r1", 700);
  const auto second = refund_of(system, late.payment_id.text(), "held-1", "held-r2", 700);
  for (const auto& one : {first, twice, second}) offer(system, one);
  await_equal("held", soon_ms, std::int64_t{2},
              [&] { return system.database().number("SELECT COUNT(*) FROM held_refunds"); });
  CHECK(system.database().number("SELECT COUNT(*) FROM refund_aliases") == 1);
  CHECK(system.database().number("SELECT COUNT(*) FROM refunds") == 0);
  CHECK(system.database().number("SELECT COUNT(*) FROM intent_verdicts WHERE kind = 'refund' AND verdict = 'held'") ==
        2);
  const auto stuck = system.acq({"stuck", "--older-than", "0s"});
  INFO(stuck.output);
  CHECK(stuck.code == 1);
  CHECK(stuck.output.find("its payment is not stored") != std::string::npos);

  // Another owner, who has only the rows.
  system.kill("settlement-1");
  system.start("settlement-1");
  system.topic().produce(partition_of(route_of(late.payment_id), Topic::partitions), record_key(late),
                         codec::encode_intent(late));
  await_refund(system, first, "succeeded", at_last_ms);
  await_refund(system, second, "failed refund_exceeds");
  system.await_settled(at_last_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM held_refunds") == 0);
  CHECK(system.database().text("SELECT GROUP_CONCAT(CONCAT(verdict, code) ORDER BY log_offset) FROM intent_verdicts "
                               "WHERE kind = 'refund'") == "applied,refusedrefund_exceeds");
  CHECK(gate_of(system, late.payment_id.text()) == "1000 0 700");
  CHECK(given_back(system, "held-1") == 700);
}

TEST_CASE("A refund's number is one refund, under whichever payment and in whichever partition it is met (P11)") {
  System system;
  system.start("settlement-2");
  await_equal("each has a partition", at_last_ms, std::int64_t{1},
              [&] { return system.partitions_owned("settlement-2"); });
  std::vector<std::string> orders;
  std::vector<std::string> ids;
  for (std::int32_t partition = 0; partition < Topic::partitions; ++partition) {
    orders.push_back(numbers_for(system, partition, 1, "crossed-").front());
    ids.push_back(paid(system, orders.back(), 100'000));
  }
  // 50 would pass each gate; every number is asked of both payments at the same time.
  constexpr int numbers = 40;
  for (int i = 0; i < numbers; ++i) {
    for (std::size_t p = 0; p < ids.size(); ++p)
      offer(system, refund_of(system, ids[p], orders[p], "crossed-" + std::to_string(i), 100));
  }
  await_equal("both of each number", at_last_ms, std::int64_t{2 * numbers},
              [&] { return system.database().number("SELECT COUNT(*) FROM refunds"); });
  system.await_settled(at_last_ms);
  CHECK(failed_with(system, "fields_differ") == numbers);
  CHECK(system.database().number("SELECT COUNT(*) FROM refunds WHERE state = 'succeeded'") == numbers);
  CHECK(system.database().number("SELECT COUNT(DISTINCT merchant_refund_id) FROM refunds WHERE state = 'succeeded'") ==
        numbers);
  CHECK(system.database().number("SELECT COUNT(*) FROM refund_keys k JOIN refunds r USING (refund_id) WHERE r.state = "
                                 "'succeeded'") == numbers);
  CHECK(given_back(system, orders[0]) + given_back(system, orders[1]) == 100 * numbers);
  system.check_books();
}

TEST_CASE("kill -9 around a refund's transaction and call gives its money back once (P9, P18, P20)") {
  System system;
  const auto id = paid(system, "deaths-1", 100'000);
  system.await_settled(soon_ms);
  std::int64_t back = 0;
  for (const char* point :
       {"refund_written", "rows_written", "committed", "before_refund_call", "after_refund_call", "outcomes_taken"}) {
    INFO(point);
    system.stop("settlement-1");
    system.arm("settlement-1", {{"ACQ_CRASH_AT", std::string(point) + ":1"}});
    system.start("settlement-1");
    const auto refund = refund_of(system, id, "deaths-1", std::string("death-") + point, 1'000);
    offer(system, refund);
    await("it dies", at_last_ms, [&] { return !system.running("settlement-1"); });
    CHECK(system.exit_code("settlement-1") == 128 + SIGKILL);
    system.start("settlement-1");
    await_refund(system, refund, "succeeded", at_last_ms);
    back += 1'000;
    CHECK(given_back(system, "deaths-1") == back);
  }
  system.await_settled(at_last_ms);
  CHECK(gate_of(system, id) == "100000 0 " + std::to_string(back));
  CHECK(system.charges("deaths-1").integer("refunds") == back / 1'000);
  system.check_books();
}

TEST_CASE("The log read into an empty database ends in the same refunds, without one new one (P20)") {
  System system;
  // In one partition: across two the log has no order, and whoever reads a number first has it.
  const auto orders = numbers_for(system, 0, 2, "again-");
  const auto id = paid(system, orders[0]);
  // It fails, so that the merchant asks again under another number; what did not fit stays refused.
  const auto declined = refund_of(system, id, orders[0], "again-r1", 971);
  offer(system, declined);
  await_refund(system, declined, "failed refund_declined");
  const auto given = refund_of(system, id, orders[0], "again-r2", 1'000);
  offer(system, given);
  await_refund(system, given, "succeeded");
  const auto exceeds = refund_of(system, id, orders[0], "again-r3", 1);
  offer(system, exceeds);
  await_refund(system, exceeds, "failed refund_exceeds");
  offer(system, refund_of(system, id, orders[0], "again-r2", 1'000));
  const auto other = paid(system, orders[1]);
  const auto differs = refund_of(system, other, orders[1], "again-r2", 1'000);
  offer(system, differs);
  await_refund(system, differs, "failed fields_differ");
  const auto awaited = system.merchant().create(Order{.number = "declined-1", .amount = 1'051}).text("payment_id");
  system.await_state(awaited, "declined", soon_ms);
  const auto never = refund_of(system, awaited, "declined-1", "again-r4", 1);
  offer(system, never);
  await_refund(system, never, "failed not_refundable");
  system.await_settled(soon_ms);
  const auto before = outcome(system);
  const auto refunds = bank(system, "refunds");
  const auto requests = bank(system, "requests");
  await("the newest record is stale", at_last_ms,
        [&] { return runtime::unix_ms() > never.accepted_at_ms + limits::stale_after_ms + 1'000; });

  system.stop("settlement-1");
  for (const char* table :
       {"payments", "payment_keys", "payment_key_periods", "payment_aliases", "payment_attempts", "intent_verdicts",
        "held_attempts", "open_items", "refunds", "refund_gates", "refund_keys", "refund_aliases", "held_refunds"})
    system.database().execute(std::string("DELETE FROM ") + table);
  REQUIRE(system.database().execute("UPDATE partition_cursors SET next_offset = 0, watermark = 0, last_intent_id = ?",
                                    {std::string(16, '\0')}) == 2);
  system.start("settlement-1");
  system.await_settled(at_last_ms);
  await_equal("every refund is decided", at_last_ms, std::int64_t{0},
              [&] { return system.database().number("SELECT COUNT(*) FROM held_refunds"); });
  system.await_settled(at_last_ms);
  CHECK(outcome(system) == before);
  CHECK(bank(system, "refunds") == refunds);
  CHECK(bank(system, "requests") == requests);
  system.check_books();
}
