#include "settlement/operations/cli/accounting.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "common/codec/json_document.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"
#include "settlement/operations/times.hpp"

namespace acq::cli {
namespace {

using settlement::operations::Accountable;
using settlement::operations::IntentVerdict;

constexpr std::size_t asked_at_once = settlement::operations::intents_asked_max;
constexpr std::int64_t log_page = 5'000;
constexpr std::int64_t stored_page = 5'000;

const codec::JsonValue::Array& list_of(const codec::JsonValue& json, const char* name) {
  const auto* list = json.find(name);
  if (list == nullptr || list->array() == nullptr) {
    throw Failed(dependency_away, std::string("the operator port's answer lacks ") + name +
                                      ": are acq and acq-settlement of one version?");
  }
  return *list->array();
}

bool flag(const codec::JsonValue& json, const char* name) {
  const auto* value = json.find(name);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

/// Asks for the verdict of each, 500 a call.
void look_up(std::vector<Accountable>& all) {
  Progress progress("asked what is stored", static_cast<std::int64_t>(all.size()));
  for (std::size_t from = 0; from < all.size(); from += asked_at_once) {
    const auto to = std::min(from + asked_at_once, all.size());
    std::string body;
    codec::JsonWriter writer(body);
    writer.begin_object().key("intent_ids").begin_array();
    for (auto i = from; i < to; ++i) writer.value(std::string_view(all[i].intent_id.text()));
    writer.end_array().end_object();
    const auto reply = ask_port("POST", "/intents/lookup", body);
    const auto& verdicts = list_of(reply.json, "intents");
    if (verdicts.size() != to - from) throw Failed(dependency_away, "the operator port answered for other intents");
    for (auto i = from; i < to; ++i) {
      const auto& one = verdicts[i - from];
      const auto verdict = settlement::operations::intent_verdict_from_name(one.string_or("verdict"));
      if (!verdict || one.string_or("asked") != all[i].intent_id.text()) {
        throw Failed(dependency_away, "the operator port answered for another intent");
      }
      all[i].verdict = *verdict;
      all[i].final = flag(one, "final");
      all[i].open = flag(one, "open");
      all[i].number = std::string(one.string_or("number"));
    }
    progress.add(static_cast<std::int64_t>(to - from));
  }
}

/// The ids on a partition's log from `offset` to its present end.
std::unordered_set<std::string> ids_on_log(std::int32_t partition, std::int64_t offset) {
  std::unordered_set<std::string> ids;
  std::optional<std::int64_t> end;
  Progress progress("records read of partition " + std::to_string(partition), 0);
  do {
    std::string body;
    codec::JsonWriter(body)
        .begin_object()
        .member("partition", partition)
        .member("offset", offset)
        .member("count", log_page)
        .end_object();
    const auto reply = ask_port("POST", "/log/intents", body);
    if (!end) end = reply.json.integer_or("end", 0);  // what comes later is not of this balance
    const auto& page = list_of(reply.json, "intents");
    for (const auto& one : page) ids.emplace(one.string_or("intent_id"));
    progress.add(static_cast<std::int64_t>(page.size()));
    const auto next = reply.json.integer_or("next_offset", offset);
    if (next <= offset) break;
    offset = next;
  } while (offset < *end);
  return ids;
}

/// Stored rows of the window that no witness knows: the other direction.
std::vector<Accountable> not_witnessed(const Window& window, const journal::OfferLedger& offers) {
  std::vector<Accountable> unknown;
  std::string after;
  Progress progress("stored rows compared with the witness", 0);
  for (;;) {
    std::string body;
    codec::JsonWriter writer(body);
    writer.begin_object().member("from_ms", window.from_ms).member("to_ms", window.to_ms).member("limit", stored_page);
    if (!after.empty()) writer.member("after", std::string_view(after));
    writer.end_object();
    const auto reply = ask_port("POST", "/intents/stored", body);
    const auto& ids = list_of(reply.json, "intent_ids");
    for (const auto& one : ids) {
      after = text_of(one);
      const auto id = IntentId::parse(after);
      if (!id || offers.find(id->bytes) != nullptr) continue;
      Accountable stored;
      stored.intent_id = *id;
      stored.witnessed = false;
      unknown.push_back(stored);
    }
    progress.add(static_cast<std::int64_t>(ids.size()));
    if (static_cast<std::int64_t>(ids.size()) < stored_page) return unknown;
  }
}

}  // namespace

void add_window(CLI::App& command, WindowOptions& options) {
  command.add_option("--from", options.from, "RFC 3339 in UTC, or relative: -15m, -2h, -3d (default: since ever)");
  command.add_option("--to", options.to,
                     "likewise, or `now` (default: now minus the offer window, in which an outcome may still arrive)");
}

Window window_of(const WindowOptions& options, std::int64_t now_ms) {
  const auto time = [&](const char* option, const std::string& text) {
    const auto ms = settlement::operations::parse_time_ms(text, now_ms);
    if (!ms) {
      throw Failed(usage,
                   std::string(option) + " takes a time such as 2026-11-24T08:15:30Z, -15m or now, not '" + text + "'");
    }
    return std::max<std::int64_t>(*ms, 0);
  };
  Window window{0, now_ms - std::int64_t{limits::offer_window_ms}};
  if (!options.from.empty()) window.from_ms = time("--from", options.from);
  if (!options.to.empty()) window.to_ms = time("--to", options.to);
  if (window.from_ms >= window.to_ms) throw Failed(usage, "--from must lie before --to");
  return window;
}

Accounting account(const WitnessOptions& witness, const Window& window, std::int64_t now_ms) {
  Accounting result;
  result.window = window;
  result.reading = read_witness(
      witness, [&](const journal::Record& record, std::uint32_t segment) { result.offers.add(record, segment); });
  // The cursors before the verdicts: what is absent then and applied meanwhile lies on the log above them.
  const auto standing = ask_port("GET", "/partitions");
  std::vector<Accountable> all;
  std::int64_t waiting = 0;
  result.offers.each([&](const journal::RawId& raw, const journal::Offer& offer) {
    const IntentId id{raw};
    if (offer.offers == 0 || id.unix_ms() < window.from_ms) return;
    const bool young = !offer.window_over(now_ms);
    if (id.unix_ms() >= window.to_ms) {
      if (young) ++waiting;
      return;
    }
    Accountable one;
    one.intent_id = id;
    one.partition = offer.partition;
    one.refused = offer.fate() == journal::OfferFate::refused;
    one.young = young;
    all.push_back(std::move(one));
  });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.intent_id < b.intent_id; });
  look_up(all);

