// What `acq account-for` asks: verdicts by intent id, ids that are stored, and what lies on the log, page by page.
#include "settlement/operations/api/route.hpp"
#include "settlement/operations/intent_lookup.hpp"

namespace acq::settlement::operations {
namespace {

constexpr std::size_t stored_page_max = 5'000;
constexpr std::size_t log_page_max = 5'000;

Result<http::Response> look_up(Desk& desk, const Asked& asked) {
  const auto* member = asked.body.find("intent_ids");
  const auto* list = member == nullptr ? nullptr : member->array();
  if (list == nullptr || list->size() > intents_asked_max) return field("/intent_ids", "list");
  std::vector<IntentId> ids;
  ids.reserve(list->size());
  for (const auto& one : *list) {
    const auto id = one.string() == nullptr ? std::nullopt : intent_from(*one.string());
    if (!id) return field("/intent_ids", "format");
    ids.push_back(*id);
  }
  auto found = look_up_intents(desk.connection, ids);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("intents").begin_array();
  for (const auto& one : *found) {
    writer.begin_object().member("asked", std::string_view(one.asked.text())).member("verdict", name_of(one.verdict));
    if (one.payment_id) writer.member("payment_id", std::string_view(one.payment_id->text()));
    if (!one.state.empty()) {
      writer.member("state", std::string_view(one.state)).member("final", one.final).member("open", one.open);
    }
    if (!one.number.empty()) writer.member("number", std::string_view(one.number));
    writer.end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> stored(Desk& desk, const Asked& asked) {
  auto from = number_of(asked, "from_ms", -1);
  if (!from) return from.error();
  auto to = number_of(asked, "to_ms", -1);
  if (!to) return to.error();
  auto limit = limit_of(asked, 1'000, stored_page_max);
  if (!limit) return limit.error();
  const auto name = asked.body.string_or("after");
  const auto after = name.empty() ? IntentId{} : intent_from(name);
  if (!after) return field("/after", "format");
  auto ids = stored_intents(desk.connection, *from, *to, *after, *limit);
  if (!ids) return ids.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("intent_ids").begin_array();
  for (const auto& id : *ids) writer.value(std::string_view(id.text()));
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

Result<http::Response> on_log(Desk& desk, const Asked& asked) {
  auto partition = number_of(asked, "partition", -1);
  if (!partition) return partition.error();
  auto offset = number_of(asked, "offset", -1);
  if (!offset) return offset.error();
  auto count = number_of(asked, "count", static_cast<std::int64_t>(log_page_max));
  if (!count) return count.error();
  if (*count < 1 || *count > static_cast<std::int64_t>(log_page_max)) return field("/count", "range");
  auto partitions = desk.log.partitions();
  if (!partitions) return partitions.error();
  if (*partition >= *partitions) return field("/partition", "range");
  const auto number = static_cast<std::int32_t>(*partition);
  auto bounds = desk.log.bounds(number);
  if (!bounds) return bounds.error();
  const auto from = std::max(*offset, bounds->first);
  std::vector<kafka::Record> records;
  if (from < bounds->end) {
    auto read = desk.log.read(number, from, bounds->end, static_cast<std::size_t>(*count));
    if (!read) return read.error();
    records = std::move(*read);
  }
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("first", bounds->first).member("end", bounds->end).key("intents").begin_array();
  for (const auto& record : records) {
    const auto names = names_of(record.value());
    writer.begin_object().key("intent_id");
    if (names)
      writer.value(std::string_view(names->intent_id.text()));
    else
      writer.null();
    writer.member("offset", record.offset()).member("append_ms", record.append_ms()).end_object();
  }
  writer.end_array()
      .member("next_offset", records.empty() ? std::max(from, bounds->end) : records.back().offset() + 1)
      .end_object();
  return json_response(200, std::move(out));
}

constexpr Route routes[] = {
    {"POST", "/intents/lookup", look_up},
    {"POST", "/intents/stored", stored},
    {"POST", "/log/intents", on_log},
};

}  // namespace

std::span<const Route> balance_routes() {
  return routes;
}

}  // namespace acq::settlement::operations
