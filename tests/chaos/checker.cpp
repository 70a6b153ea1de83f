#include "tests/chaos/checker.hpp"

#include "tests/support/await.hpp"

namespace acq::test {

std::vector<Violation> check(System& system, const Shop& shop, std::int64_t within_ms, const Expected& expected) {
  std::string unsettled;
  comes_true(within_ms, [&] { return (unsettled = system.unsettled()).empty(); });
  Facts facts = gather(system, shop.promises(), expected.account_for);
  facts.unsettled = std::move(unsettled);
  return judge(facts, expected);
}

}  // namespace acq::test
