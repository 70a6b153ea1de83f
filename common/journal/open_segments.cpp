#include "common/journal/open_segments.hpp"

#include "common/journal/reader.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::journal {
namespace {

/// Another gateway's segment in our directory counts as closed once it has not been written for twice its age limit.
constexpr std::int64_t foreign_quiet_ms = 2LL * limits::journal_segment_age_ms_max;

/// "INSTANCE-STARTMS-NUMBER.witness" without its last two parts.
std::string_view instance_of(std::string_view name) {
  for (int part = 0; part < 2; ++part) name = name.substr(0, std::min(name.size(), name.rfind('-')));
  return name;
}

}  // namespace

OpenSegments::OpenSegments(std::string directory, std::function<std::string()> current, std::size_t ids_max)
    : directory_(std::move(directory)), current_(std::move(current)), ids_max_(ids_max) {}

bool OpenSegments::is_closed(const SegmentFile& file, const std::string& current) const {
  if (file.name == current) return false;
  if (instance_of(file.name) == instance_of(current)) return true;
  return file.bytes > segment_magic.size() && runtime::unix_ms() - file.changed_ms > foreign_quiet_ms;
}

void OpenSegments::list(const std::vector<SegmentFile>& files) {
  const std::string current = current_();  // after the list: see Journal::current_segment
  for (const auto& file : files) {
    if (file.balanced) continue;
    const auto [entry, fresh] = numbers_.try_emplace(file.name, last_number_ + 1);
    if (fresh) open_[++last_number_].name = file.name;
    Open& open = open_.at(entry->second);
    open.read = false;
    open.closed = is_closed(file, current);
  }
}

void OpenSegments::add(const Record& record, std::uint32_t number) {
  const bool known = ledger_.find(record.intent_id) != nullptr;
  if (!known && record.type != RecordType::offered) return;
  if (!known) ++open_.at(number).ids;
  ledger_.add(record, number);
}

bool OpenSegments::read_on(std::uint32_t number, Open& open) {
  for (;;) {
    if (ledger_.size() >= ids_max_) return false;
    const auto progress = read_segment_on(directory_ + "/" + open.name, open.offset, limits::witness_piece_bytes_max,
                                          [&](const Record& record) { add(record, number); });
    if (!progress) {
      if (!open.damaged) runtime::log_error("witness_unreadable", {{"detail", progress.error().detail}});
      open.damaged = true;
      return true;
    }
    for (const auto& damage : progress->damages) {
      open.damaged = true;
      runtime::log_error("witness_damaged",
                         {{"segment", open.name}, {"offset", damage.offset}, {"bytes", damage.bytes}});
    }
    open.offset = progress->offset;
    if (!progress->more) break;
  }
  open.read = true;
  return true;
}

Result<bool> OpenSegments::read_new() {
  auto files = list_segment_files(directory_);
  if (!files) return files.error();
  list(*files);
  for (auto& [number, open] : open_) {
    if (!read_on(number, open)) return false;
  }
  return true;
}

void OpenSegments::settle(const RawId& id) {
  const Offer* const offer = ledger_.find(id);
  if (offer == nullptr) return;
  if (const auto found = open_.find(offer->segment); found != open_.end()) --found->second.ids;
  ledger_.erase(id);
}

void OpenSegments::reread(const std::set<RawId>& ids, const std::function<void(const Record&)>& each) const {
  std::map<std::uint32_t, std::set<RawId>> by_segment;
  for (const auto& id : ids) {
    if (const Offer* const offer = ledger_.find(id); offer != nullptr) by_segment[offer->segment].insert(id);
  }
  for (auto& [number, wanted] : by_segment) {
    const auto found = open_.find(number);
    if (found == open_.end()) continue;
    std::size_t offset = 0;
    for (bool more = true; more && !wanted.empty();) {
      const auto progress = read_segment_on(
          directory_ + "/" + found->second.name, offset, limits::witness_piece_bytes_max, [&](const Record& record) {
            if (record.type == RecordType::offered && wanted.erase(record.intent_id) == 1) {
              each(record);
            }
          });
      if (!progress) break;
      offset = progress->offset;
      more = progress->more;
    }
  }
}

std::size_t OpenSegments::mark_balanced() {
  std::size_t count = 0;
  for (auto at = open_.begin(); at != open_.end();) {
    const Open& open = at->second;
    const bool balanced = open.closed && open.read && !open.damaged && open.ids == 0;
    if (balanced && journal::mark_balanced(directory_, open.name)) {
      numbers_.erase(open.name);
      at = open_.erase(at);
      ++count;
    } else {
      ++at;
    }
  }
  return count;
}

std::size_t OpenSegments::remove_balanced(std::int64_t before_ms) {
  const auto files = list_segment_files(directory_);
  if (!files) return 0;
  std::size_t count = 0;
  for (const auto& file : *files) {
    if (file.balanced && file.changed_ms < before_ms && remove_segment(directory_, file.name)) ++count;
  }
  return count;
}

std::size_t OpenSegments::unbalanced() const noexcept {
  std::size_t count = 0;
  for (const auto& [number, open] : open_) count += std::size_t{open.closed};
  return count;
}

}  // namespace acq::journal
