// What an effect came back with. Outcomes do not travel over the log: they go to the writer of their partition.
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "common/domain/payment.hpp"

namespace acq {

enum class ChannelVerdict : std::uint8_t {
  succeeded,
  declined,
  awaiting_payer,
  closed,      ///< not charged, and never will be under this request id
  reversed,    ///< it had been charged, and the money was given back
  unanswered,  ///< timeout, connection failure, 5xx, or an answer that cannot be read: nothing is known
  unheard,     ///< the channel says that it never heard of the request (P21: no answer by itself)
  mismatched,  ///< it tells another amount, currency, merchant or number (P23)
};

/// The channel's answer to a charge or to a query, already compared with what was asked.
struct ChannelAnswer {
  PaymentId payment_id;
  std::int32_t attempt = 1;
  ChannelVerdict verdict = ChannelVerdict::unanswered;
  std::string decline_code;
  std::string code_url;
  std::string channel_reference;
  std::int64_t sent_at_ms = 0;  ///< of a charge: when it left, by the database's clock; 0: not a charge's answer
};

enum class CallbackVerdict : std::uint8_t { acknowledged, failed };

/// The merchant's answer to one callback.
struct CallbackAnswer {
  PaymentId payment_id;
  std::int32_t sequence = 0;  ///< of the snapshot that was told
  CallbackVerdict verdict = CallbackVerdict::failed;
  int status = 0;  ///< 0: no answer
  std::int64_t retry_after_ms = 0;
};

/// A job that was handed to a runner was dropped before any byte left (lease too short, queue full): nothing happened.
struct JobDropped {
  PaymentId payment_id;
};

enum class RefundVerdict : std::uint8_t {
  succeeded,
  failed,
  pending,
  unanswered,
  unheard,     ///< the channel says that it never heard of the request (P21: no answer by itself)
  mismatched,  ///< it tells another amount, currency or charge (P23)
  dropped,     ///< no byte left: nothing happened
};

/// The channel's answer to a refund or to a query about it.
struct RefundAnswer {
  PaymentId payment_id;
  RefundId refund_id;
  RefundVerdict verdict = RefundVerdict::unanswered;
  std::string code;  ///< why it failed
  std::string channel_reference;
};

using Outcome = std::variant<ChannelAnswer, CallbackAnswer, JobDropped, RefundAnswer>;

inline const PaymentId& payment_of(const Outcome& outcome) {
  return std::visit([](const auto& o) -> const PaymentId& { return o.payment_id; }, outcome);
}

}  // namespace acq
