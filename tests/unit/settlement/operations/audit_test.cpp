// The chain of audit entries: a changed, missing, moved or unchained entry is found where it is.
#include "settlement/operations/audit.hpp"

#include <catch2/catch.hpp>

using namespace acq::settlement::operations;

namespace {

AuditEntry entry(std::int64_t number) {
  return {1'800'000'000'000 + number, "alice", "replay", "pay_" + std::to_string(number), "log 0:1", "a reason"};
}

std::vector<StoredAuditEntry> chain_of(std::int64_t count) {
  std::vector<StoredAuditEntry> all;
  AuditHash previous{};
  for (std::int64_t i = 1; i <= count; ++i) {
    previous = chain(previous, entry(i));
    all.push_back({i, entry(i), previous});
  }
  return all;
}

/// The ids of the entries that do not fit.
std::vector<std::int64_t> faults_of(const std::vector<StoredAuditEntry>& all, AuditHash* end = nullptr) {
  AuditWalk walk;
  std::vector<std::int64_t> faults;
  for (const auto& stored : all) {
    if (const auto fault = step(walk, stored)) faults.push_back(fault->audit_id);
  }
  if (end != nullptr) *end = walk.hash;
  return faults;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("A chain that nobody touched has no fault and ends at its head") {
  const auto all = chain_of(5);
  AuditHash end{};
  CHECK(faults_of(all, &end) == Ids{});
  CHECK(end == *all.back().hash);
}

TEST_CASE("Entries from before the chain are passed over, and none may follow it") {
  auto all = chain_of(3);
  all.insert(all.begin(), {0, entry(0), std::nullopt});
  CHECK(faults_of(all) == Ids{});
  all.push_back({9, entry(9), std::nullopt});
  CHECK(faults_of(all) == Ids{9});
}

TEST_CASE("Every field of an entry is covered by its hash") {
  for (int field = 0; field < 6; ++field) {
    auto all = chain_of(4);
    auto& changed = all[1].entry;
    if (field == 0) ++changed.at_ms;
    if (field == 1) changed.operator_name = "bob";
    if (field == 2) changed.act = "look";
    if (field == 3) changed.subject = "pay_9";
    if (field == 4) changed.detail = "log 0:2";
    if (field == 5) changed.reason = "another reason";
    INFO("field " << field);
    CHECK(faults_of(all) == Ids{2});
  }
}

TEST_CASE("A missing entry, two that changed places and a shifted field boundary are found") {
  auto missing = chain_of(4);
  missing.erase(missing.begin() + 1);
  CHECK(faults_of(missing) == Ids{3});

  auto swapped = chain_of(4);
  std::swap(swapped[1].entry, swapped[2].entry);
  CHECK(faults_of(swapped) == Ids{2, 3});

  auto shifted = entry(1);
  shifted.act = "repla";
  shifted.subject = "y" + shifted.subject;
  CHECK(chain({}, shifted) != chain({}, entry(1)));
}

TEST_CASE("A missing last entry shows at the head") {
  auto all = chain_of(4);
  const auto head = *all.back().hash;
  all.pop_back();
  AuditHash end{};
  CHECK(faults_of(all, &end) == Ids{});
  CHECK(end != head);
}
