// Order by order: the ids it was told, the one payment they must mean, its end, its charge, its callbacks.
#include "loadtest/load/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace acq::load {
namespace {

using EventsByOrder = std::unordered_map<std::string_view, std::vector<const ReceivedEvent*>>;

class OrderAudit {
 public:
  OrderAudit(const AuditOrder& order, const Evidence& evidence, const EventsByOrder& events, AuditResult& result)
      : order_(order), evidence_(evidence), result_(result) {
    if (const auto found = events.find(order.number); found != events.end()) events_ = found->second;
    if (const auto found = evidence.charges.find(order.number); found != evidence.charges.end())
      charged_ = found->second;
  }

  void run() {
    result_.charges += charged_.charges;
    result_.charged_amount += charged_.charged_amount;
    switch (order_.told) {
      case Told::accepted:
        ++result_.accepted;
        break;
      case Told::refused:
        ++result_.refused;
        break;
      case Told::unresolved:
        ++result_.unresolved;
        break;
    }
    check_changed_callbacks();
    if (order_.told == Told::refused) {
      if (charged_.charges != 0) {
        differs(DifferenceKind::refused_charged, fmt::format("refused, but charged {} times", charged_.charges));
      }
      return;
    }
    if (!settle_on_one_payment()) return;
    if (payment_ == nullptr) {
      check_at_most_one_charge();
      return;
    }
    if (order_.told == Told::unresolved) ++result_.unresolved_stored;
    check_payment();
  }

 private:
  void differs(DifferenceKind kind, std::string text) {
    const bool known = payment_ != nullptr || order_.told == Told::accepted;
    const PaymentId& id = payment_ != nullptr ? payment_->payment_id : order_.payment_id;
    result_.differences.push_back({kind, order_.number, known ? id.text() : std::string(), std::move(text)});
  }

  void check_changed_callbacks() {
    for (const ReceivedEvent* event : events_) {
      if (event->content_changed) {
        differs(DifferenceKind::callback_changed, fmt::format("event {} came with different contents", event->id));
      }
    }
  }

  const LookedUp* look_up(const PaymentId& id) const {
    const auto found = evidence_.lookups.find(id);
    return found == evidence_.lookups.end() ? nullptr : &found->second;
  }

  /// Sets payment_ to what all ids of this order mean. False when a difference was told that makes the rest moot.
  bool settle_on_one_payment() {
    if (order_.told == Told::accepted) {
      const LookedUp* row = look_up(order_.payment_id);
      if (row == nullptr || row->verdict == Verdict::absent) {
        differs(DifferenceKind::absent, "answered 2xx, but the database does not know it");
        check_at_most_one_charge();
        return false;
      }
      if (row->verdict == Verdict::parked) {
        differs(DifferenceKind::parked, "answered 2xx, but it is parked for an operator");
        check_at_most_one_charge();
        return false;
      }
      if (row->verdict == Verdict::alias) ++result_.aliases;
      payment_ = row;
    }
    for (const PaymentId& id : order_.other_ids) {
      const LookedUp* row = look_up(id);
      if (row == nullptr || row->verdict == Verdict::absent || row->verdict == Verdict::parked) continue;
      // A create that lost its number is stored as refused under its own id (P11): not a second payment of the order.
      const bool better =
          order_.told == Told::unresolved && payment_ != nullptr && payment_->state == PaymentState::refused;
      if (payment_ == nullptr || better) payment_ = row;
      if (row->payment_id == payment_->payment_id || row->state == PaymentState::refused) continue;
      differs(DifferenceKind::two_payments, fmt::format("the order number is also {}", row->payment_id.text()));
      check_at_most_one_charge();
      return false;
    }
    return true;
  }

  void check_at_most_one_charge() {
    if (charged_.charges > 1) {
      differs(DifferenceKind::wrong_charges, fmt::format("charged {} times, at most 1 is right", charged_.charges));
    }
  }

  void check_payment() {
    if (payment_->merchant_order_id != order_.number) {
      differs(DifferenceKind::wrong_order,
              fmt::format("the database has it under order {}", payment_->merchant_order_id));
      return;
    }
    if (!is_final(payment_->state)) {
      differs(DifferenceKind::not_final, fmt::format("still {}", name_of(payment_->state)));
      check_at_most_one_charge();
      return;
    }
    if (payment_->amount != order_.amount) {
      differs(DifferenceKind::wrong_amount, fmt::format("{} stored, {} asked", payment_->amount, order_.amount));
    }
    check_state();
    check_charges();
    check_callbacks();
  }

  void check_state() {
    const bool expired = payment_->state == PaymentState::closed &&
                         payment_->updated_at_ms - payment_->created_at_ms >= order_.expires_after_ms;
    if (expired) {
      ++result_.expired;
    } else if (payment_->state != order_.expected_state) {
      differs(DifferenceKind::wrong_state,
              fmt::format("{} stored, {} expected", name_of(payment_->state), name_of(order_.expected_state)));
    } else if (order_.told == Told::accepted) {
      ++(payment_->state == PaymentState::succeeded ? result_.succeeded : result_.declined);
    }
  }

