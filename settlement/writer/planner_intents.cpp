// What records of the log do. Every one of them leaves a row under its own intent id, whatever the verdict (P11).
#include "common/limits.hpp"
#include "settlement/writer/planner.hpp"

namespace acq::settlement {

void Planner::apply(const LogIntent& record) {
  if (const auto* requested = std::get_if<PaymentRequested>(&record.intent)) {
    if (requested->attempt == 1) return first_attempt(record, *requested);
    return later_attempt(record, *requested);
  }
  if (const auto* closing = std::get_if<CloseRequested>(&record.intent)) return close(record, *closing);
  if (const auto* refunding = std::get_if<RefundRequested>(&record.intent)) return refund(record, *refunding);
  notified(record, std::get<ChannelNotified>(record.intent));
}

void Planner::first_attempt(const LogIntent& record, const PaymentRequested& intent) {
  const auto key = known_.keys.find(record.key);
  if (key == known_.keys.end()) {
    add_key(record, intent.payment_id, intent.fingerprint);
    return insert(record, intent, requested_at(record, intent));
  }
  if (key->second.payment_id == intent.payment_id) return nudge(intent.payment_id);
  if (key->second.holds_close()) {
    key->second.payment_id = intent.payment_id;
    key->second.fingerprint = intent.fingerprint;
    plan_.taken_keys.push_back({record.key, key->second});
    return insert(record, intent, Input::close_held);
  }
  if (key->second.fingerprint == intent.fingerprint) {
    plan_.aliases.push_back({intent.payment_id, key->second.payment_id, record.log_offset});
    return;
  }
  if (known_.payments.contains(intent.payment_id)) return;  // refused before, and again
  insert(record, intent, Input::number_taken, "fields_differ");
}

void Planner::later_attempt(const LogIntent& record, const PaymentRequested& intent) {
  constexpr std::string_view kind = "attempt";
  const auto own_row = same_bytes<PaymentId>(intent.intent_id);
  if (known_.payments.contains(own_row)) return;  // refused before, and again
  if (known_.verdicts.contains(intent.intent_id)) return nudge(intent.payment_id);
  const auto found = known_.payments.find(intent.payment_id);
  if (found == known_.payments.end()) {
    return park(record, "payment_not_known", "the payment of this attempt is not stored: replay it behind its payment");
  }
  const auto key = known_.keys.find(record.key);
  const bool held = key != known_.keys.end() && key->second.holds_close();
  if (key != known_.keys.end() && !held) {
    if (key->second.fingerprint != intent.fingerprint)
      return insert(record, intent, Input::number_taken, "fields_differ");
    return verdict(intent.intent_id, kind, intent.payment_id, record.log_offset, "alias");
  }
  const bool waits = (intent.attempt == found->second.attempt + 1 && !is_final(found->second.state)) ||
                     known_.held.contains({intent.payment_id, intent.attempt - 1});
  if (!held && waits) return hold(record, intent);
  if (const auto why = attempt_refused(found->second, intent)) return insert(record, intent, Input::number_taken, *why);
  if (held) {
    key->second.payment_id = intent.payment_id;
    key->second.fingerprint = intent.fingerprint;
    plan_.taken_keys.push_back({record.key, key->second});
  } else {
    add_key(record, intent.payment_id, intent.fingerprint);
  }
  begin_attempt(intent, found->second, held ? Input::close_held : requested_at(record, intent));
  verdict(intent.intent_id, kind, intent.payment_id, record.log_offset, "applied");
}

void Planner::close(const LogIntent& record, const CloseRequested& intent) {
  constexpr std::string_view kind = "close";
  if (known_.verdicts.contains(intent.intent_id)) return;
  const auto say = [&](std::optional<PaymentId> payment, std::string_view what, std::string_view code = {}) {
    verdict(intent.intent_id, kind, payment, record.log_offset, what, code);
  };
  const auto key = known_.keys.find(record.key);
  if (key == known_.keys.end()) {
    add_key(record, same_bytes<PaymentId>(intent.intent_id), Fingerprint{});
    return say(std::nullopt, "held");
  }
  if (key->second.holds_close()) return say(std::nullopt, "alias");
  const auto found = known_.payments.find(key->second.payment_id);
  if (found == known_.payments.end()) return park(record, "payment_not_known", "its number's payment is not stored");
  Payment& payment = found->second;
  if (const auto waiting = known_.held.find({payment.payment_id, intent.attempt}); waiting != known_.held.end()) {
    waiting->second.close_asked = true;
    plan_.held_closes.push_back(waiting->first);
    return say(payment.payment_id, "applied");
  }
  // A close names its attempt: a doubled one must not close the next (P12).
  if (payment.attempt != intent.attempt || is_final(payment.state))
    return say(payment.payment_id, "refused", "not_closable");
  auto change = transition(payment, Input::close_requested, nullptr, times_.now_ms, random_());
  plan_.effects.push_back({payment.payment_id, change.effect, payment.attempt});
  payment = std::move(change.next);
  changed(payment);
  say(payment.payment_id, "applied");
}

void Planner::notified(const LogIntent& record, const ChannelNotified& intent) {
  if (known_.verdicts.contains(intent.intent_id)) return;
  const auto found = known_.payments.find(intent.payment_id);
  if (found == known_.payments.end()) {
    return park(record, "payment_not_known", "the channel tells of a payment that is not stored");
  }
  Payment asked = found->second;
  asked.attempt = intent.attempt;
  const auto answer = codec::judge(record.told, asked);
  // "Never heard of it" and the like are answers to questions; nobody asked (P21).
  if (answer.verdict != ChannelVerdict::unheard && answer.verdict != ChannelVerdict::unanswered)
    apply(found->second, answer);
  verdict(intent.intent_id, "notification", intent.payment_id, record.log_offset, "applied");
}

Input Planner::requested_at(const LogIntent& record, const PaymentRequested& intent) const {
  const bool stale = times_.now_ms - record.append_ms > limits::stale_after_ms ||
                     record.append_ms - intent.accepted_at_ms > limits::stale_after_ms ||
                     times_.now_ms > intent.expires_at_ms;
  return stale ? Input::requested_stale : Input::requested;
}

void Planner::insert(const LogIntent& record, const PaymentRequested& intent, Input input, std::string_view refusal) {
  Payment fresh = payment_from(intent, partition_, record.log_offset);
  // A later attempt that is refused has a row of its own, under the id of its intent.
  fresh.payment_id = same_bytes<PaymentId>(intent.intent_id);
  auto change = transition(fresh, input, nullptr, times_.now_ms, random_());
  if (!refusal.empty()) change.next.decline_code = refusal;
  if (change.effect != Effect::none) plan_.effects.push_back({fresh.payment_id, change.effect, fresh.attempt});
  inserted_.emplace(fresh.payment_id, plan_.inserts.size());
  plan_.inserts.push_back(change.next);
  known_.payments.insert_or_assign(fresh.payment_id, std::move(change.next));
}

/// The gateway offers an attempt only after it read that the one before had ended (P8): a database that does not know
/// that end was rebuilt from the log. Its key is taken now, so that a close or a double finds it.
void Planner::hold(const LogIntent& record, const PaymentRequested& intent) {
  const AttemptKey key{intent.payment_id, intent.attempt};
  add_key(record, intent.payment_id, intent.fingerprint);
  plan_.held.push_back({key, record.log_offset, record.append_ms, {}, false});
  known_.held.insert_or_assign(key, Known::Held{record, false});
  verdict(intent.intent_id, "attempt", intent.payment_id, record.log_offset, "held");
}

void Planner::release_held(Payment& payment) {
  for (auto attempt = payment.attempt + 1;; ++attempt) {
    const auto waiting = known_.held.find({payment.payment_id, attempt});
    if (waiting == known_.held.end()) return;
    const auto [record, close_asked] = std::move(waiting->second);
    plan_.released.push_back(waiting->first);
    known_.held.erase(waiting);
    const auto& intent = std::get<PaymentRequested>(record.intent);
    const auto why = attempt_refused(payment, intent);
    plan_.settled_verdicts.push_back({intent.intent_id, "attempt", payment.payment_id, record.log_offset,
                                      why ? "refused" : "applied", why.value_or("")});
    if (why) continue;                                       // and so are those behind it
    begin_attempt(intent, payment, Input::requested_stale);  // P20: it may have been sent long ago
    if (close_asked) {
      auto change = transition(payment, Input::close_requested, nullptr, times_.now_ms, random_());
      plan_.effects.back() = {payment.payment_id, change.effect, payment.attempt};
      payment = std::move(change.next);
    }
    return;
  }
}

void Planner::begin_attempt(const PaymentRequested& intent, Payment& payment, Input input) {
  plan_.ended_attempts.push_back(payment);
  auto change = transition(next_attempt(payment, intent), input, nullptr, times_.now_ms, random_());
  plan_.effects.push_back({payment.payment_id, change.effect, intent.attempt});
  payment = std::move(change.next);
  plan_.begun.push_back(payment.payment_id);
  changed(payment);
}

void Planner::add_key(const LogIntent& record, const PaymentId& id, const Fingerprint& fingerprint) {
  const KeyRow row{id, fingerprint, period_of(record.append_ms)};
  plan_.keys.push_back({record.key, row});
  known_.keys.emplace(record.key, row);
}

void Planner::verdict(const IntentId& intent, std::string_view kind, std::optional<PaymentId> payment,
                      std::int64_t offset, std::string_view what, std::string_view code) {
  plan_.verdicts.push_back({intent, kind, payment, offset, what, code});
  known_.verdicts.insert(intent);
}

void Planner::park(const LogIntent& record, std::string code, std::string reason) {
  plan_.parked.push_back({record.log_offset, id_of(record.intent), std::move(code), std::move(reason), {}});
}

void Planner::nudge(const PaymentId& id) {
  const auto found = known_.payments.find(id);
  if (found == known_.payments.end() || is_final(found->second.state)) return;
  if (inserted_.contains(id)) return;  // doubled within one batch: its first effect is under way
  found->second.next_query_at_ms = times_.now_ms;
  changed(found->second);
}

}  // namespace acq::settlement
