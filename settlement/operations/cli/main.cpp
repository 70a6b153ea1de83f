// acq: the bank operator's command line. A thin face: every act and look-up goes through the operator port, under a
// personal token. Data on stdout, talk on stderr.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "common/runtime/config.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace {

/// Every request is one act of the port, done or not; nothing here needs an orderly end but the terminal's line.
void interrupted(int) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, "\n", 1);
  _exit(130);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace acq;
  std::signal(SIGINT, interrupted);
  CLI::App app(
      "acq: the bank operator's command line\n"
      "exit codes: 0 done, 1 differences found or refused, 2 usage or configuration, 3 a dependency is away, 130 ^C\n"
      "environment: ACQ_OPERATOR_URL, ACQ_OPERATOR_TOKEN_FILE, ACQ_GATEWAY_ADMIN_URLS, NO_COLOR");
  app.set_version_flag("--version", runtime::version_line("acq"));
  app.require_subcommand(1);
  cli::Tree tree{app};
  cli::add_stuck(tree);
  cli::add_payment(tree);
  cli::add_dead_letter(tree);
  cli::add_replay(tree);
  cli::add_incident(tree);
  cli::add_account_for(tree);
  cli::add_doctor(tree);
  cli::add_audit(tree);
  cli::add_merchant(tree);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    return shown == 0 ? cli::done : cli::usage;
  }
  try {
    return tree.chosen();
  } catch (const cli::Failed& failed) {
    cli::say(failed.what());
    return failed.code;
  } catch (const StartError& error) {
    cli::say(error.what());
    return error.exit_code;
  } catch (const std::exception& error) {
    cli::say(error.what());
    return cli::dependency_away;
  }
}
