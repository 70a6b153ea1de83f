// What only looks: stuck items, a payment's story, dead letters, incidents, partitions, the doctor, the audit.
#include <algorithm>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "settlement/operations/api/incident_json.hpp"
#include "settlement/operations/api/route.hpp"
#include "settlement/operations/audit.hpp"
#include "settlement/operations/dead_letters.hpp"
#include "settlement/operations/doctor.hpp"
#include "settlement/operations/incidents.hpp"
#include "settlement/operations/payment_story.hpp"
#include "settlement/operations/rows_json.hpp"
#include "settlement/operations/stuck.hpp"

namespace acq::settlement::operations {
namespace {

constexpr std::size_t page_max = 500;
constexpr std::size_t shown_bytes_max = 16 * 1024;

Result<http::Response> stuck(Desk& desk, const Asked& asked) {
  auto older = number_of(asked, "older_than_ms", 60'000);
  if (!older) return older.error();
  auto limit = limit_of(asked, 100, stuck_items_max);
  if (!limit) return limit.error();
  auto found = find_stuck(desk.connection, *older, *limit);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  write_time(writer, "now", found->now_ms);
  writer.member("more", found->more).key("items").begin_array();
  for (const auto& item : found->items) {
    writer.begin_object().member("kind", std::string_view(item.kind)).member("id", std::string_view(item.id));
    writer.member("merchant_order_id", std::string_view(item.merchant_order_id))
        .member("state", std::string_view(item.state))
        .member("age_ms", found->now_ms - item.since_ms);
    write_time(writer, "since", item.since_ms);
    writer.member("reason", std::string_view(item.reason)).end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> open_ones(Desk& desk, const Asked& asked) {
  auto older = number_of(asked, "older_than_ms", 60'000);
  if (!older) return older.error();
  auto limit = limit_of(asked, page_max, page_max);
  if (!limit) return limit.error();
  const auto name = asked.body.string_or("after");
  const auto after = name.empty() ? PaymentId{} : PaymentId::parse(name);
  if (!after) return field("/after", "format");
  auto ids = open_payments(desk.connection, *older, *after, *limit);
  if (!ids) return ids.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("payment_ids").begin_array();
  for (const auto& id : *ids) writer.value(std::string_view(id.text()));
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> story(Desk& desk, const Asked& asked) {
  if (const auto name = asked.body.string_or("id"); !name.empty()) {
    const auto id = intent_from(name);
    if (!id) return field("/id", "format");
    auto told = tell_story(desk.connection, desk.log, *id);
    if (!told) return told.error();
    return json_response(200, std::move(*told));
  }
  const std::string number(asked.body.string_or("merchant_order_id"));
  if (number.empty() || number.size() > limits::merchant_order_id_bytes_max)
    return field("/merchant_order_id", "length");
  std::optional<MerchantId> merchant;
  if (const auto name = asked.body.string_or("merchant_id"); !name.empty()) {
    merchant = MerchantId::parse(name);
    if (!merchant) return field("/merchant_id", "format");
  }
  auto holders = holders_of(desk.connection, number, merchant ? &*merchant : nullptr);
  if (!holders) return holders.error();
  if (holders->empty()) return Failure(Errc::not_found, "no payment is stored under this order number");
  if (holders->size() == 1) {
    auto told = tell_story(desk.connection, desk.log, IntentId{holders->front().payment_id.bytes});
    if (!told) return told.error();
    return json_response(200, std::move(*told));
  }
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("ambiguous").begin_array();
  for (const auto& one : *holders) {
    writer.begin_object()
        .member("merchant_id", std::string_view(one.merchant_id.text()))
        .member("merchant", std::string_view(one.merchant_name))
        .member("payment_id", std::string_view(one.payment_id.text()))
        .end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

void write_letter(codec::JsonWriter& writer, const ParkedRecord& letter, bool whole) {
  writer.begin_object()
      .member("name", std::string_view(letter.place.text()))
      .member("partition", letter.place.partition)
      .member("offset", letter.place.log_offset);
  writer.key("intent_id");
  if (letter.intent_id)
    writer.value(std::string_view(letter.intent_id->text()));
  else
    writer.null();
  writer.member("code", std::string_view(letter.code))
      .member("reason", std::string_view(letter.reason))
      .member("bytes", letter.bytes)
      .member("replays", letter.replays);
  write_time(writer, "recorded_at", letter.recorded_at_ms);
  write_time(writer, "replayed_at", letter.replayed_at_ms);
  if (whole) writer.member("record", std::string_view(shown_bytes(letter.record, shown_bytes_max)));
  writer.end_object();
}

Result<http::Response> letters(Desk& desk, const Asked& asked) {
  auto limit = limit_of(asked, 100, page_max);
  if (!limit) return limit.error();
  std::optional<LetterPlace> after;
  if (const auto name = asked.body.string_or("after"); !name.empty()) {
    after = LetterPlace::parse(name);
    if (!after) return field("/after", "format");
  }
  auto found = list_dead_letters(desk.connection, flag_of(asked, "unreplayed"), after, *limit);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("dead_letters").begin_array();
  for (const auto& letter : *found) write_letter(writer, letter, false);
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> letter(Desk& desk, const Asked& asked) {
  auto found = find_dead_letter(desk.connection, asked.body.string_or("name"));
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  write_letter(writer, *found, true);
  return json_response(200, std::move(out));
}

Result<http::Response> incidents(Desk& desk, const Asked& asked) {
  auto limit = limit_of(asked, 100, page_max);
  if (!limit) return limit.error();
  auto before = number_of(asked, "before", INT64_MAX);
  if (!before) return before.error();
  auto found = list_incidents(desk.connection, flag_of(asked, "open"), *before, *limit);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("incidents").begin_array();
  for (const auto& one : *found) write_incident(writer, one);
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> incident(Desk& desk, const Asked& asked) {
  auto id = number_of(asked, "incident_id", -1);
  if (!id) return id.error();
  auto found = find_incident(desk.connection, *id);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  write_incident(writer, *found);
  return json_response(200, std::move(out));
}

Result<http::Response> partitions(Desk& desk, const Asked&) {
  auto standing = partitions_standing(desk.connection, desk.log);
  if (!standing) return standing.error();
  auto count = desk.log.partitions();
  if (!count) return count.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("count", *count).key("partitions").begin_array();
  for (const auto& one : *standing) {
    writer.begin_object()
        .member("partition", one.partition)
        .member("next_offset", one.next_offset)
        .member("watermark", one.watermark)
        .member("log_first", one.log_first)
        .member("log_end", one.log_end)
        .member("owner", std::string_view(one.owner))
        .member("lease_left_ms", one.lease_left_ms)
        .member("stopped_by", one.stopped_by)
        .member("topic_id", std::string_view(one.topic_id))
        .end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> doctor(Desk& desk, const Asked&) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("checks").begin_array();
  for (const auto& check : examine(desk.connection, desk.log, desk.master)) {
    writer.begin_object()
        .member("name", std::string_view(check.name))
        .member("health", name_of(check.health))
        .member("detail", std::string_view(check.detail))
        .member("fix", std::string_view(check.fix))
        .end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> audit_list(Desk& desk, const Asked& asked) {
  auto limit = limit_of(asked, 100, page_max);
  if (!limit) return limit.error();
  auto before = number_of(asked, "before", INT64_MAX);
  if (!before) return before.error();
  auto found = list_audit(desk.connection, *before, *limit);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("entries").begin_array();
  for (const auto& stored : *found) {
    writer.begin_object().member("audit_id", stored.audit_id);
    write_time(writer, "at", stored.entry.at_ms);
    writer.member("operator", std::string_view(stored.entry.operator_name))
        .member("act", std::string_view(stored.entry.act))
        .member("subject", std::string_view(stored.entry.subject))
        .member("detail", std::string_view(stored.entry.detail))
        .member("reason", std::string_view(stored.entry.reason))
        .end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

/// The walk's state is the caller's: it gives back what it was given.
Result<http::Response> audit_verify(Desk& desk, const Asked& asked) {
  AuditWalk walk;
  auto after = number_of(asked, "after", 0);
  if (!after) return after.error();
  auto entries = number_of(asked, "entries", 0);
  if (!entries) return entries.error();
  walk.after_id = *after;
  walk.entries = *entries;
  walk.chained = flag_of(asked, "chained");
  if (const auto text = asked.body.string_or("hash"); !text.empty()) {
    const auto bytes = crypto::hex_decode(text);
    if (!bytes || bytes->size() != walk.hash.size()) return field("/hash", "format");
    std::copy(bytes->begin(), bytes->end(), walk.hash.begin());
  }
  auto page = verify_audit(desk.connection, walk);
  if (!page) return page.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object()
      .member("after", page->walk.after_id)
      .member("entries", page->walk.entries)
      .member("chained", page->walk.chained)
      .member("hash", std::string_view(crypto::hex_encode(crypto::raw(page->walk.hash))))
      .member("end", page->end)
      .key("faults")
      .begin_array();
  for (const auto& fault : page->faults) {
    writer.begin_object().member("audit_id", fault.audit_id).member("what", std::string_view(fault.what)).end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

constexpr Route routes[] = {
    {"POST", "/stuck", stuck},
    {"POST", "/payments/open", open_ones},
    {"POST", "/payments/story", story},
    {"POST", "/dead-letters/list", letters},
    {"POST", "/dead-letters/show", letter},
    {"POST", "/incidents/list", incidents},
    {"POST", "/incidents/show", incident},
    {"GET", "/partitions", partitions},
    {"GET", "/doctor", doctor},
    {"POST", "/audit/list", audit_list},
    {"POST", "/audit/verify", audit_verify},
};

}  // namespace

void write_incident(codec::JsonWriter& writer, const StoredIncident& one) {
  writer.begin_object()
      .member("incident_id", one.incident_id)
      .member("kind", std::string_view(one.kind))
      .member("partition", one.partition);
  const auto offset = [&](std::string_view name, const std::optional<std::int64_t>& at) {
    writer.key(name);
    if (at)
      writer.value(*at);
    else
      writer.null();
  };
  offset("from_offset", one.from_offset);
  offset("to_offset", one.to_offset);
  writer.key("payment_id");
  if (one.payment_id)
    writer.value(std::string_view(one.payment_id->text()));
  else
    writer.null();
  writer.member("detail", std::string_view(one.detail)).member("stops_partition", one.stops_partition);
  write_time(writer, "opened_at", one.opened_at_ms);
  write_time(writer, "resolved_at", one.resolved_at_ms);
  writer.member("resolved_by", std::string_view(one.resolved_by))
      .member("resolution", std::string_view(one.resolution))
      .end_object();
}

std::span<const Route> reading_routes() {
  return routes;
}

}  // namespace acq::settlement::operations
