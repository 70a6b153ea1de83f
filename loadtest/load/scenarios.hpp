// The subcommands of acq-load. Each registers its options and, when parsed, leaves its run in `chosen`.
#pragma once
#include <functional>

namespace CLI {
class App;
}

namespace acq::load {

/// Runs the chosen scenario: 0 done, 1 differences found, 2 bad usage, 3 a dependency is away. May throw StartError.
using Chosen = std::function<int()>;

void add_pay(CLI::App& app, Chosen& chosen);
void add_receive(CLI::App& app, Chosen& chosen);
void add_flash_sale(CLI::App& app, Chosen& chosen);
void add_retry_storm(CLI::App& app, Chosen& chosen);

}  // namespace acq::load
