// What witnesses together say of each intent id (P5): the fold of offers and their ends over any number of segments and
// gateways, in any order. Pure; `account-for`, replay and the gateway's own balance share it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "common/journal/record.hpp"

namespace acq::journal {

using RawId = std::array<std::uint8_t, 16>;

struct HashRawId {
  std::size_t operator()(const RawId& id) const noexcept;
};

/// One end over all offers of an id.
enum class OfferFate : std::uint8_t {
  persisted,  ///< the log has it at least once
  refused,    ///< every offer was refused: it is on no log, and must never be replayed
  unknown,    ///< neither is known: the log may have it
};

/// All offers of one intent id. Every time is of a gateway's clock.
struct Offer {
  std::int64_t first_offered_ms = 0;  ///< 0: only ends have been seen, their offer lies in a segment not added
  std::int64_t last_offered_ms = 0;
  std::int64_t first_refused_ms = 0;
  std::int64_t last_refused_ms = 0;
  std::int32_t partition = 0;
  std::uint32_t segment = 0;  ///< as given to add(), of the first `offered` record that was added
  std::uint16_t offers = 0;
  std::uint16_t refusals = 0;
  bool persisted = false;

  OfferFate fate() const noexcept;
  /// Nothing of it can reach the log any more, whatever was reported: the last offer's window is over (P5, P7).
  bool window_over(std::int64_t now_ms) const noexcept;
};

/// By distinct intent id, never by record (P5).
struct OfferTotals {
  std::size_t offered = 0;
  std::size_t refused = 0;
  std::size_t persisted = 0;
  std::size_t unknown = 0;
};

class OfferLedger {
 public:
  /// `segment` is the caller's number of where the record was read. The same record read twice counts once: a failed
  /// write is repeated in the next segment. Two offers of one id are at least a reservation's deadline apart (P2), so
  /// an equal time means the same record; of more than two offers only the first and the last are told apart, and
  /// what is then counted too often is an offer, which makes "refused" less likely and nothing else.
  void add(const Record& record, std::uint32_t segment = 0);

  const Offer* find(const RawId& id) const;
  /// False when it is not there.
  bool erase(const RawId& id) { return offers_.erase(id) == 1; }
  std::size_t size() const noexcept { return offers_.size(); }
  /// In no order.
  void each(const std::function<void(const RawId&, const Offer&)>& visit) const;
  /// Of the ids first offered from `from_ms` on and before `to_ms`.
  OfferTotals totals(std::int64_t from_ms = INT64_MIN, std::int64_t to_ms = INT64_MAX) const;

 private:
  std::unordered_map<RawId, Offer, HashRawId> offers_;
};

}  // namespace acq::journal
