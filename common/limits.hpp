// Every bound of the system, by name, in one place. Units are in the names; the asserts say how bounds relate.
#pragma once
#include <cstddef>
#include <cstdint>

namespace acq::limits {

// A merchant's request.
inline constexpr std::size_t body_bytes_max = 16 * 1024;
inline constexpr std::size_t head_bytes_max = 8 * 1024;
inline constexpr std::size_t target_bytes_max = 2048;
inline constexpr std::size_t headers_max = 64;
inline constexpr std::uint32_t header_timeout_ms = 5'000;
inline constexpr std::uint32_t body_timeout_ms = 10'000;
inline constexpr std::uint32_t idle_timeout_ms = 30'000;
inline constexpr std::size_t connections_per_core_max = 8'000;
inline constexpr std::size_t cores_max = 64;
inline constexpr std::size_t in_flight_per_gateway_max = 20'000;

// JSON.
inline constexpr std::size_t json_depth_max = 8;
inline constexpr std::size_t json_members_max = 64;
inline constexpr std::size_t json_string_bytes_max = 4096;

// A payment's fields (openapi.yaml's table).
inline constexpr std::size_t merchant_order_id_bytes_max = 64;
inline constexpr std::int64_t amount_minor_max = 1'000'000'000'000;
inline constexpr std::size_t code_digits_min = 16;
inline constexpr std::size_t code_digits_max = 24;
inline constexpr std::size_t description_chars_max = 128;
inline constexpr std::int32_t attempts_max = 20;
inline constexpr std::size_t callback_url_bytes_max = 1024;
inline constexpr std::size_t metadata_pairs_max = 16;
inline constexpr std::size_t metadata_key_bytes_max = 64;
inline constexpr std::size_t metadata_bytes_max = 1024;
// A refund's (P14).
inline constexpr std::size_t merchant_refund_id_bytes_max = 64;
inline constexpr std::size_t refund_reason_chars_max = 128;
/// That passed the gate of one payment.
inline constexpr std::int32_t refunds_per_payment_max = 50;
inline constexpr std::int64_t refund_age_ms_max = 365LL * 24 * 3600 * 1000;
/// In one page of a payment's list.
inline constexpr std::size_t refunds_listed_max = 200;
/// Wrong fields named in one answer.
inline constexpr std::size_t field_faults_max = 20;
inline constexpr std::int64_t expiry_ahead_ms_max = 7LL * 24 * 3600 * 1000;
inline constexpr std::int64_t expiry_qr_default_ms = 15LL * 60 * 1000;
inline constexpr std::int64_t expiry_barcode_default_ms = 60LL * 1000;
inline constexpr std::int64_t signature_age_s_max = 300;
inline constexpr std::uint32_t prefer_wait_s_max = 60;
/// A key's last use is kept to this.
inline constexpr std::int64_t key_use_noted_ms = 60'000;
/// Of a gateway. With Ed25519 each costs a dozen verifications, some 2 ms: 4 % of a core.
inline constexpr std::int32_t signature_checks_per_second = 20;
/// Two, so that rotation never refuses a request.
inline constexpr std::int64_t live_keys_per_algorithm_max = 2;

// The log.
inline constexpr std::size_t intent_bytes_max = 48 * 1024;
inline constexpr std::size_t notification_bytes_max = 8 * 1024;
inline constexpr std::size_t broker_message_bytes_max = 1024 * 1024;
/// Longer than a broker pause worth surviving (P4).
inline constexpr std::uint32_t message_timeout_ms = 30'000;
/// How long a merchant's request waits for witness and log; shorter than the message timeout (P4).
inline constexpr std::uint32_t http_deadline_ms = 5'000;
/// A reservation belongs to its request for this long (P2).
inline constexpr std::uint32_t reservation_deadline_ms = http_deadline_ms + 1'000;
/// Nothing whose first outcome may still arrive is re-offered or called "not found" (P5, P7).
inline constexpr std::uint32_t offer_window_ms = message_timeout_ms + 2'000;
inline constexpr std::size_t producer_queue_messages_max = 100'000;
/// The oldest unreported message is older than this: the log is away, refuse before reserving.
inline constexpr std::uint32_t log_away_after_ms = 2'000;

// Redis.
inline constexpr std::int64_t reservation_ttl_s = 24 * 3600;
inline constexpr std::int64_t state_ttl_s = 600;  // P25
inline constexpr std::uint32_t redis_timeout_ms = 250;
inline constexpr std::size_t redis_pending_max = 50'000;
inline constexpr std::uint32_t redis_backoff_min_ms = 100;
inline constexpr std::uint32_t redis_backoff_max_ms = 1'000;
/// A connection that answers nothing for this long while it owes answers is dropped.
inline constexpr std::uint32_t redis_stall_ms = 1'000;

// The witness (P5).
inline constexpr std::size_t journal_segment_bytes_max = 64 * 1024 * 1024;
inline constexpr std::size_t journal_waiting_max = 200'000;
/// Records that nobody waits for are synced with the next group, or after this long.
inline constexpr std::uint32_t journal_lazy_ms = 200;
/// After a failure a new segment is tried this often.
inline constexpr std::uint32_t journal_retry_ms = 1'000;
/// A sync that takes longer than this counts as a failed disk for admission.
inline constexpr std::uint32_t journal_stall_ms = 2'000;
/// A segment that holds something is closed at this age, so that it can be balanced and, one day, removed.
inline constexpr std::uint32_t journal_segment_age_ms_max = 10 * 60 * 1'000;
/// Intent ids in one question to the database.
inline constexpr std::size_t witness_batch_ids_max = 500;
/// Ids of which it is not known yet where they ended, kept in memory; later segments wait until there is room.
inline constexpr std::size_t witness_open_ids_max = 1'000'000;
/// Records read from the log in search of ids behind a gap.
inline constexpr std::size_t witness_scan_records_max = 2'000'000;
/// One answer of the admin port; also how much of a segment is read at a time.
inline constexpr std::size_t witness_piece_bytes_max = 1024 * 1024;
/// Segments named in one answer of the admin port.
inline constexpr std::size_t witness_segments_listed_max = 10'000;
/// While the log has lost something the witness is asked this often.
inline constexpr std::uint32_t witness_hurry_ms = 10'000;

// Reading.
inline constexpr std::size_t read_pool_waiting_max = 10'000;
inline constexpr std::size_t log_end_waiting_max = 10'000;
inline constexpr std::uint32_t log_end_timeout_ms = 1'000;
/// An asker's whole wait: for its turn and for the answer.
inline constexpr std::uint32_t log_end_wait_ms = 2'500;
/// A read of a young id waits this long for settlement before it says "not yet known".
inline constexpr std::uint32_t read_wait_ms = 300;
inline constexpr std::uint32_t directory_refresh_ms = 1'000;
/// A page of a list, its default, and how many rows it may look at where few of them are wanted.
inline constexpr std::size_t list_max = 200;
inline constexpr std::size_t list_default = 50;
inline constexpr std::size_t list_rows_looked_at_max = 2'000;
/// Lists have connections of their own, so that they never stand before a single read.
inline constexpr std::size_t list_readers = 2;
inline constexpr std::size_t list_waiting_max = 100;

// Prefer: wait (P25).
/// They count as in flight and keep a coroutine and a timer each; beyond it nobody is held.
inline constexpr std::size_t waiters_per_gateway_max = 4'000;
inline constexpr std::uint32_t wait_first_read_ms = 1'000;
inline constexpr std::uint32_t wait_read_every_ms = 2'000;
/// A channel that nobody waits on any more is still listened to for this long.
inline constexpr std::uint32_t wait_channel_linger_ms = 10'000;

// The log's guard (P10, P30).
inline constexpr std::uint32_t topic_check_ms = 10'000;
/// Headroom is short below this part of the retention.
inline constexpr std::int64_t headroom_short_part = 3;
inline constexpr int log_disk_percent_max = 80;
/// A cursor that has not been read for this long no longer proves that what lies behind it was unread.
inline constexpr std::int64_t cursor_fresh_ms_max = 30'000;
/// How far the clocks of gateway, broker and database may be apart (P15).
inline constexpr std::int64_t clocks_apart_ms_max = 2'000;

// Settlement.
inline constexpr std::size_t batch_inputs_max = 500;
inline constexpr std::uint32_t batch_gather_ms = 2;
inline constexpr std::uint32_t stale_after_ms = 10'000;  // P20
inline constexpr std::uint32_t lease_ms = 10'000;        // P19
inline constexpr std::uint32_t channel_timeout_ms = 3'000;
inline constexpr std::uint32_t callback_timeout_ms = 15'000;
inline constexpr std::size_t callback_answer_bytes_max = 64 * 1024;
inline constexpr std::size_t callback_answer_kept_bytes = 1024;
inline constexpr std::size_t channel_answer_bytes_max = 64 * 1024;
inline constexpr std::size_t channel_calls_in_flight_max = 128;
inline constexpr std::size_t callbacks_in_flight_max = 256;
inline constexpr std::size_t callbacks_per_destination_max = 64;
/// Items kept in memory per partition; what is beyond waits in open_items (P17).
inline constexpr std::size_t head_items_max = 50'000;
/// An item still owed something after this long gets its row in open_items, so that the watermark moves on (P17).
inline constexpr std::uint32_t open_item_after_ms = 3'000;
inline constexpr std::size_t open_items_read_max = 2'000;
/// An item with a row leaves the head when it is due later than this, so that a head is never full of what only waits.
inline constexpr std::uint32_t head_keep_ms = 10'000;
inline constexpr std::size_t refunds_in_flight_max = 256;
/// The log is compared with the cursor this often (P10).
inline constexpr std::uint32_t log_check_ms = 60'000;
/// A partition that the group gave us and we do not own is looked at this often.
inline constexpr std::uint32_t claim_retry_ms = 1'000;

static_assert(waiters_per_gateway_max < in_flight_per_gateway_max / 2, "waiters leave room for those who work");
static_assert(body_bytes_max < intent_bytes_max && intent_bytes_max < broker_message_bytes_max,
              "an accepted body always fits an intent, and an intent the broker");
static_assert(http_deadline_ms < message_timeout_ms, "the waiter is answered while the report is still awaited (P4)");
static_assert(reservation_deadline_ms > http_deadline_ms, "a live request owns its number (P2)");
static_assert(expiry_barcode_default_ms > message_timeout_ms, "a payment cannot expire before its offer ends (P7)");
static_assert(log_end_timeout_ms < log_end_wait_ms && log_end_wait_ms + read_wait_ms < http_deadline_ms,
              "a read ends in time");
static_assert(redis_timeout_ms < redis_stall_ms && redis_stall_ms < http_deadline_ms, "a sick cache costs little (P3)");
static_assert(channel_timeout_ms < lease_ms, "a channel call ends within the lease that allowed it (P19)");

}  // namespace acq::limits