  void check_charges() {
    const std::int64_t right = payment_->state == PaymentState::succeeded ? 1 : 0;
    if (charged_.charges != right) {
      differs(DifferenceKind::wrong_charges,
              fmt::format("{} and charged {} times, {} expected", name_of(payment_->state), charged_.charges, right));
    } else if (charged_.charged_amount != right * order_.amount) {
      differs(DifferenceKind::wrong_charged_amount,
              fmt::format("{} charged, {} expected", charged_.charged_amount, right * order_.amount));
    }
  }

  void check_callbacks() {
    bool told = false;
    for (const ReceivedEvent* event : events_) {
      const codec::PaymentView& said = event->content.payment;
      if (said.payment_id != payment_->payment_id) {
        const LookedUp* other = look_up(said.payment_id);
        const bool ours =
            other != nullptr && (other->verdict == Verdict::alias || other->state == PaymentState::refused);
        if (!ours) {
          differs(DifferenceKind::wrong_callback,
                  fmt::format("event {} tells the order under {}", event->id, said.payment_id.text()));
        }
        continue;
      }
      if (said.amount != order_.amount) {
        differs(DifferenceKind::wrong_callback,
                fmt::format("event {} tells the amount {}, {} asked", event->id, said.amount, order_.amount));
        told = true;
      } else if (is_final(said.state) && said.state != payment_->state) {
        differs(DifferenceKind::wrong_callback, fmt::format("event {} tells {}, {} is stored", event->id,
                                                            name_of(said.state), name_of(payment_->state)));
        told = true;
      } else if (said.state == payment_->state) {
        check_decline_code(*event);
        told = true;
      }
    }
    // Nobody was promised anything about an order that was never accepted; its callback may still be on its way.
    if (!told && order_.told == Told::accepted) {
      differs(DifferenceKind::no_callback, fmt::format("no verified callback says {}", name_of(payment_->state)));
    }
  }

  void check_decline_code(const ReceivedEvent& event) {
    const std::string& code = event.content.payment.decline_code;
    if (payment_->state != PaymentState::declined || order_.expected_state != PaymentState::declined) return;
    if (code == order_.expected_decline_code) return;
    differs(DifferenceKind::wrong_callback,
            fmt::format("event {} declines with '{}', '{}' expected", event.id, code, order_.expected_decline_code));
  }

  const AuditOrder& order_;
  const Evidence& evidence_;
  AuditResult& result_;
  std::vector<const ReceivedEvent*> events_;
  Charged charged_;
  const LookedUp* payment_ = nullptr;
};

}  // namespace

AuditResult audit(const Evidence& evidence) {
  EventsByOrder events;
  for (const ReceivedEvent& event : evidence.events) {
    events[event.content.payment.merchant_order_id].push_back(&event);
  }
  AuditResult result;
  for (const AuditOrder& order : evidence.orders) OrderAudit(order, evidence, events, result).run();
  return result;
}

bool may_settle(DifferenceKind kind) noexcept {
  switch (kind) {
    case DifferenceKind::absent:
    case DifferenceKind::not_final:
    case DifferenceKind::no_callback:
      return true;
    case DifferenceKind::parked:
    case DifferenceKind::two_payments:
    case DifferenceKind::wrong_order:
    case DifferenceKind::wrong_state:
    case DifferenceKind::wrong_amount:
    case DifferenceKind::wrong_charges:
    case DifferenceKind::wrong_charged_amount:
    case DifferenceKind::wrong_callback:
    case DifferenceKind::callback_changed:
    case DifferenceKind::refused_charged:
      return false;
  }
  return false;
}

std::string_view name_of(DifferenceKind kind) noexcept {
  switch (kind) {
    case DifferenceKind::absent:
      return "absent";
    case DifferenceKind::parked:
      return "parked";
    case DifferenceKind::not_final:
      return "not_final";
    case DifferenceKind::two_payments:
      return "two_payments";
    case DifferenceKind::wrong_order:
      return "wrong_order";
    case DifferenceKind::wrong_state:
      return "wrong_state";
    case DifferenceKind::wrong_amount:
      return "wrong_amount";
    case DifferenceKind::wrong_charges:
      return "wrong_charges";
    case DifferenceKind::wrong_charged_amount:
      return "wrong_charged_amount";
    case DifferenceKind::no_callback:
      return "no_callback";
    case DifferenceKind::wrong_callback:
      return "wrong_callback";
    case DifferenceKind::callback_changed:
      return "callback_changed";
    case DifferenceKind::refused_charged:
      return "refused_charged";
  }
  return "";
}

}  // namespace acq::load
