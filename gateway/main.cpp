// acq-gateway: the merchant API. Reads the configuration, runs the App until a signal, says in one sentence why not.
#include <cstdio>
#include <exception>

#include "common/faults/fault_points.hpp"
#include "common/runtime/config.hpp"
#include "common/runtime/core_pool.hpp"
#include "common/runtime/log.hpp"
#include "gateway/app.hpp"
#include "gateway/settings.hpp"

int main(int argc, char** argv) {
  using namespace acq;
  try {
    runtime::block_stop_signals();
    runtime::block_reload_signal();
    const auto config = runtime::load_for_daemon(
        argc, argv, "acq-gateway", "the merchant API: accepts signed payments onto the log", gateway::config_keys());
    const auto settings = gateway::settings_from(config);
    runtime::log_start("acq-gateway", settings.log_level);
    faults::arm();
    gateway::App app(settings);
    app.run();
    runtime::log_flush();
    return 0;
  } catch (const StartError& error) {
    std::fprintf(stderr, "acq-gateway: %s\n", error.what());
    runtime::log_flush();
    return error.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "acq-gateway: %s\n", error.what());
    runtime::log_flush();
    return 3;
  }
}