  std::map<std::int32_t, std::vector<Accountable*>> absent;
  for (auto& one : all) {
    if (one.verdict == IntentVerdict::absent) absent[one.partition].push_back(&one);
  }
  for (auto& [partition, ones] : absent) {
    std::int64_t offset = 0;
    for (const auto& row : list_of(standing.json, "partitions")) {
      if (row.integer_or("partition", -1) == partition) offset = row.integer_or("next_offset", 0);
    }
    const auto ids = ids_on_log(partition, offset);
    for (auto* one : ones) {
      one->on_log = ids.contains(one->intent_id.text());
      if (!one->on_log && !one->refused) ++result.unaccounted[partition];
    }
  }

  // An id is made just before its first offer; what is older than the witness was balanced when that was deleted.
  constexpr std::int64_t before_offer_ms = 1'000;
  Window covered = window;
  covered.from_ms = std::max(window.from_ms, result.reading.covered_from_ms - before_offer_ms);
  auto others = covered.from_ms < covered.to_ms ? not_witnessed(covered, result.offers) : std::vector<Accountable>{};
  look_up(others);
  all.insert(all.end(), others.begin(), others.end());
  result.balance = settlement::operations::balance(all);
  result.balance.waiting += waiting;
  return result;
}

}  // namespace acq::cli
