// BatchProcessor's reads: all rows that a batch may touch, before anything is decided.
#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/faults/fault_points.hpp"
#include "settlement/writer/batch_processor.hpp"
#include "settlement/writer/intent_keys.hpp"

namespace acq::settlement {
namespace {

bool tells_success(const ChannelAnswer* answer) {
  return answer != nullptr && answer->verdict == ChannelVerdict::succeeded;
}

}  // namespace

Result<Known> BatchProcessor::load(const Decoded& decoded, std::span<const Outcome> outcomes, Head& head) {
  Known known;
  std::vector<KeyHash> hashes;
  std::vector<IntentId> with_verdicts;
  hashes.reserve(decoded.intents.size());
  for (const auto& one : decoded.intents) {
    const auto* requested = std::get_if<PaymentRequested>(&one.intent);
    const bool by_order = requested != nullptr || std::holds_alternative<CloseRequested>(one.intent);
    if (by_order) hashes.push_back(one.key);
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
  if (auto r = load_held_refunds(decoded, outcomes, known); !r) return r.error();
  if (auto r = load_asked_refunds(decoded, known); !r) return r.error();
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
    } else if (const auto* refund = std::get_if<RefundRequested>(&one.intent)) {
      want(refund->payment_id);
    } else if (key != known.keys.end() && !key->second.holds_close()) {
      want(key->second.payment_id);
    }
  }
  for (const auto& outcome : outcomes) want(payment_of(outcome));
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

/// Of every payment that this batch makes, or that may end in it.
Result<void> BatchProcessor::load_held_refunds(const Decoded& decoded, std::span<const Outcome> outcomes,
                                               Known& known) {
  std::vector<PaymentId> ids;
  for (const auto& one : decoded.intents) {
    if (const auto named = named_payment(one.intent)) ids.push_back(*named);
    if (!std::holds_alternative<CloseRequested>(one.intent)) continue;
    if (const auto key = known.keys.find(one.key); key != known.keys.end()) ids.push_back(key->second.payment_id);
  }
  for (const auto& outcome : outcomes) {
    if (std::holds_alternative<ChannelAnswer>(outcome)) ids.push_back(payment_of(outcome));
  }
  auto held = refunds_.load_held(ids);
  if (!held) return held.error();
  for (auto& one : *held) {
    auto intent = codec::decode_intent(one.record);
    if (!intent) return intent.error();
    LogIntent record{one.log_offset, one.append_ms, {}, std::move(*intent), {}};
    if (const auto* refund = std::get_if<RefundRequested>(&record.intent)) record.key = refund_key_hash(*refund);
    known.held_refunds[one.payment_id].insert_or_assign(one.log_offset, std::move(record));
  }
  return {};
}

/// For refunds on the log and held ones: their numbers, what stands under their ids, and their payments' other refunds,
/// which the gate of a log that is read again needs (P20).
Result<void> BatchProcessor::load_asked_refunds(const Decoded& decoded, Known& known) {
  std::vector<KeyHash> hashes;
  std::vector<RefundId> ids;
  std::vector<PaymentId> payments;
  for (const auto& one : decoded.intents) {
    const auto* refund = std::get_if<RefundRequested>(&one.intent);
    if (refund == nullptr) continue;
    hashes.push_back(one.key);
    ids.push_back(refund->refund_id);
    payments.push_back(refund->payment_id);
  }
  for (const auto& [payment, held] : known.held_refunds) payments.push_back(payment);
  if (payments.empty()) return {};
  auto keys = refunds_.load_keys(hashes);
  if (!keys) return keys.error();
  known.refund_keys = std::move(*keys);
  auto aliases = refunds_.load_aliases(ids);
  if (!aliases) return aliases.error();
  for (const auto& alias : *aliases) known.verdicts.insert(same_bytes<IntentId>(alias));
  std::ranges::sort(payments);
  const auto doubled = std::ranges::unique(payments);
  payments.erase(doubled.begin(), doubled.end());
  if (auto r = take_refunds(refunds_.load(ids), {}, known); !r) return r;
  std::vector<AttemptKey> attempts;
  for (const auto& id : payments) {
    if (const auto payment = known.payments.find(id); payment != known.payments.end())
      attempts.emplace_back(id, payment->second.attempt);
  }
  return take_refunds(refunds_.load_of_payments(payments), std::move(attempts), known);
}

/// With the gates of these attempts and of the refunds'.
Result<void> BatchProcessor::take_refunds(Result<std::vector<Refund>> refunds, std::vector<AttemptKey> attempts,
                                          Known& known) {
  if (!refunds) return refunds.error();
  for (auto& refund : *refunds) {
    // Of those outside the gate too: their answer may let them in, beside what it counts already (P14).
    attempts.emplace_back(refund.payment_id, refund.attempt);
    known.refunds.emplace(refund.refund_id, std::move(refund));
  }
  std::ranges::sort(attempts);
  const auto doubled = std::ranges::unique(attempts);
  attempts.erase(doubled.begin(), doubled.end());
  auto gates = refunds_.load_gates(attempts);
  if (!gates) return gates.error();
  for (const auto& gate : *gates) known.gates.insert_or_assign({gate.payment_id, gate.attempt}, gate);
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
  for (const auto& [id, refund] : known.refunds) attempts.emplace_back(refund.payment_id, refund.attempt);
  return take_refunds(refunds_.load(ids), std::move(attempts), known);
}

}  // namespace acq::settlement
