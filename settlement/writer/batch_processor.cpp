#include "settlement/writer/batch_processor.hpp"

#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/faults/fault_points.hpp"
#include "settlement/writer/intent_keys.hpp"

namespace acq::settlement {
namespace {

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
    } else if (const auto* refund = std::get_if<RefundRequested>(&one.intent)) {
      one.key = refund_key_hash(*refund);
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
  else if (const auto* refund = std::get_if<RefundRequested>(&intent))
    of(refund->merchant_id, refund->merchant_order_id);
  if (!here) return Why{"wrong_partition", "the payment belongs to another partition"};  // P16
  if (merchant && !rules_.knows_merchant(*merchant)) return Why{"unknown_merchant", "no merchant " + merchant->text()};
  return std::nullopt;
}

Result<Committed> BatchProcessor::process(const Cursor& cursor, Head& head, const Batch& batch, std::int64_t now_ms) {
  if (auto connected = connection_.connect(); !connected) return connected.error();
  const Decoded decoded = decode(cursor.partition, batch.records);
  // A refund's number may be taken by another partition between our reading and our writing; then it has a row, and the
  // next reading finds it (P11).
  constexpr int tries = 3;
  for (int again = 1; again < tries; ++again) {
    auto committed = plan_and_write(cursor, head, decoded, batch, now_ms);
    if (committed || !refunds_.number_was_taken()) return committed;
  }
  return plan_and_write(cursor, head, decoded, batch, now_ms);
}

Result<Committed> BatchProcessor::plan_and_write(const Cursor& cursor, Head& head, const Decoded& decoded,
                                                 const Batch& batch, std::int64_t now_ms) {
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
  for (auto& held : plan.held_refunds) {
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
  if (auto r = refunds_.insert_keys(plan.refund_keys); !r) return r;
  if (auto r = refunds_.insert(plan.new_refunds); !r) return r;
  if (auto r = refunds_.update(plan.refund_updates); !r) return r;
  if (auto r = refunds_.put_gates(plan.gates); !r) return r;
  if (auto r = refunds_.insert_aliases(cursor.partition, plan.refund_aliases, now_ms); !r) return r;
  if (auto r = refunds_.insert_held(plan.held_refunds); !r) return r;
  if (auto r = refunds_.delete_held(plan.released_refunds); !r) return r;
  if (auto r = refunds_.update_refunded(plan.updates); !r) return r;
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
