#include "settlement/operations/cli/witness.hpp"

#include <algorithm>

#include "common/codec/json_document.hpp"
#include "common/http/client.hpp"
#include "common/journal/reader.hpp"
#include "common/limits.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {
namespace {

constexpr std::size_t piece_bytes = 1024 * 1024;
constexpr std::uint32_t gateway_timeout_ms = 10'000;
constexpr std::size_t segments_max = 100'000;

http::ClientAnswer get(const std::string& gateway, const std::string& path) {
  http::ClientRequest request;
  request.url = gateway + path;
  request.timeout_ms = gateway_timeout_ms;
  request.answer_bytes_max = 16 * 1024 * 1024;
  auto answer = http::send_blocking(request);
  if (!answer) {
    throw Failed(dependency_away, "the gateway at " + gateway +
                                      " does not answer: is its admin port right? When it is gone and its disk is at "
                                      "hand: --witness DIR");
  }
  return std::move(*answer);
}

std::vector<std::string> segments_of(const std::string& gateway) {
  const auto answer = get(gateway, "/witness/segments");
  if (answer.status != 200) {
    throw Failed(dependency_away, "the gateway at " + gateway + " does not serve its witness (" +
                                      std::to_string(answer.status) + "): is it an admin port?");
  }
  codec::JsonLimits limits;
  limits.elements_max = segments_max;
  limits.bytes_max = 16 * 1024 * 1024;
  const auto json = codec::parse_json(answer.body, limits);
  const auto* list = json ? json->find("segments") : nullptr;
  if (list == nullptr || list->array() == nullptr) {
    throw Failed(dependency_away, "the gateway at " + gateway + " answers something else than its segments");
  }
  std::vector<std::string> names;
  for (const auto& one : *list->array()) names.emplace_back(one.string_or("name"));
  return names;
}

/// Empty: it was balanced and deleted since it was listed.
std::string fetch(const std::string& gateway, const std::string& name) {
  std::string bytes;
  for (;;) {
    const auto answer = get(gateway, "/witness/segments/" + name + "?offset=" + std::to_string(bytes.size()) +
                                         "&bytes=" + std::to_string(piece_bytes));
    if (answer.status == 404) return {};
    if (answer.status != 200) {
      throw Failed(dependency_away,
                   gateway + " does not give segment " + name + " (" + std::to_string(answer.status) + ")");
    }
    if (answer.body.empty()) return bytes;
    bytes += answer.body;
    if (bytes.size() > 4 * limits::journal_segment_bytes_max) {
      throw Failed(dependency_away, "segment " + name + " of " + gateway + " does not end");
    }
  }
}

}  // namespace

void add_witness(CLI::App& command, WitnessOptions& options) {
  command.add_option("--gateway", options.gateways,
                     "admin URL of a gateway, repeatable; else ACQ_GATEWAY_ADMIN_URLS (commas), else ACQ_ADMIN_URL");
  command.add_option("--witness", options.directories,
                     "a directory of witness segments, repeatable: when a gateway is gone and its disk is at hand");
}

std::vector<std::string> gateway_urls(const WitnessOptions& options) {
  if (!options.gateways.empty()) return options.gateways;
  if (!options.directories.empty()) return {};
  auto text = variable_or_empty("ACQ_GATEWAY_ADMIN_URLS");
  if (text.empty()) text = variable_or_empty("ACQ_ADMIN_URL");
  std::vector<std::string> urls;
  for (std::size_t from = 0; from < text.size();) {
    const auto to = std::min(text.find(',', from), text.size());
    if (to > from) urls.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return urls;
}

bool has_witness(const WitnessOptions& options) {
  return !options.directories.empty() || !gateway_urls(options).empty();
}

WitnessReading read_witness(const WitnessOptions& options,
                            const std::function<void(const journal::Record&, std::uint32_t segment)>& each) {
  if (!has_witness(options)) {
    throw Failed(usage, "no witness is named: --gateway URL, --witness DIR, or ACQ_GATEWAY_ADMIN_URLS");
  }
  WitnessReading reading;
  const auto take = [&](const std::string& from, Result<journal::SegmentReport> report) {
    if (!report) {
      // Only a file without our magic: a segment that was created and never written, or no segment.
      say(from + " is no segment of ours and was left out");
      return;
    }
    reading.records += report->records;
    for (const auto& damage : report->damages) {
      reading.damaged_bytes += damage.bytes;
      say(from + " is damaged at " + std::to_string(damage.offset) + " (" + std::to_string(damage.bytes) + " bytes)");
    }
  };
  std::uint32_t number = 0;
  std::int64_t earliest_ms = 0;  // offer of one source
  const auto each_of_this = [&](const journal::Record& record) {
    if (record.type == journal::RecordType::offered && (earliest_ms == 0 || record.unix_ms < earliest_ms)) {
      earliest_ms = record.unix_ms;
    }
    each(record, number);
  };
  const auto end_of_source = [&] {
    reading.covered_from_ms = std::max(reading.covered_from_ms, earliest_ms);
    earliest_ms = 0;
  };
  for (const auto& gateway : gateway_urls(options)) {
    const auto names = segments_of(gateway);
    Progress progress("segments of " + gateway, static_cast<std::int64_t>(names.size()));
    for (const auto& name : names) {
      const auto bytes = fetch(gateway, name);
      if (!bytes.empty()) take(name, journal::read_segment_bytes(bytes, each_of_this));
      ++number;
      progress.add();
    }
    end_of_source();
  }
  for (const auto& directory : options.directories) {
    auto paths = journal::list_segments(directory);
    if (!paths) throw Failed(dependency_away, directory + " cannot be read: " + paths.error().detail);
    if (paths->empty()) throw Failed(usage, directory + " holds no witness segment");
    Progress progress("segments of " + directory, static_cast<std::int64_t>(paths->size()));
    for (const auto& path : *paths) {
      take(path, journal::read_segment(path, each_of_this));
      ++number;
      progress.add();
    }
    end_of_source();
  }
  reading.segments = number;
  return reading;
}

}  // namespace acq::cli
