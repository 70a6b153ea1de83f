#include "tests/chaos/facts.hpp"

#include <set>

#include "common/codec/intent_json.hpp"
#include "tests/support/system.hpp"

namespace acq::test {
namespace {

/// Intents and payments alike by the payment id's text: a first attempt's intent is its payment.
std::string id_text(const mariadb::Value& raw) {
  return PaymentId::from_raw(mariadb::text(raw)).value().text();
}

void read_payments(Database& database, Facts& facts) {
  for (const auto& row : database.rows(
           "SELECT p.payment_id, p.merchant_order_id, p.state, p.amount, p.partition_id, p.log_offset, p.sequence, "
           "p.told_sequence, p.callback_url <> '', o.payment_id IS NOT NULL FROM payments p LEFT JOIN open_items o ON "
           "o.payment_id = p.payment_id ORDER BY p.payment_id")) {
    StoredPayment payment;
    payment.id = id_text(row[0]);
    payment.number = mariadb::text(row[1]);
    payment.state = mariadb::text(row[2]);
    payment.amount = mariadb::integer(row[3]);
    payment.partition = mariadb::integer(row[4]);
    payment.offset = mariadb::integer(row[5]);
    payment.sequence = mariadb::integer(row[6]);
    payment.told_sequence = mariadb::integer(row[7]);
    payment.calls_back = mariadb::integer(row[8]) != 0;
    payment.has_open_row = mariadb::integer(row[9]) != 0;
    facts.rows.push_back({payment.id, "payments"});
    facts.payments.push_back(std::move(payment));
  }
}

void read_rows(Database& database, Facts& facts) {
  for (const auto& row : database.rows("SELECT alias_id, payment_id FROM payment_aliases"))
    facts.rows.push_back({id_text(row[0]), "payment_aliases", id_text(row[1])});
  for (const auto& row : database.rows("SELECT intent_id FROM dead_letters WHERE intent_id IS NOT NULL"))
    facts.rows.push_back({id_text(row[0]), "dead_letters"});
  // A refund that was held keeps its verdict beside its row.
  for (const auto& row :
       database.rows("SELECT intent_id FROM intent_verdicts WHERE kind <> 'refund' OR verdict = 'held'"))
    facts.rows.push_back({id_text(row[0]), "intent_verdicts"});
  for (const auto& row : database.rows("SELECT refund_id FROM refunds WHERE log_offset IS NOT NULL UNION ALL SELECT "
                                       "alias_id FROM refund_aliases"))
    facts.rows.push_back({id_text(row[0]), "refunds"});
  for (const auto& row : database.rows("SELECT CONCAT(kind, ': ', detail) FROM incidents"))
    facts.incidents.push_back(mariadb::text(row[0]));
  for (const auto& row : database.rows("SELECT CONCAT(code, ': ', reason) FROM dead_letters"))
    facts.dead_letters.push_back(mariadb::text(row[0]));
  facts.open_gates = database.number(
      "SELECT COUNT(*) FROM refund_gates WHERE refunding <> 0 OR (refunds = 0 AND refunded <> captured)");
}

void read_log(System& system, Facts& facts) {
  for (const auto& record : system.topic().records()) {
    const auto intent = codec::decode_intent(record.value);
    if (intent) facts.log.push_back({record.partition, record.offset, same_bytes<PaymentId>(id_of(*intent)).text()});
  }
  const auto ends = system.topic().ends();
  for (const auto& row : system.database().rows("SELECT partition_id, next_offset, watermark FROM partition_cursors")) {
    const auto partition = mariadb::integer(row[0]);
    facts.positions.push_back(
        {partition, mariadb::integer(row[1]), mariadb::integer(row[2]), ends.at(static_cast<std::size_t>(partition))});
  }
}

Books books_of(const Answer& answer) {
  return {answer.integer("kept"), answer.integer("requests"), answer.integer("charged_amount"),
          answer.integer("refunded_amount")};
}

void read_channel(System& system, Facts& facts) {
  std::set<std::string> numbers;
  for (const auto& promise : facts.promises) numbers.insert(promise.number);
  for (const auto& payment : facts.payments) numbers.insert(payment.number);
  for (const auto& number : numbers) facts.orders[number] = books_of(system.charges(number));
  facts.channel = books_of(ask("GET", system.url("channel-sim") + "/sim/totals"));
}

void read_callbacks(System& system, Facts& facts) {
  const auto answer = ask("GET", system.url("receiver") + "/received");
  const auto* events = answer.json.find("events");
  if (events == nullptr || events->array() == nullptr) return;
  for (const auto& event : *events->array()) {
    const auto* verified = event.find("verified");
    if (verified == nullptr || verified->boolean() == nullptr || !*verified->boolean()) continue;
    const auto* changed = event.find("content_changed");
    facts.told.push_back({std::string(event.string_or("id")), std::string(event.string_or("payment_id")),
                          std::string(event.string_or("state")),
                          changed != nullptr && changed->boolean() != nullptr && *changed->boolean()});
  }
}

}  // namespace

Facts gather(System& system, const std::vector<Promise>& promises, bool account_for) {
  Facts facts;
  facts.promises = promises;
  read_payments(system.database(), facts);
  read_rows(system.database(), facts);
  read_log(system, facts);
  read_channel(system, facts);
  read_callbacks(system, facts);
  if (account_for) {
    const auto said = system.acq({"account-for", "--gateway", system.admin_url("gateway-1"), "--json"});
    if (said.code != 0) facts.unaccounted = said.output + said.errors;
  }
  return facts;
}

}  // namespace acq::test
