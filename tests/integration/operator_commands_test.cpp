// The operator's commands on a whole system: what they show, that a preview changes nothing, that an act leaves its
// audit row, that replay cannot pay twice, and that what was lost is named and mended.
#include <catch2/catch.hpp>

#include "common/codec/intent_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

/// The same, of a gateway that may have stopped admitting for a while.
std::string create_at_last(System& system, const std::string& number) {
  std::string id;
  await("a 2xx for " + number, at_last_ms, [&] {
    const auto answer = system.merchant().create({.number = number, .callback_url = system.callback_url()});
    if (answer.status == 202 || answer.status == 200) id = answer.text("payment_id");
    return !id.empty();
  });
  return id;
}

struct Said {
  int code = -1;
  codec::JsonValue json;
  std::string output;
  std::string errors;
  std::size_t count(std::string_view list) const {
    const auto* found = json.find(list);
    return found == nullptr || found->array() == nullptr ? 0 : found->array()->size();
  }
};
Said acq_says(System& system, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  auto finished = system.acq(std::move(arguments));
  Said said{finished.code, {}, finished.output, finished.errors};
  if (auto parsed = codec::parse_json(finished.output)) said.json = std::move(*parsed);
  return said;
}

std::string witness(System& system) {
  return system.folder() / "witness-gateway-1";
}

std::int64_t audit_rows(System& system, const std::string& act) {
  return system.database().number("SELECT COUNT(*) FROM audit_entries WHERE act = ?", {act});
}

