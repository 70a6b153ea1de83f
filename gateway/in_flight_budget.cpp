#include "gateway/in_flight_budget.hpp"

#include <algorithm>
#include <numeric>

namespace acq::gateway {
namespace {

constexpr std::size_t index_of(WorkKind kind) {
  return static_cast<std::size_t>(kind);
}

}  // namespace

std::size_t CoreLoad::total() const noexcept {
  std::size_t sum = 0;
  for (const auto& count : in_flight) sum += count.load(std::memory_order_relaxed);
  return sum;
}

std::size_t GatewayLoad::in_flight() const noexcept {
  std::size_t sum = 0;
  for (const auto& load : loads_) sum += load.total();
  return sum;
}

std::size_t GatewayLoad::in_flight(WorkKind kind) const noexcept {
  std::size_t sum = 0;
  for (const auto& load : loads_) sum += load.in_flight[index_of(kind)].load(std::memory_order_relaxed);
  return sum;
}

std::size_t GatewayLoad::cores_not_reading() const noexcept {
  return static_cast<std::size_t>(std::count_if(loads_.begin(), loads_.end(), [](const CoreLoad& load) {
    return !load.reading.load(std::memory_order_relaxed);
  }));
}

InFlightBudget::InFlightBudget(GatewayLoad& gateway, std::size_t core, std::size_t reserved_percent)
    : gateway_(gateway), own_(gateway.of(core)), part_(gateway.in_flight_max() / gateway.cores()) {
  const std::size_t reserve = (part_ * reserved_percent + 99) / 100;
  for (const auto kind : {WorkKind::query, WorkKind::change, WorkKind::notification}) {
    reserved_[index_of(kind)] = reserve;
  }
  reserved_[index_of(WorkKind::create)] = 3 * reserve;
  const std::size_t kept = std::accumulate(reserved_.begin(), reserved_.end(), std::size_t{0});
  shared_max_ = part_ - std::min(part_, kept);
}

std::size_t InFlightBudget::count(WorkKind kind) const noexcept {
  return own_.in_flight[index_of(kind)].load(std::memory_order_relaxed);
}

std::size_t InFlightBudget::unused_by_others() const noexcept {
  const std::size_t theirs = part_ * (gateway_.cores() - 1);
  const std::size_t used = gateway_.in_flight() - own_.total();
  return theirs - std::min(theirs, used);
}

bool InFlightBudget::has_room(WorkKind kind) const noexcept {
  if (count(kind) < reserved_[index_of(kind)]) return true;
  if (kind == WorkKind::signature_check) return !crowded();
  if (shared_used_ < shared_max_) return true;
  return shared_used_ < shared_max_ + std::min(part_, unused_by_others());
}

void InFlightBudget::take(WorkKind kind) noexcept {
  const auto now = count(kind);
  if (now >= reserved_[index_of(kind)]) ++shared_used_;
  own_.in_flight[index_of(kind)].store(static_cast<std::uint32_t>(now + 1), std::memory_order_relaxed);
}

void InFlightBudget::give_back(WorkKind kind) noexcept {
  const auto now = count(kind);
  if (now > reserved_[index_of(kind)]) --shared_used_;
  own_.in_flight[index_of(kind)].store(static_cast<std::uint32_t>(now - 1), std::memory_order_relaxed);
}

}  // namespace acq::gateway
