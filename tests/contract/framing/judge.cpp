// One rule for every reader: what was served, how it was refused, and that nothing follows a refusal.
#include "tests/contract/framing/runner.hpp"

namespace acq::test {
namespace {

std::string list(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word.substr(0, 60);
  return "[" + all + "]";
}

}  // namespace

std::string difference(const FramingCase& expected, const Understood& got) {
  auto served = expected.served;
  if (expected.status == 0) served.emplace_back("GET /canary 0");
  if (got.served != served) return "served " + list(got.served) + " instead of " + list(served);
  const std::size_t answers = served.size() + (expected.status == 0 ? 0 : 1);
  if (got.statuses.size() != answers) return std::to_string(got.statuses.size()) + " answers";
  for (std::size_t i = 0; i < served.size(); ++i) {
    if (got.statuses[i] != 200) return "answer " + std::to_string(i) + " is " + std::to_string(got.statuses[i]);
  }
  if (!got.closed) return "the connection was left open";
  if (expected.status == 0) return {};
  if (got.statuses.back() != expected.status) return "refused with " + std::to_string(got.statuses.back());
  if (got.code != expected.code) return "refused as " + got.code;
  return {};
}

}  // namespace acq::test