bool names_payment(const Said& said, const std::string& payment_id, const std::string& difference) {
  const auto* list = said.json.find("differences");
  if (list == nullptr || list->array() == nullptr) return false;
  for (const auto& one : *list->array()) {
    if (one.string_or("payment_id") == payment_id && one.string_or("difference") == difference) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Ten replays of one order: one charge, ten audit rows in one chain") {
  System system;
  const auto id = create(system, "ten-1");
  system.await_state(id, "succeeded", soon_ms);
  system.await_settled(soon_ms);

  const auto story = acq_says(system, {"payment", "show", "ten-1"});
  INFO(story.output << story.errors);
  REQUIRE(story.code == 0);
  REQUIRE(story.json.find("payment") != nullptr);
  CHECK(story.json.find("payment")->string_or("payment_id") == id);
  REQUIRE(story.json.find("log") != nullptr);
  CHECK(story.json.find("log")->string_or("record") == "there");

  // A preview offers nothing, and no reason means no act.
  const auto preview = acq_says(system, {"replay", id});
  INFO(preview.output << preview.errors);
  CHECK(preview.code == 0);
  CHECK(preview.output.find("\"planned\"") != std::string::npos);
  const auto silent = acq_says(system, {"replay", id, "--apply"});
  CHECK(silent.code == 2);
  CHECK(silent.errors.find("--reason") != std::string::npos);
  CHECK(acq_says(system, {"replay", id, "--apply", "--reason", "two\nlines"}).code == 2);
  CHECK(acq_says(system, {"replay", "no-such-order", "--apply", "--reason", "x"}).code == 1);
  CHECK(system.topic().records_in_all() == 1);
  CHECK(audit_rows(system, "replay") == 0);

  for (int i = 0; i < 10; ++i) {
    const auto said = acq_says(system, {"replay", "ten-1", "--apply", "--reason", "try " + std::to_string(i)});
    INFO(said.output << said.errors);
    REQUIRE(said.code == 0);
    CHECK(said.output.find("\"offered\"") != std::string::npos);
  }
  CHECK(system.topic().records_in_all() == 11);
  system.await_settled(soon_ms);
  CHECK(system.charges("ten-1").integer("charges") == 1);
  CHECK(system.charges("ten-1").integer("requests") == 1);
  CHECK(system.callbacks(id) == "payment.succeeded");
  CHECK(audit_rows(system, "replay") == 10);
  CHECK(system.database().number(
            "SELECT COUNT(DISTINCT reason) FROM audit_entries WHERE act = 'replay' AND subject = ?", {id}) == 10);
  // Ten records more, and still one intent: the balance counts ids.
  const auto balance = acq_says(system, {"account-for", "--to", "now", "--witness", witness(system)});
  INFO(balance.output << balance.errors);
  CHECK(balance.code == 0);
  CHECK(balance.json.integer_or("offered", -1) == 1);
  CHECK(balance.json.integer_or("stored", -1) == 1);

  const auto whole = acq_says(system, {"audit", "verify"});
  INFO(whole.output << whole.errors);
  CHECK(whole.code == 0);
  CHECK(whole.json.integer_or("entries", -1) == 12);  // the operator, the merchant, ten replays
  // The control: one changed row is found, and named.
  const auto changed = system.database().number("SELECT audit_id FROM audit_entries WHERE reason = 'try 4'");
  REQUIRE(system.database().execute("UPDATE audit_entries SET reason = 'try 5' WHERE audit_id = ?", {changed}) == 1);
  const auto broken = acq_says(system, {"audit", "verify"});
  CHECK(broken.code == 1);
  CHECK(broken.output.find("\"audit_id\":" + std::to_string(changed)) != std::string::npos);
  CHECK(broken.count("faults") == 1);
}

TEST_CASE("A dead letter is listed, shown with its bytes, and applied when it is offered again (P11)") {
  System system;
  PaymentRequested intent;
  const auto now = runtime::unix_ms();
  intent.merchant_id = system.merchant().id();
  intent.merchant_order_id = "parked-1";
  intent.payment_id =
      make_payment_id(now, route_hash(intent.merchant_id, intent.merchant_order_id), crypto::random_word());
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.amount = 1'000;
  intent.currency = Currency::parse("CNY").value();
  intent.accepted_at_ms = now;
  intent.expires_at_ms = now + 900'000;
  const auto home = partition_of(route_of(intent.payment_id), Topic::partitions);
  const auto offset = system.topic().produce(home, "not its key", codec::encode_intent(intent));
  const auto rubbish = system.topic().produce(home, "k", std::string("\x01 no JSON", 9));
  await_equal("two dead letters", soon_ms, std::int64_t{2},
              [&] { return system.database().number("SELECT COUNT(*) FROM dead_letters"); });

  const auto list = acq_says(system, {"dead-letter", "list"});
  INFO(list.output << list.errors);
  CHECK(list.code == 0);
  CHECK(list.count("dead_letters") == 2);
  const auto name = std::to_string(home) + ":" + std::to_string(offset);
  const auto shown = acq_says(system, {"dead-letter", "show", name});
  CHECK(shown.code == 0);
  CHECK(shown.json.string_or("code") == "wrong_key");
  CHECK(shown.json.string_or("record").find("parked-1") != std::string::npos);
  const auto raw = acq_says(system, {"dead-letter", "show", std::to_string(home) + ":" + std::to_string(rubbish)});
  CHECK(raw.json.string_or("record") == "\\x01 no JSON");
  const auto stuck = acq_says(system, {"stuck", "--older-than", "0s"});
  CHECK(stuck.code == 1);
  CHECK(stuck.output.find("parked: wrong_key") != std::string::npos);
  CHECK(acq_says(system, {"dead-letter", "show", "7:7"}).code == 1);
  CHECK(acq_says(system, {"dead-letter", "show", "' OR 1=1 --"}).code == 2);

  const auto before = system.topic().records_in_all();
  const auto preview = acq_says(system, {"dead-letter", "replay", name});
  CHECK(preview.code == 0);
  CHECK(preview.json.string_or("outcome") == "planned");
  CHECK(acq_says(system, {"dead-letter", "replay", name, "--apply"}).code == 2);
  const auto unreadable = acq_says(
      system,
      {"dead-letter", "replay", std::to_string(home) + ":" + std::to_string(rubbish), "--apply", "--reason", "x"});
  CHECK(unreadable.code == 1);
  CHECK(unreadable.errors.find("parked again") != std::string::npos);
  CHECK(system.topic().records_in_all() == before);

  const auto done = acq_says(system, {"dead-letter", "replay", name, "--apply", "--reason", "its key is mended"});
  INFO(done.output << done.errors);
  CHECK(done.code == 0);
  CHECK(done.json.string_or("outcome") == "offered");
  system.await_state(intent.payment_id.text(), "succeeded", at_last_ms);
  CHECK(system.charges("parked-1").integer("charges") == 1);
  CHECK(system.database().number("SELECT replays FROM dead_letters WHERE log_offset = ? AND partition_id = ?",
                                 {offset, std::int64_t{home}}) == 1);
  CHECK(audit_rows(system, "dead_letter_replay") == 1);
  // Put on the log by hand: stored, and no witness knows it.
  const auto balance = acq_says(system, {"account-for", "--to", "now", "--witness", witness(system)});
  INFO(balance.output << balance.errors);
  CHECK(balance.code == 1);
  CHECK(names_payment(balance, intent.payment_id.text(), "not_witnessed"));
}

TEST_CASE("A gap is accounted for first, mended from the witness, and then skipped, without a restart (P5, P10)") {
  System system;
  const auto numbers = numbers_for(system, 0, 3, "gap-");
  system.await_state(create(system, numbers[0]), "succeeded", soon_ms);
  system.await_settled(soon_ms);
  system.stop("settlement-1");
  const std::vector<std::string> lost{create(system, numbers[1]), create(system, numbers[2])};
  system.topic().delete_before(0, 3);
  system.start("settlement-1");
  await("the gap's incident", at_last_ms,
        [&] { return system.database().number("SELECT COUNT(*) FROM incidents WHERE kind = 'gap'") == 1; });
  const auto incident = std::to_string(system.database().number("SELECT incident_id FROM incidents"));

  const auto stuck = acq_says(system, {"stuck", "--older-than", "0s"});
  CHECK(stuck.code == 1);
  CHECK(stuck.output.find("\"partition\"") != std::string::npos);
  CHECK(stuck.output.find("stopped by incident " + incident) != std::string::npos);
  const auto doctor = acq_says(system, {"doctor", "--gateway", system.admin_url("gateway-1")});
  INFO(doctor.output << doctor.errors);
  CHECK(doctor.code == 1);
  CHECK(doctor.output.find("stopped by incident " + incident) != std::string::npos);

  // Without the witness, or with what it knows still missing, the gap is not skipped.
  const std::vector<std::string> resolve{"incident", "resolve", incident, "--apply", "--reason", "all re-offered"};
  auto with_witness = resolve;
  with_witness.insert(with_witness.end(), {"--witness", witness(system)});
  CHECK(acq_says(system, resolve).code == 1);
  const auto too_soon = acq_says(system, with_witness);
  INFO(too_soon.output << too_soon.errors);
  CHECK(too_soon.code == 1);
  CHECK(too_soon.errors.find("2 intents") != std::string::npos);
  CHECK(system.database().number("SELECT COUNT(*) FROM incidents WHERE resolved_at_ms IS NULL") == 1);
  CHECK(audit_rows(system, "incident_resolve") == 0);

  // Young ones are not re-offered; once their window is over, they are missing, named, and mended.
  await("both are named as missing", at_last_ms, [&] {
    const auto said = acq_says(system, {"account-for", "--witness", witness(system)});
    return said.code == 1 && names_payment(said, lost[0], "missing") && names_payment(said, lost[1], "missing");
  });
  const auto preview = acq_says(system, {"replay", "--from-witness", "--witness", witness(system)});
  INFO(preview.output << preview.errors);
  CHECK(preview.code == 0);
  CHECK(preview.count("intents") == 2);
  CHECK(system.topic().ends()[0] == 3);
  const auto mended = acq_says(
      system, {"replay", "--from-witness", "--witness", witness(system), "--apply", "--reason", "deleted unread"});
  INFO(mended.output << mended.errors);
  REQUIRE(mended.code == 0);
  CHECK(system.topic().ends()[0] == 5);
  CHECK(audit_rows(system, "replay_from_witness") == 2);

  const auto resolved = acq_says(system, with_witness);
  INFO(resolved.output << resolved.errors);
  REQUIRE(resolved.code == 0);
  CHECK(resolved.json.find("restart")->integer_or("next_offset", -1) == 3);
  CHECK(audit_rows(system, "incident_resolve") == 1);
  // Again: harmless, and says so.
  const auto again = acq_says(system, with_witness);
  CHECK(again.code == 0);
  CHECK(again.output.find("\"already_resolved\":true") != std::string::npos);
  CHECK(audit_rows(system, "incident_resolve") == 1);

  for (const auto& id : lost) system.await_state(id, "succeeded", at_last_ms);
  system.await_settled(soon_ms);
  CHECK(system.charges(numbers[1]).integer("charges") == 1);
  CHECK(system.charges(numbers[2]).integer("charges") == 1);
  CHECK(acq_says(system, {"account-for", "--to", "now", "--witness", witness(system)}).code == 0);
  CHECK(system.database().number("SELECT COUNT(*) FROM incidents") == 1);
}

TEST_CASE("A log that ends before what was applied goes on where it differs, and nothing is done twice (P10)") {
  System system;
  std::vector<std::string> ids;
  for (const auto& number : numbers_for(system, 0, 3, "back-")) ids.push_back(create(system, number));
  for (const auto& id : ids) system.await_state(id, "succeeded", soon_ms);
  system.await_settled(soon_ms);
  system.stop("settlement-1");
  // As if six more had been applied and the log had lost them; one payment above the watermark is still to be told.
  REQUIRE(system.database().execute(
              "UPDATE partition_cursors SET next_offset = 9, watermark = 2 WHERE partition_id = 0") == 1);
  const auto untold =
      system.database().text("SELECT merchant_order_id FROM payments WHERE partition_id = 0 AND log_offset = 2");
  REQUIRE(system.database().execute("UPDATE payments SET told_sequence = 0, next_tell_at_ms = created_at_ms WHERE "
                                    "merchant_order_id = ?",
                                    {untold}) == 1);
  system.start("settlement-1");
  await("the incident", at_last_ms,
        [&] { return system.database().number("SELECT COUNT(*) FROM incidents WHERE kind = 'log_moved_back'") == 1; });
  const auto incident = std::to_string(system.database().number("SELECT incident_id FROM incidents"));

  const auto preview = acq_says(system, {"incident", "resolve", incident});
  INFO(preview.output << preview.errors);
  CHECK(preview.code == 0);
  REQUIRE(preview.json.find("restart") != nullptr);
  CHECK(preview.json.find("restart")->integer_or("next_offset", -1) == 3);
  CHECK(preview.json.find("restart")->integer_or("open_payments", -1) == 1);
  CHECK(system.database().number("SELECT stopped_by IS NOT NULL FROM partition_cursors WHERE partition_id = 0") == 1);

  const auto epoch = system.database().number("SELECT owner_epoch FROM partition_cursors WHERE partition_id = 0");
  REQUIRE(acq_says(system, {"incident", "resolve", incident, "--apply", "--reason", "broker restored"}).code == 0);
  CHECK(system.database().number("SELECT owner_epoch FROM partition_cursors WHERE partition_id = 0") > epoch);
  const auto after = create_at_last(system, numbers_for(system, 0, 4, "back-").back());
  system.await_state(after, "succeeded", at_last_ms);
  system.await_settled(at_last_ms);  // the untold one too: it had its row in open_items
  CHECK(system.charges_in_all() == 4);
}

TEST_CASE("A topic that was deleted and made again is taken up from its beginning, without a restart (P10)") {
  System system;
  const auto before = create(system, "again-1");
  system.await_state(before, "succeeded", soon_ms);
  system.await_settled(soon_ms);
  system.stop("gateway-1");
  system.stop("settlement-1");
  system.topic().remove();
  REQUIRE(system.run_daemon("acq-settlement", {}, {"create-topic"}).code == 0);
  system.launch("settlement-1");
  await_equal("an incident for each partition", at_last_ms, std::int64_t{2},
              [&] { return system.database().number("SELECT COUNT(*) FROM incidents WHERE kind = 'topic_changed'"); });
  for (const auto& row : system.database().rows("SELECT incident_id FROM incidents")) {
    const auto said = acq_says(system, {"incident", "resolve", std::to_string(mariadb::integer(row[0])), "--apply",
                                        "--reason", "the topic was made again"});
    INFO(said.output << said.errors);
    REQUIRE(said.code == 0);
    CHECK(said.json.find("restart")->integer_or("next_offset", -1) == 0);
  }
  system.start("gateway-1");
  const auto after = create_at_last(system, "again-2");
  system.await_state(after, "succeeded", at_last_ms);
  system.await_settled(at_last_ms);
  CHECK(system.charges_in_all() == 2);
  CHECK(acq_says(system, {"incident", "list"}).count("incidents") == 0);
  CHECK(acq_says(system, {"incident", "list", "--all"}).count("incidents") == 2);
}

TEST_CASE("What the database lost is named by account-for, and mended without a second charge (P5)") {
  System system;
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(create(system, "load-" + std::to_string(i)));
  for (const auto& id : ids) system.await_state(id, "succeeded", soon_ms);
  system.await_settled(soon_ms);

  // Over HTTP, as with a gateway that runs; the other cases read its disk.
  const auto gateway = system.admin_url("gateway-1");
  const std::vector<std::string> account{"account-for", "--to", "now", "--gateway", gateway};
  const auto clean = acq_says(system, account);
  INFO(clean.output << clean.errors);
  REQUIRE(clean.code == 0);
  CHECK(clean.json.integer_or("offered", -1) == 6);
  CHECK(clean.json.integer_or("stored", -1) == 6);
  CHECK(clean.json.integer_or("final", -1) == 6);
  CHECK(clean.json.integer_or("missing", -1) == 0);
  CHECK(acq_says(system, {"stuck", "--older-than", "0s"}).code == 0);
  CHECK(acq_says(system, {"doctor", "--gateway", system.admin_url("gateway-1")}).code == 0);

  // The control: one payment is gone, with its key.
  const std::string raw(PaymentId::parse(ids[3])->raw());
  REQUIRE(system.database().execute("DELETE FROM payments WHERE payment_id = ?", {raw}) == 1);
  REQUIRE(system.database().execute("DELETE FROM payment_keys WHERE payment_id = ?", {raw}) == 1);
  Said lost;
  await("the lost one is named", at_last_ms, [&] {
    lost = acq_says(system, account);
    return lost.code == 1;
  });
  INFO(lost.output << lost.errors);
  CHECK(names_payment(lost, ids[3], "missing"));
  CHECK(lost.count("differences") == 1);
  // Refused as a plain replay: nothing in the database says where it was.
  const auto plain = acq_says(system, {"replay", ids[3], "--apply", "--reason", "lost"});
  CHECK(plain.code == 1);
  CHECK(plain.errors.find("--from-witness") != std::string::npos);

  const auto mended = acq_says(system, {"replay", "--from-witness", "--gateway", gateway, "--only", ids[3], "--apply",
                                        "--reason", "its row was lost"});
  INFO(mended.output << mended.errors);
  REQUIRE(mended.code == 0);
  system.await_state(ids[3], "succeeded", at_last_ms);
  system.await_settled(at_last_ms);
  CHECK(system.charges("load-3").integer("charges") == 1);
  CHECK(system.charges_in_all() == 6);
  CHECK(acq_says(system, account).code == 0);
  CHECK(audit_rows(system, "replay_from_witness") == 1);
}
