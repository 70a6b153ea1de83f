// The channel's wire format (docs/channel.md): charges, their ends (close, reverse) and refunds. One answer tells how a
// charge stands, whoever asked and whatever was asked; it is the body of the channel's notifications too. What comes
// back is untrusted: bounded, validated, and compared with what was asked (P23).
#pragma once
#include <string>
#include <string_view>

#include "common/domain/outcomes.hpp"
#include "common/domain/payment.hpp"
#include "common/domain/refund.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

struct ChargeRequest {
  std::string request_id;
  std::string merchant_id;
  std::string merchant_order_id;
  std::int64_t amount = 0;
  std::string currency;
  std::string method;  ///< "barcode" or "qr"
  std::string code;    ///< the payer's digits; only on this wire, never logged
};
std::string encode_charge(const ChargeRequest& request);
Result<ChargeRequest> decode_charge(std::string_view body);

/// status: "succeeded", "declined", "awaiting_payer", "closed", "reversed" or "unheard" (the last with HTTP 404 on a
/// query).
struct ChargeAnswer {
  std::string request_id;
  std::string merchant_id;
  std::string merchant_order_id;
  std::int64_t amount = 0;
  std::string currency;
  std::string status;
  std::string decline_code;
  std::string code_url;
  std::string channel_reference;
};
std::string encode_charge_answer(const ChargeAnswer& answer);
Result<ChargeAnswer> decode_charge_answer(std::string_view body);

/// Maps an answer to the outcome of `payment`'s current attempt; mismatched when any identifying field differs.
ChannelAnswer judge(const ChargeAnswer& answer, const Payment& payment);

/// The body of a close and of a reverse: which charge, in all that identifies it, since the channel may hear of it for
/// the first time.
struct EndRequest {
  std::string request_id;
  std::string merchant_id;
  std::string merchant_order_id;
  std::int64_t amount = 0;
  std::string currency;
};
std::string encode_end(const EndRequest& request);
Result<EndRequest> decode_end(std::string_view body);

struct RefundRequest {
  std::string refund_request_id;
  std::string charge_request_id;
  std::string merchant_id;
  std::string merchant_order_id;
  std::int64_t amount = 0;
  std::string currency;
};
std::string encode_refund(const RefundRequest& request);
Result<RefundRequest> decode_refund(std::string_view body);

/// status: "succeeded", "failed" (with `code`), "pending" or "unheard" (the last with HTTP 404 on a query).
struct RefundReply {
  std::string refund_request_id;
  std::string charge_request_id;
  std::string merchant_id;
  std::string merchant_order_id;
  std::int64_t amount = 0;
  std::string currency;
  std::string status;
  std::string code;
  std::string channel_reference;
};
std::string encode_refund_reply(const RefundReply& reply);
Result<RefundReply> decode_refund_reply(std::string_view body);

/// Maps a reply to the outcome of `refund`; mismatched when any identifying field differs.
RefundAnswer judge_refund(const RefundReply& reply, const Refund& refund);

}  // namespace acq::codec
