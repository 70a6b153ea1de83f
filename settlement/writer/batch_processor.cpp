#include "settlement/writer/batch_processor.hpp"

#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"

namespace acq::settlement {
namespace {

KeyHash key_hash(const PaymentRequested& intent) {
  std::string bytes(intent.merchant_id.raw());
  bytes.push_back('\0');
  bytes += intent.merchant_order_id;
  bytes.push_back('\0');
  bytes += std::to_string(intent.attempt);
  const auto digest = crypto::sha256(bytes);
  KeyHash hash;
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

/// The intent id of the record at `offset`; zeros when it could not be read.
IntentId last_intent(std::span<const LogIntent> intents, std::span<const DeadLetter> letters, std::int64_t offset) {
  if (!intents.empty() && intents.back().log_offset == offset) return intents.back().intent.intent_id;
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
    auto& requested = std::get<PaymentRequested>(*intent);
    if (record.key() != requested.payment_id.text()) {
      dead(requested.intent_id, "wrong_key", "the record's key is not its payment id");
    } else if (partition_of(route_of(requested.payment_id), rules_.partitions) != partition ||
               route_of(requested.payment_id) != route_hash(requested.merchant_id, requested.merchant_order_id)) {
      dead(requested.intent_id, "wrong_partition", "the payment belongs to another partition");  // P16
    } else if (requested.attempt != 1) {
      dead(requested.intent_id, "attempt_not_known", "this version applies first attempts only");
    } else if (!rules_.knows_merchant(requested.merchant_id)) {
      dead(requested.intent_id, "unknown_merchant", "no merchant " + requested.merchant_id.text());
    } else {
      LogIntent one{record.offset(), record.append_ms(), key_hash(requested), std::move(requested)};
      decoded.intents.push_back(std::move(one));
    }
  }
  return decoded;
}

Result<Known> BatchProcessor::load(const Decoded& decoded, std::span<const Outcome> outcomes, Head& head) {
  Known known;
  if (!decoded.intents.empty()) {
    std::vector<KeyHash> hashes;
    hashes.reserve(decoded.intents.size());
    for (const auto& one : decoded.intents) hashes.push_back(one.key);
    auto keys = store_.load_keys(hashes);
    if (!keys) return keys.error();
    known.keys = std::move(*keys);
  }
  std::vector<PaymentId> missing;
  // A number met with other fields: was this very intent refused before? Its row says so (P11).
  for (const auto& one : decoded.intents) {
    const auto key = known.keys.find(one.key);
    if (key != known.keys.end() && key->second.payment_id != one.intent.payment_id)
      missing.push_back(one.intent.payment_id);
  }
  for (const auto& outcome : outcomes) {
    const auto& id = payment_of(outcome);
    if (const Item* item = head.find(id))
      known.payments.emplace(id, item->payment);
    else
      missing.push_back(id);
  }
  auto loaded = store_.load_payments(missing);
  if (!loaded) return loaded.error();
  for (auto& payment : *loaded) known.payments.emplace(payment.payment_id, std::move(payment));
  return known;
}

Result<Committed> BatchProcessor::process(const Cursor& cursor, Head& head, const Batch& batch, std::int64_t now_ms) {
  if (auto connected = connection_.connect(); !connected) return connected.error();
  const Decoded decoded = decode(cursor.partition, batch.records);
  auto known = load(decoded, batch.outcomes, head);
  if (!known) return known.error();
  Plan plan = plan_batch(cursor.partition, decoded.intents, batch.outcomes, *known, {now_ms, rules_.channel},
                         crypto::random_unit);
  return write(cursor, head, decoded, std::move(plan), batch.records, now_ms);
}

Result<Committed> BatchProcessor::park(const Cursor& cursor, Head& head, const kafka::Record& record,
                                       const Failure& why, std::int64_t now_ms) {
  if (auto connected = connection_.connect(); !connected) return connected.error();
  Decoded decoded = decode(cursor.partition, {&record, 1});
  if (!decoded.intents.empty()) {
    decoded.dead_letters.push_back({record.offset(), decoded.intents.front().intent.intent_id, "database_rule",
                                    why.detail, std::string(record.value())});
    decoded.intents.clear();
  }
  return write(cursor, head, decoded, Plan{}, {&record, 1}, now_ms);
}

Result<Committed> BatchProcessor::write(const Cursor& cursor, Head& head, const Decoded& decoded, Plan plan,
                                        std::span<const kafka::Record> records, std::int64_t now_ms) {
  Committed done;
  done.records = records.size();
  done.dead_letters = decoded.dead_letters.size();
  done.cursor = cursor;
  done.cursor.version += 1;
  done.cursor.watermark = head.watermark();  // of what is committed already: at most one batch behind
  if (!records.empty()) {
    done.cursor.next_offset = records.back().offset() + 1;
    done.cursor.last_intent_id = last_intent(decoded.intents, decoded.dead_letters, records.back().offset());
  }

  // Open items: rows of what ended go, of what is open with a row follow, and what has been open for long gets one.
  std::vector<Payment> rows;
  std::vector<PaymentId> ended;
  std::size_t room = limits::head_items_max - std::min(limits::head_items_max, head.size());
  for (const auto& payment : plan.inserts) {
    if (!payment.is_open()) continue;
    if (room > 0) {
      --room;
    } else {
      rows.push_back(payment);
      done.stored_only.push_back(payment.payment_id);
    }
  }
  for (const auto& payment : plan.updates) {
    const Item* const item = head.find(payment.payment_id);
    if (item != nullptr && !item->has_row) continue;
    if (payment.is_open())
      rows.push_back(payment);
    else
      ended.push_back(payment.payment_id);
  }
  std::vector<PaymentId> new_rows;
  for (const auto* payment : head.overdue_for_row(now_ms, limits::batch_inputs_max)) {
    const auto changed = std::find_if(plan.updates.begin(), plan.updates.end(),
                                      [&](const Payment& p) { return p.payment_id == payment->payment_id; });
    const Payment& newest = changed == plan.updates.end() ? *payment : *changed;
    if (!newest.is_open()) continue;
    rows.push_back(newest);
    new_rows.push_back(newest.payment_id);
  }

  const auto written = [&]() -> Result<void> {
    if (auto r = connection_.begin(); !r) return r;
    // The cursor first: its row lock keeps a zombie waiting, and its compare ends a lost owner's batch at once (P9).
    if (auto r = move_cursor(connection_, cursor, done.cursor); !r) return r;
    if (auto r = store_.insert_keys(plan.keys); !r) return r;
    if (auto r = store_.insert_payments(plan.inserts); !r) return r;
    if (auto r = store_.update_payments(plan.updates); !r) return r;
    if (auto r = store_.insert_aliases(cursor.partition, plan.aliases, now_ms); !r) return r;
    if (auto r = store_.upsert_open_items(rows); !r) return r;
    if (auto r = store_.delete_open_items(ended); !r) return r;
    if (auto r = store_.insert_dead_letters(cursor.topic_id, cursor.partition, decoded.dead_letters, now_ms); !r)
      return r;
    for (const auto& incident : plan.incidents) {
      if (auto r = store_.insert_incident(cursor.partition, incident, now_ms); !r) return r.error();
    }
    return {};
  }();
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
  for (const auto& id : new_rows) head.row_written(id);
  done.effects = std::move(plan.effects);
  done.changed = std::move(plan.inserts);
  done.changed.insert(done.changed.end(), std::make_move_iterator(plan.updates.begin()),
                      std::make_move_iterator(plan.updates.end()));
  return done;
}

}  // namespace acq::settlement
