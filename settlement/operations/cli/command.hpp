// What every command of `acq` shares: exit codes, the operator port, and how a command is hung into the tree. A command
// parses, asks the port, shows the answer; every act and look-up is acq-settlement's.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/codec/json_document.hpp"

namespace acq::cli {

enum Exit : int { done = 0, differs = 1, usage = 2, dependency_away = 3 };

/// Ends the command with this code and sentence on stderr.
struct Failed : std::runtime_error {
  int code;
  Failed(int exit_code, const std::string& sentence) : std::runtime_error(sentence), code(exit_code) {}
};

/// The tree under construction: the command that was named sets `chosen`.
struct Tree {
  CLI::App& app;
  std::function<int()> chosen{};
};
void add_merchant(Tree& tree);
void add_stuck(Tree& tree);
void add_payment(Tree& tree);
void add_dead_letter(Tree& tree);
void add_replay(Tree& tree);
void add_incident(Tree& tree);
void add_account_for(Tree& tree);
void add_doctor(Tree& tree);
void add_audit(Tree& tree);

/// An environment variable that `.local/env` sets. Failed (2) naming it when it is not set.
std::string variable(const char* name);
/// Empty when it is not set.
std::string variable_or_empty(const char* name);

struct Reply {
  codec::JsonValue json;
  std::string raw;
};
/// The operator port, under the personal token. Failed: 3 when it or what it needs is away, 2 when the token or an
/// argument is wrong, 1 when it refuses.
Reply ask_port(const std::string& method, const std::string& path, const std::string& body = {});

/// --json, --apply and --reason, as the commands have them.
struct ActOptions {
  bool apply = false;
  std::string reason;
};
void add_json(CLI::App& command, bool& json);
void add_act(CLI::App& command, ActOptions& act);
/// Before anything is sent: --apply needs a reason of 1 to 512 characters. Failed (2).
void require_reason(const ActOptions& act);
/// "apply" and "reason" into the request's object.
void write_act(codec::JsonWriter& writer, const ActOptions& act);

/// "60s" and the like. Failed (2) naming the option.
std::int64_t duration_ms(const std::string& option, const std::string& text);

}  // namespace acq::cli
