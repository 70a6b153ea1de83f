#include "common/runtime/command_line.hpp"

#include <fmt/format.h>

#include <boost/version.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "common/runtime/config.hpp"

namespace acq::runtime {
namespace {

/// The value of `flag` in either spelling, "--flag VALUE" or "--flag=VALUE"; moves `at` past it.
std::optional<std::string> value_of_flag(const std::vector<std::string>& arguments, std::size_t& at,
                                         std::string_view flag) {
  const std::string_view argument = arguments[at];
  if (argument == flag) {
    if (at + 1 == arguments.size()) throw StartError(2, fmt::format("{} needs a value behind it.", flag));
    return arguments[++at];
  }
  if (argument.starts_with(flag) && argument.substr(flag.size()).starts_with('=')) {
    return std::string(argument.substr(flag.size() + 1));
  }
  return std::nullopt;
}

std::optional<DaemonWish> wish_of(std::string_view argument) {
  if (argument == "--check-config") return DaemonWish::check_config;
  if (argument == "--help" || argument == "-h") return DaemonWish::help;
  if (argument == "--help-config" || argument == "help-config") return DaemonWish::help_config;
  if (argument == "--version") return DaemonWish::version;
  return std::nullopt;
}

[[noreturn]] void print_and_exit(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  std::exit(0);  // NOLINT(concurrency-mt-unsafe): called before any thread is started
}

std::string help_text(std::string_view program, std::string_view summary, bool acts) {
  return fmt::format(
      "{0}: {1}\n\n"
      "Usage: {0} {2}--config FILE [--set section.key=value]…\n\n"
      "  --config FILE            the TOML file\n"
      "  --set section.key=value  over the environment (ACQ_SECTION__KEY), which goes over the file\n"
      "  --check-config           print every effective value and where it came from\n"
      "  help-config              print a commented example of the file\n"
      "  --version                print the version and the libraries\n\n"
      "Exit: 0 done, 2 bad usage or configuration, 3 a dependency is away.\n",
      program, summary, acts ? "[ACT] " : "");
}

}  // namespace

DaemonCommand parse_daemon_command(const std::vector<std::string>& arguments, std::string_view program) {
  DaemonCommand command;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    if (auto file = value_of_flag(arguments, at, "--config")) {
      if (!command.config_file.empty()) throw StartError(2, "--config was given twice; one file is read.");
      command.config_file = std::move(*file);
    } else if (auto set = value_of_flag(arguments, at, "--set")) {
      command.sets.push_back(std::move(*set));
    } else if (const auto wish = wish_of(arguments[at])) {
      command.wish = *wish;
    } else if (arguments[at].starts_with('-')) {
      throw StartError(2, fmt::format("{0} has no flag {1}: see {0} --help.", program, arguments[at]));
    } else {
      command.positionals.push_back(arguments[at]);
    }
  }
  return command;
}

Config load_for_daemon(int argc, char** argv, std::string_view program, std::string_view summary,
                       std::span<const ConfigKey> keys, std::vector<std::string>* positionals,
                       std::string_view libraries) {
  DaemonCommand command = parse_daemon_command(
      argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>(), program);
  switch (command.wish) {
    case DaemonWish::help:
      print_and_exit(help_text(program, summary, positionals != nullptr));
    case DaemonWish::help_config:
      print_and_exit(example_toml(program, summary, keys));
    case DaemonWish::version:
      print_and_exit(version_line(program, libraries) + "\n");
    case DaemonWish::run:
    case DaemonWish::check_config:
      break;
  }
  if (positionals == nullptr && !command.positionals.empty()) {
    throw StartError(
        2, fmt::format("{0} takes flags only, not \"{1}\": see {0} --help.", program, command.positionals.front()));
  }
  Config config = Config::load(keys, command.config_file, command.sets);
  if (command.wish == DaemonWish::check_config) print_and_exit(config.describe());
  if (positionals != nullptr) *positionals = std::move(command.positionals);
  return config;
}

std::string version_line(std::string_view program, std::string_view libraries) {
  return fmt::format("{} {} (Boost {}.{}.{}{}{})", program, ACQ_VERSION, BOOST_VERSION / 100000,
                     BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, libraries.empty() ? "" : ", ", libraries);
}

}  // namespace acq::runtime
