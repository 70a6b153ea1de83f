// acq-load: a merchant. One signed payment by hand, a callback receiver, or a load with an audit of every 2xx.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/error/result.hpp"
#include "common/runtime/config.hpp"
#include "loadtest/load/scenarios.hpp"

int main(int argc, char** argv) {
  CLI::App app{"acq-load: a merchant, for trying the system and for loading it. Reads the variables of .local/env."};
  app.set_version_flag("--version", acq::runtime::version_line("acq-load"));
  app.require_subcommand(1);
  acq::load::Chosen chosen;
  acq::load::add_pay(app, chosen);
  acq::load::add_receive(app, chosen);
  acq::load::add_flash_sale(app, chosen);
  acq::load::add_retry_storm(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return chosen();
  } catch (const acq::StartError& error) {
    std::fprintf(stderr, "acq-load: %s\n", error.what());
    return error.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "acq-load: %s\n", error.what());
    return 3;
  }
}
