// The segments of a directory that are not balanced yet, and the ids in them that are not accounted for. Each byte is
// read once; of a closed segment only its open ids stay in memory. One thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/journal/archive.hpp"
#include "common/journal/offers.hpp"
#include "common/limits.hpp"

namespace acq::journal {

class OpenSegments {
 public:
  /// `current` tells the segment that is written now (Journal::current_segment).
  OpenSegments(std::string directory, std::function<std::string()> current,
               std::size_t ids_max = limits::witness_open_ids_max);

  /// Lists the directory and reads what is new. False when `ids_max` open ids left something unread: account for some
  /// and call again. Errc::journal_failed when the directory cannot be listed.
  Result<bool> read_new();

  /// The open ids. An end is added only to an offer that is there: others belong to ids that were settled.
  const OfferLedger& ledger() const noexcept { return ledger_; }
  /// The id is accounted for. An offer of it that is read later opens it again.
  void settle(const RawId& id);
  /// The `offered` records of these ids, read again from the segment that holds the first of each.
  void reread(const std::set<RawId>& ids, const std::function<void(const Record&)>& each) const;

  /// Marks what is closed, undamaged, read to its end and without an open id. How many that were.
  std::size_t mark_balanced();
  /// Removes what is balanced and was last written before `before_ms`. How many that were.
  std::size_t remove_balanced(std::int64_t before_ms);
  /// Closed and not balanced, after read_new() and mark_balanced().
  std::size_t unbalanced() const noexcept;

 private:
  struct Open {
    std::string name;
    std::size_t offset = 0;
    std::size_t ids = 0;  ///< open ones first offered here
    bool closed = false;
    bool read = false;  ///< to the end that it had when it was listed last
    bool damaged = false;
  };
  void list(const std::vector<SegmentFile>& files);
  bool is_closed(const SegmentFile& file, const std::string& current) const;
  bool read_on(std::uint32_t number, Open& open);
  void add(const Record& record, std::uint32_t number);

  const std::string directory_;
  const std::function<std::string()> current_;
  const std::size_t ids_max_;
  OfferLedger ledger_;
  std::uint32_t last_number_ = 0;
  std::map<std::uint32_t, Open> open_;  ///< by number: the order of their names
  std::map<std::string, std::uint32_t> numbers_;
};

}  // namespace acq::journal
