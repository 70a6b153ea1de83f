#include "tests/support/case_folder.hpp"

#define CATCH_CONFIG_EXTERNAL_INTERFACES  // the listener
#include <catch2/catch.hpp>
#include <iostream>
#include <memory>

#include "common/runtime/log.hpp"
#include "tests/support/settings.hpp"

namespace acq::test {
namespace {

std::unique_ptr<Folder> folder;

std::string base() {
  return settings().local + "/it";
}

void print_logs() {
  constexpr std::size_t lines = 15;
  for (const auto& path : files_in(folder->path())) {
    if (!path.ends_with(".log")) continue;
    const auto tail = last_lines(path, lines);
    if (!tail.empty()) std::cout << "--- end of " << path << "\n" << tail << "\n";
  }
  std::cout << "--- kept: " << folder->path() << std::endl;
}

class CaseFolders : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  /// The drivers that the tests share with the programs say what the programs' own logs say better.
  void testRunStarting(const Catch::TestRunInfo&) override { runtime::log_start("acq-tests-integration", "error"); }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (!folder) return;
    if (!stats.totals.assertions.allOk()) {
      print_logs();
      folder->keep();
    }
    folder.reset();
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(CaseFolders)

const Folder& case_folder() {
  if (!folder) folder = std::make_unique<Folder>(base() + "/" + random_name());
  return *folder;
}

}  // namespace acq::test
