#include "common/error/errc_help.hpp"

namespace acq {
namespace {

constexpr std::string_view money_none = "This request has moved none.";
constexpr std::string_view money_maybe =
    "Possibly moved by an earlier request of this number, or by this one: never take it for not done.";
constexpr std::string_view money_close = "A payment that may still come can move some; one that is closed cannot.";
constexpr std::string_view money_shown = "As the payment shown says.";
constexpr std::string_view money_rest =
    "This request has moved none; `remaining` counts what earlier refunds have taken.";
constexpr std::string_view money_log = "This request has moved none; an earlier one of this number may have.";

}  // namespace

ErrcHelp help_of(Errc code) noexcept {
  switch (code) {
    case Errc::malformed_json:
      return {
          "The body is not JSON as we take it: not UTF-8, a byte order mark, a NUL, deeper than 8, cut off, a number "
          "such as `01`.",
          "Correct the program; send it again under the same number.", money_none};
    case Errc::duplicate_member:
      return {"A member name occurs twice in one object. Parsers differ in which one they believe, so neither is.",
              "Correct the program.", money_none};
    case Errc::bad_framing:
      return {
          "The bytes are not one unambiguous HTTP/1.1 request: `Transfer-Encoding`, two lengths, a folded header, a "
          "bare line feed. The connection is closed.",
          "Use an HTTP library; look at what a proxy between us does.", money_none};
    case Errc::missing_digest:
      return {"A body came without `Content-Digest`, or without a `sha-256` in it that can be read.",
              "Send `Content-Digest: sha-256=:BASE64:` over the raw bytes of the body.", money_none};
    case Errc::bad_cursor:
      return {"The cursor is not one that we gave, or was given for another list.",
              "Begin the list again without a cursor.", money_none};
    case Errc::unauthorized:
      return {
          "No signature, one that does not verify, a key that is unknown or has ended, or `created` more than 300 s "
          "from our clock. Which of them, a 401 never says.",
          "Send the same to `POST /v1/signature-check`: it says which part differs.", money_none};
    case Errc::merchant_suspended:
      return {"The operator has suspended the merchant. Reads and closes are still answered.", "Ask the operator.",
              money_none};
    case Errc::currency_not_enabled:
      return {"The merchant is not enabled for the currency.", "Use one that is, or ask the operator.", money_none};
    case Errc::not_found:
      return {
          "No such path; or nothing of this merchant's is known under this id or number so far. What is another "
          "merchant's is not there. By number it is not final.",
          "To make it final, close the number.", money_close};
    case Errc::method_not_allowed:
      return {"The path is known, but not with this method; `Allow` has those that it takes.", "Correct the program.",
              money_none};
    case Errc::not_acceptable:
      return {"`Accept` leaves `application/json` out.", "Accept it, or leave the header out.", money_none};
    case Errc::request_timeout:
      return {"Head or body did not arrive in time (5 s, 10 s). The connection is closed.",
              "Send it again under the same number.", money_none};
    case Errc::in_progress:
      return {"The first request of this number is still being written; its own answer is on its way.",
              "Send the same again after `Retry-After`.", money_maybe};
    case Errc::not_closable:
      return {"The attempt has ended, or can never begin; `payment` shows it as it is.",
              "Go by its state; a payment that succeeded can be refunded.", money_shown};
    case Errc::not_refundable:
      return {
          "The payment has not succeeded, is older than 365 days, or has been refunded 50 times; `payment` shows it as "
          "it is.",
          "Go by its state.", money_shown};
    case Errc::attempt_not_open:
      return {
          "The attempt before has not ended `declined` or `closed`, or this one is further ahead; `payment` shows it "
          "as it is.",
          "Go by its state; wait for the end, or close it.", money_shown};
    case Errc::length_required:
      return {"A `POST` needs one `Content-Length`, 0 without a body. The connection is closed.", "Send it.",
              money_none};
    case Errc::precondition_failed:
      return {"`If-Match` names a version that is no longer the present one.", "Read it again, and decide again.",
              money_none};
    case Errc::body_too_large:
      return {"The body is larger than 16 KiB (a notification: 8 KiB). The connection is closed.", "Send less.",
              money_none};
    case Errc::uri_too_long:
      return {"The request target is longer than 2 KiB. The connection is closed.", "Send less.", money_none};
    case Errc::unsupported_media_type:
      return {"`Content-Type` is not `application/json`.", "Send JSON, and say so.", money_none};
    case Errc::invalid_field:
      return {
          "A field is missing, unknown, of another type or out of its range; `errors` names each by its JSON pointer.",
          "Correct the fields; send it again under the same number.", money_none};
    case Errc::fields_differ:
      return {"The number is known with other fields; `errors` names them, never their values.",
              "If it is another payment or refund, take a new number; if it is the same, send what you sent first.",
              money_maybe};
    case Errc::refund_exceeds:
      return {"More than what can still be given back; `remaining` says how much that is.",
              "Ask for less, under a new number if this one has been used.", money_rest};
    case Errc::digest_mismatch:
      return {
          "The body is not the one that `Content-Digest` is about: changed on its way, or digested before it was "
          "final.",
          "Digest the bytes that you send, and send them unchanged.", money_none};
    case Errc::rate_limited:
      return {"More requests in a second than the merchant has.",
              "Send the same again after `Retry-After`; spread the load.", money_none};
    case Errc::too_many_in_flight:
      return {"More requests at once than the merchant's share.",
              "Send the same again after `Retry-After`; keep fewer open.", money_none};
    case Errc::headers_too_large:
      return {"More than 64 headers, or more than 8 KiB of them. The connection is closed.", "Send less.", money_none};
    case Errc::internal:
      return {"A defect of ours: counted, logged under the request id, never an input's fault.",
              "Send the same again under the same number; tell the operator the request id.", money_maybe};
    case Errc::log_unavailable:
      return {"The log refuses or is away. Nothing was accepted.",
              "Send the same again under the same number after `Retry-After`.", money_log};
    case Errc::outcome_unknown:
      return {
          "It cannot be said whether it was kept: an answer of the log or of the witness did not come in time. The id "
          "is told.",
          "Send the same again under the same number until another answer comes, or close the number.", money_maybe};
    case Errc::not_yet_known:
      return {"It may be on its way, or what is asked about cannot be read at the moment.",
              "Ask again after `Retry-After`.", money_maybe};
    case Errc::overloaded:
      return {"The gateway has as much in hand as it can answer.",
              "Send the same again under the same number after `Retry-After`.", money_none};
    case Errc::retention_short:
      return {"The log may not keep new payments long enough; the operator is alarmed. Nothing was accepted.",
              "Send the same again under the same number after `Retry-After`.", money_none};
    case Errc::draining:
      return {"This instance is stopping.", "Send the same again under the same number, on a new connection.",
              money_none};
    case Errc::database_away:
    case Errc::database_rule:
    case Errc::ownership_lost:
    case Errc::cache_away:
    case Errc::broker_away:
    case Errc::peer_away:
    case Errc::address_refused:
    case Errc::journal_failed:
    case Errc::undecodable:
    case Errc::misconfigured:
      break;
  }
  return help_of(Errc::internal);
}

}  // namespace acq
