#include "settlement/writer/batch_processor.hpp"

#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/faults/fault_points.hpp"

namespace acq::settlement {
namespace {

KeyHash key_hash(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt) {
  std::string bytes(merchant.raw());
  bytes.push_back('\0');
  bytes += merchant_order_id;
  bytes.push_back('\0');
  bytes += std::to_string(attempt);
  const auto digest = crypto::sha256(bytes);
  KeyHash hash;
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

/// The payment that a decoded record is about, as its own words have it; nothing for a close by number.
std::optional<PaymentId> named_payment(const Intent& intent) {
  if (const auto* requested = std::get_if<PaymentRequested>(&intent)) return requested->payment_id;
  if (const auto* closing = std::get_if<CloseRequested>(&intent)) return closing->payment_id;
  return std::get<ChannelNotified>(intent).payment_id;
}

bool tells_success(const ChannelAnswer* answer) {
  return answer != nullptr && answer->verdict == ChannelVerdict::succeeded;
}

/// The intent id of the record at `offset`; zeros when it could not be read.
IntentId last_intent(std::span<const LogIntent> intents, std::span<const DeadLetter> letters, std::int64_t offset) {
  if (!intents.empty() && intents.back().log_offset == offset) return id_of(intents.back().intent);
  if (!letters.empty() && letters.back().log_offset == offset) return letters.back().intent_id.value_or(IntentId{});
  return {};
}

}  // namespace

BatchProcessor::Decoded BatchProcessor::decode(std::int32_t partition, std::span<const kafka::Record> records) const {
  Decoded decoded;
  decoded.intents.reserve(records.size());
  for (const auto& record : records) {
    const auto dead = [&](std::optional<IntentId> id, std::string_view code, std::string reason) {
      decoded.dead_letters.push_back({record.offset(), id, std::string(code), std::move(reason),
                                      std::string(record.value().substr(0, limits::broker_message_bytes_max))});
    };
    auto intent = codec::decode_intent(record.value());
    if (!intent) {
      dead(std::nullopt, "undecodable", intent.error().detail);
      continue;
    }
    if (auto why = misplaced(partition, *intent, record.key())) {
      dead(id_of(*intent), why->first, std::move(why->second));
      continue;
    }
    LogIntent one{record.offset(), record.append_ms(), {}, std::move(*intent), {}};
    if (const auto* requested = std::get_if<PaymentRequested>(&one.intent)) {
      one.key = key_hash(requested->merchant_id, requested->merchant_order_id, requested->attempt);
    } else if (const auto* closing = std::get_if<CloseRequested>(&one.intent)) {
      one.key = key_hash(closing->merchant_id, closing->merchant_order_id, closing->attempt);
    } else {
      auto told = codec::decode_charge_answer(std::get<ChannelNotified>(one.intent).answer);
      if (!told) {
        dead(id_of(one.intent), "undecodable", told.error().detail);
        continue;
      }
      one.told = std::move(*told);
    }
    decoded.intents.push_back(std::move(one));
  }
  return decoded;
}

std::optional<std::pair<std::string_view, std::string>> BatchProcessor::misplaced(std::int32_t partition,
                                                                                  const Intent& intent,
                                                                                  std::string_view key) const {
  using Why = std::pair<std::string_view, std::string>;
  if (key != record_key(intent)) return Why{"wrong_key", "the record's key is not the id that it should be"};
  const auto route = route_of(id_of(intent));
  const auto payment = named_payment(intent);
  bool here = partition_of(route, rules_.partitions) == partition && (!payment || route_of(*payment) == route);
  std::optional<MerchantId> merchant;
  const auto of = [&](const MerchantId& id, const std::string& merchant_order_id) {
    merchant = id;
    here = here && route == route_hash(id, merchant_order_id);
  };
  if (const auto* requested = std::get_if<PaymentRequested>(&intent))
    of(requested->merchant_id, requested->merchant_order_id);
  else if (const auto* closing = std::get_if<CloseRequested>(&intent))
    of(closing->merchant_id, closing->merchant_order_id);
  if (!here) return Why{"wrong_partition", "the payment belongs to another partition"};  // P16
  if (merchant && !rules_.knows_merchant(*merchant)) return Why{"unknown_merchant", "no merchant " + merchant->text()};
  return std::nullopt;
}

Result<Known> BatchProcessor::load(const Decoded& decoded, std::span<const Outcome> outcomes, Head& head) {
  Known known;
  std::vector<KeyHash> hashes;
  std::vector<IntentId> with_verdicts;
  hashes.reserve(decoded.intents.size());
  for (const auto& one : decoded.intents) {
    const auto* requested = std::get_if<PaymentRequested>(&one.intent);
    if (!std::holds_alternative<ChannelNotified>(one.intent)) hashes.push_back(one.key);
    if (requested == nullptr || requested->attempt > 1) with_verdicts.push_back(id_of(one.intent));
  }
  auto keys = store_.load_keys(hashes);
  if (!keys) return keys.error();
  if (!faults::broken(faults::Rule::keys_decide)) known.keys = std::move(*keys);
  auto verdicts = store_.load_verdicts(with_verdicts);
  if (!verdicts) return verdicts.error();
  known.verdicts.insert(verdicts->begin(), verdicts->end());
  if (auto r = load_payments(decoded, outcomes, head, known); !r) return r.error();
  if (auto r = load_held(decoded, outcomes, known); !r) return r.error();
  if (auto r = load_refunds(decoded, outcomes, known); !r) return r.error();
  return known;
}

Result<void> BatchProcessor::load_payments(const Decoded& decoded, std::span<const Outcome> outcomes, Head& head,
                                           Known& known) {
  std::vector<PaymentId> missing;
  const auto want = [&](const PaymentId& id) {
    if (const Item* item = head.find(id))
      known.payments.emplace(id, item->payment);
    else
      missing.push_back(id);
  };
  for (const auto& one : decoded.intents) {
    const auto key = known.keys.find(one.key);
    if (const auto* requested = std::get_if<PaymentRequested>(&one.intent)) {
      // A number met before: was this very intent applied, or refused? The row under its own id says so (P11).
      if (key != known.keys.end() || requested->attempt > 1) want(same_bytes<PaymentId>(requested->intent_id));
      if (requested->attempt > 1) want(requested->payment_id);
    } else if (const auto* notified = std::get_if<ChannelNotified>(&one.intent)) {
      want(notified->payment_id);
    } else if (key != known.keys.end() && !key->second.holds_close()) {
      want(key->second.payment_id);
    }
  }
  for (const auto& outcome : outcomes) {
    if (!std::holds_alternative<RefundAnswer>(outcome)) want(payment_of(outcome));
  }
  auto loaded = store_.load_payments(missing);
  if (!loaded) return loaded.error();
  for (auto& payment : *loaded) known.payments.emplace(payment.payment_id, std::move(payment));
  return {};
}

/// Of every payment that may end in this batch.
Result<void> BatchProcessor::load_held(const Decoded& decoded, std::span<const Outcome> outcomes, Known& known) {
  std::vector<PaymentId> ids;
  for (const auto& one : decoded.intents) {
    if (const auto* notified = std::get_if<ChannelNotified>(&one.intent)) ids.push_back(notified->payment_id);
    if (const auto* requested = std::get_if<PaymentRequested>(&one.intent);
        requested != nullptr && requested->attempt > 1)
      ids.push_back(requested->payment_id);
    if (std::holds_alternative<CloseRequested>(one.intent)) {
      if (const auto key = known.keys.find(one.key); key != known.keys.end()) ids.push_back(key->second.payment_id);
    }
  }
  for (const auto& outcome : outcomes) {
    if (std::holds_alternative<ChannelAnswer>(outcome)) ids.push_back(payment_of(outcome));
  }
  auto held = store_.load_held(ids);
  if (!held) return held.error();
  for (auto& one : *held) {
    auto intent = codec::decode_intent(one.record);
    if (!intent) return intent.error();
    const auto* requested = std::get_if<PaymentRequested>(&*intent);
    if (requested == nullptr) continue;
    const auto hash = key_hash(requested->merchant_id, requested->merchant_order_id, requested->attempt);
    LogIntent record{one.log_offset, one.append_ms, hash, std::move(*intent), {}};
    known.held.insert_or_assign(one.key, Known::Held{std::move(record), one.close_asked});
  }
  return {};
}

/// Only a success told of an attempt that has ended, or a refund's own answer, needs them.
Result<void> BatchProcessor::load_refunds(const Decoded& decoded, std::span<const Outcome> outcomes, Known& known) {
  std::vector<RefundId> ids;
  std::vector<AttemptKey> attempts;
  const auto may_be_late = [&](const PaymentId& id, std::int32_t attempt) {
    const auto payment = known.payments.find(id);
    if (payment == known.payments.end()) return;
    if (payment->second.attempt == attempt && !is_final(payment->second.state)) {
      // Open now, but an answer before it in this batch may end it.
      if (outcomes.size() + decoded.intents.size() < 2) return;
    }
    ids.push_back(automatic_refund_id(id, attempt));
    attempts.emplace_back(id, attempt);
  };
  for (const auto& one : decoded.intents) {
    const auto* notified = std::get_if<ChannelNotified>(&one.intent);
    if (notified != nullptr && one.told.status == "succeeded") may_be_late(notified->payment_id, notified->attempt);
  }
  for (const auto& outcome : outcomes) {
    if (const auto* answer = std::get_if<RefundAnswer>(&outcome)) {
      ids.push_back(answer->refund_id);
    } else if (const auto* charge = std::get_if<ChannelAnswer>(&outcome); tells_success(charge)) {
      const auto payment = known.payments.find(charge->payment_id);
      if (payment != known.payments.end() &&
          (is_final(payment->second.state) || payment->second.attempt != charge->attempt))
        may_be_late(charge->payment_id, charge->attempt);
    }
  }
  if (ids.empty()) return {};
  auto refunds = refunds_.load(ids);
  if (!refunds) return refunds.error();
  for (auto& refund : *refunds) {
    attempts.emplace_back(refund.payment_id, refund.attempt);
    known.refunds.emplace(refund.refund_id, std::move(refund));
  }
  auto gates = refunds_.load_gates(attempts);
  if (!gates) return gates.error();
  for (const auto& gate : *gates) known.gates.insert_or_assign({gate.payment_id, gate.attempt}, gate);
  return {};
}

Result<Committed> BatchProcessor::process(const Cursor& cursor, Head& head, const Batch& batch, std::int64_t now_ms) {
  if (auto connected = connection_.connect(); !connected) return connected.error();
  const Decoded decoded = decode(cursor.partition, batch.records);
  auto known = load(decoded, batch.outcomes, head);
  if (!known) return known.error();
  if (!batch.records.empty() || !batch.outcomes.empty()) faults::crash_point(faults::Point::batch_loaded);
  Plan plan = plan_batch(cursor.partition, decoded.intents, batch.outcomes, *known, {now_ms, rules_.channel},
                         crypto::random_unit);
  return write(cursor, head, decoded, std::move(plan), batch.records, now_ms);
}

Result<Committed> BatchProcessor::park(const Cursor& cursor, Head& head, const kafka::Record& record,
                                       const Failure& why, std::int64_t now_ms) {
  if (auto connected = connection_.connect(); !connected) return connected.error();
  Decoded decoded = decode(cursor.partition, {&record, 1});
  if (!decoded.intents.empty()) {
    decoded.dead_letters.push_back({record.offset(), id_of(decoded.intents.front().intent), "database_rule", why.detail,
                                    std::string(record.value())});
    decoded.intents.clear();
  }
  return write(cursor, head, decoded, Plan{}, {&record, 1}, now_ms);
}

Result<Committed> BatchProcessor::write(const Cursor& cursor, Head& head, const Decoded& decoded, Plan plan,
                                        std::span<const kafka::Record> records, std::int64_t now_ms) {
  Committed done;
  done.records = records.size();
  done.cursor = cursor;
  done.cursor.version += 1;
  done.cursor.watermark = head.watermark();  // of what is committed already: at most one batch behind
  if (!records.empty()) {
    done.cursor.next_offset = records.back().offset() + 1;
    done.cursor.last_intent_id = last_intent(decoded.intents, decoded.dead_letters, records.back().offset());
  }

  OpenRows rows = open_rows(plan, head, done.stored_only, now_ms);
  // What the plan parked keeps its bytes beside what could not be decoded.
  std::vector<DeadLetter> letters = decoded.dead_letters;
  for (auto& parked : plan.parked) {
    const auto index = static_cast<std::size_t>(parked.log_offset - records.front().offset());
    parked.record = records[index].value();
    letters.push_back(std::move(parked));
  }
  done.dead_letters = letters.size();
  for (auto& held : plan.held) {
    held.record = records[static_cast<std::size_t>(held.log_offset - records.front().offset())].value();
  }

  std::vector<Payment> put_later;
  if (faults::broken(faults::Rule::open_row_in_transaction)) {  // P17: the watermark passes what has no row yet
    put_later = std::exchange(rows.put, {});
    for (const auto& id : rows.moved_on) head.row_written(id);
    done.cursor.watermark = head.watermark();
  }
  const auto written = write_rows(cursor, done.cursor, plan, rows, letters, now_ms);
  if (!written) {
    connection_.rollback();
    return written.error();
  }
  if (auto committed = connection_.commit(); !committed) {
    // Whether it happened is written in the cursor row: the version that this transaction would have made (P9).
    auto now = read_cursor(connection_, cursor.partition);
    if (!now) return now.error();
    if (now->epoch != done.cursor.epoch || now->version != done.cursor.version) return committed.error();
  }
  faults::crash_point(faults::Point::committed);
  if (!rows.moved_on.empty()) faults::crash_point(faults::Point::open_rows_committed);
  if (!put_later.empty()) [[maybe_unused]]
    const auto put = store_.upsert_open_items(put_later);
  for (const auto& id : rows.moved_on) head.row_written(id);
  done.moved_on = rows.moved_on;
  done.effects = std::move(plan.effects);
  if (!done.effects.empty()) faults::crash_point(faults::Point::effects_owed);
  for (const auto& [id, step] : plan.refund_steps) {
    for (const auto* list : {&plan.new_refunds, &plan.refund_updates}) {
      for (const auto& refund : *list) {
        if (refund.refund_id == id) done.refund_steps.emplace_back(refund, step);
      }
    }
  }
  done.inserted = plan.inserts.size();
  done.changed = std::move(plan.inserts);
  done.changed.insert(done.changed.end(), std::make_move_iterator(plan.updates.begin()),
                      std::make_move_iterator(plan.updates.end()));
  return done;
}

/// Rows of what ended go, of what is open with a row follow, and what has been open for long gets one (P17). What the
/// head does not hold, or what begins again below the watermark, lives by its row.
BatchProcessor::OpenRows BatchProcessor::open_rows(const Plan& plan, Head& head, std::vector<PaymentId>& stored_only,
                                                   std::int64_t now_ms) {
  OpenRows rows;
  // A page of open_items always finds room beside what is new: what waits there must not starve.
  constexpr auto for_new = limits::head_items_max - limits::open_items_read_max;
  std::size_t room = for_new - std::min(for_new, head.size());
  for (const auto& payment : plan.inserts) {
    if (!payment.is_open()) continue;
    if (room > 0) {
      --room;
    } else {
      rows.put.push_back(payment);
      stored_only.push_back(payment.payment_id);
    }
  }
  for (const auto& payment : plan.updates) {
    const Item* const item = head.find(payment.payment_id);
    if (item != nullptr && !item->has_row) continue;
    if (payment.is_open())
      rows.put.push_back(payment);
    else
      rows.ended.push_back(payment.payment_id);
  }
  for (const auto* payment : head.overdue_for_row(now_ms, limits::batch_inputs_max)) {
    const auto changed = std::find_if(plan.updates.begin(), plan.updates.end(),
                                      [&](const Payment& p) { return p.payment_id == payment->payment_id; });
    const Payment& newest = changed == plan.updates.end() ? *payment : *changed;
    if (!newest.is_open()) continue;
    rows.put.push_back(newest);
    rows.moved_on.push_back(newest.payment_id);
  }
  return rows;
}

Result<void> BatchProcessor::write_rows(const Cursor& cursor, const Cursor& to, const Plan& plan, const OpenRows& rows,
                                        std::span<const DeadLetter> letters, std::int64_t now_ms) {
  if (auto r = connection_.begin(); !r) return r;
  // The cursor first: its row lock keeps a zombie waiting, and its compare ends a lost owner's batch at once (P9).
  if (auto r = move_cursor(connection_, cursor, to); !r) return r;
  if (faults::broken(faults::Rule::cursor_with_its_rows)) {
    if (auto r = connection_.commit(); !r) return r;
    if (auto r = connection_.begin(); !r) return r;
  }
  faults::crash_point(faults::Point::cursor_moved);
  if (!faults::broken(faults::Rule::keys_decide)) {
    if (auto r = store_.insert_keys(plan.keys); !r) return r;
  }
  if (faults::broken(faults::Rule::one_transaction)) {
    if (auto r = connection_.commit(); !r) return r;
    if (auto r = connection_.begin(); !r) return r;
  }
  if (!plan.keys.empty()) faults::crash_point(faults::Point::keys_written);
  if (auto r = store_.take_keys(plan.taken_keys); !r) return r;
  if (auto r = store_.insert_payments(plan.inserts); !r) return r;
  if (auto r = store_.insert_ended_attempts(plan.ended_attempts); !r) return r;
  std::vector<Payment> begun;
  for (const auto& payment : plan.updates) {
    if (std::find(plan.begun.begin(), plan.begun.end(), payment.payment_id) != plan.begun.end())
      begun.push_back(payment);
  }
  if (auto r = store_.begin_attempts(begun); !r) return r;
  if (!begun.empty()) faults::crash_point(faults::Point::attempt_begun);
  if (auto r = store_.update_payments(plan.updates); !r) return r;
  if (auto r = store_.update_closes(plan.inserts); !r) return r;
  if (auto r = store_.update_closes(plan.updates); !r) return r;
  if (auto r = store_.insert_aliases(cursor.partition, plan.aliases, now_ms); !r) return r;
  if (auto r = store_.insert_verdicts(cursor.partition, plan.verdicts, now_ms); !r) return r;
  if (!plan.verdicts.empty()) faults::crash_point(faults::Point::verdicts_written);
  if (auto r = store_.insert_held(plan.held); !r) return r;
  if (auto r = store_.ask_held_to_close(plan.held_closes); !r) return r;
  if (auto r = store_.settle_verdicts(plan.settled_verdicts); !r) return r;
  if (auto r = store_.delete_held(plan.released); !r) return r;
  if (auto r = refunds_.insert(plan.new_refunds); !r) return r;
  if (auto r = refunds_.update(plan.refund_updates); !r) return r;
  if (auto r = refunds_.put_gates(plan.gates); !r) return r;
  if (!plan.new_refunds.empty()) faults::crash_point(faults::Point::refund_written);
  if (auto r = store_.upsert_open_items(rows.put); !r) return r;
  if (auto r = store_.delete_open_items(rows.ended); !r) return r;
  if (!rows.put.empty()) faults::crash_point(faults::Point::open_rows_written);
  if (auto r = store_.insert_dead_letters(cursor.topic_id, cursor.partition, letters, now_ms); !r) return r;
  for (const auto& incident : plan.incidents) {
    if (auto r = store_.insert_incident(cursor.partition, incident, now_ms); !r) return r.error();
  }
  if (!plan.incidents.empty()) faults::crash_point(faults::Point::incident_written);
  if (!letters.empty()) faults::crash_point(faults::Point::record_parked);
  faults::crash_point(faults::Point::rows_written);
  return {};
}

}  // namespace acq::settlement
