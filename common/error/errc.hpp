// Every way to fail, in one table: code, HTTP status, title, and what a caller should do next.
// The status is the code divided by 100 (42202 -> 422), so code and status cannot disagree.
// openapi.yaml and docs are compared with this table by tests/contract.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace acq {

/// What a merchant should repeat a request with, if at all.
enum class RetryWith : std::uint8_t { nothing, same_number, new_number };

// X(name, number, title, retry is safe, retry after ms (-1: does not say), retry with, told to merchants)
#define ACQ_ERRORS(X)                                                                                             \
  X(malformed_json, 40001, "The body is not the JSON that we take", false, -1, nothing, true)                     \
  X(duplicate_member, 40002, "A member name occurs twice", false, -1, nothing, true)                              \
  X(bad_framing, 40003, "The request's framing is ambiguous or malformed", false, -1, nothing, true)              \
  X(missing_digest, 40004, "A body needs a Content-Digest", false, -1, nothing, true)                             \
  X(bad_cursor, 40005, "The cursor is not one of ours", false, -1, nothing, true)                                 \
  X(unauthorized, 40101, "The request is not signed by a key that we know", false, -1, nothing, true)             \
  X(merchant_suspended, 40301, "The merchant is suspended", false, -1, nothing, true)                             \
  X(currency_not_enabled, 40302, "The merchant is not enabled for this currency", false, -1, nothing, true)       \
  X(not_found, 40401, "Nothing is known under this name", false, -1, nothing, true)                               \
  X(method_not_allowed, 40501, "The resource does not take this method", false, -1, nothing, true)                \
  X(not_acceptable, 40601, "We answer application/json only", false, -1, nothing, true)                           \
  X(request_timeout, 40801, "The request did not arrive in time", true, 0, same_number, true)                     \
  X(in_progress, 40901, "The first request of this number is still being written", true, 1000, same_number, true) \
  X(not_closable, 40902, "The payment can no longer be closed", false, -1, nothing, true)                         \
  X(not_refundable, 40903, "The payment cannot be refunded", false, -1, nothing, true)                            \
  X(attempt_not_open, 40904, "This attempt is not open", false, -1, nothing, true)                                \
  X(length_required, 41101, "A body needs one Content-Length", false, -1, nothing, true)                          \
  X(precondition_failed, 41201, "The resource has changed", false, -1, nothing, true)                             \
  X(body_too_large, 41301, "The body is larger than 16 KiB", false, -1, nothing, true)                            \
  X(uri_too_long, 41401, "The request target is too long", false, -1, nothing, true)                              \
  X(unsupported_media_type, 41501, "The body must be application/json", false, -1, nothing, true)                 \
  X(invalid_field, 42201, "A field is missing, unknown or out of its range", false, -1, nothing, true)            \
  X(fields_differ, 42202, "The number is known with other fields", false, -1, new_number, true)                   \
  X(refund_exceeds, 42203, "The refund is larger than what is left", false, -1, nothing, true)                    \
  X(digest_mismatch, 42204, "The body is not the one of its Content-Digest", false, -1, nothing, true)            \
  X(rate_limited, 42901, "Too many requests", true, 1000, same_number, true)                                      \
  X(too_many_in_flight, 42902, "Too many requests at once", true, 1000, same_number, true)                        \
  X(headers_too_large, 43101, "The headers are too large", false, -1, nothing, true)                              \
  X(internal, 50001, "A defect of ours; it has been counted", true, 5000, same_number, true)                      \
  X(log_unavailable, 50301, "The log refuses or is away; nothing was accepted", true, 2000, same_number, true)    \
  X(outcome_unknown, 50302, "It is not known whether the payment was accepted", true, 2000, same_number, true)    \
  X(not_yet_known, 50303, "It cannot be said yet", true, 1000, same_number, true)                                 \
  X(overloaded, 50304, "Too much is being asked at once", true, 1000, same_number, true)                          \
  X(retention_short, 50305, "The log may not keep new payments long enough", true, 30000, same_number, true)      \
  X(draining, 50306, "This instance is stopping", true, 0, same_number, true)                                     \
  X(database_away, 50380, "The database does not answer", true, 1000, nothing, false)                             \
  X(database_rule, 50381, "The database refused a statement", false, -1, nothing, false)                          \
  X(ownership_lost, 50382, "Another worker owns the partition", false, -1, nothing, false)                        \
  X(cache_away, 50383, "The cache does not answer", true, 1000, nothing, false)                                   \
  X(broker_away, 50384, "The broker does not answer", true, 1000, nothing, false)                                 \
  X(peer_away, 50385, "The other side does not answer", true, 1000, nothing, false)                               \
  X(address_refused, 50386, "The address may not be called", false, -1, nothing, false)                           \
  X(journal_failed, 50387, "The witness file could not be written", false, -1, nothing, false)                    \
  X(undecodable, 50388, "The bytes are not what they should be", false, -1, nothing, false)                       \
  X(misconfigured, 50389, "The configuration is wrong", false, -1, nothing, false)

enum class Errc : std::int32_t {
#define ACQ_ERRC_ENUM(name, number, title, safe, after_ms, with, told) name = number,
  ACQ_ERRORS(ACQ_ERRC_ENUM)
#undef ACQ_ERRC_ENUM
};

struct ErrcEntry {
  Errc code;
  std::string_view name;  ///< as merchants see it
  std::string_view title;
  bool retry_safe;
  std::int32_t retry_after_ms;  ///< -1: says nothing
  RetryWith retry_with;
  bool told_to_merchants;  ///< false: internal only, shown to a merchant as `internal`
};

/// All entries, in the order of the table.
std::span<const ErrcEntry> errc_table() noexcept;
const ErrcEntry& entry_of(Errc code) noexcept;
constexpr int http_status(Errc code) noexcept {
  return static_cast<int>(code) / 100;
}
std::string_view name_of(Errc code) noexcept;
std::optional<Errc> errc_from_name(std::string_view name) noexcept;

}  // namespace acq
