#include "settlement/operations/cli/command.hpp"

#include <cstdlib>

#include "common/http/client.hpp"
#include "common/runtime/config.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/times.hpp"

namespace acq::cli {
namespace {

/// A page of witnessed intents may wait for fifty reports of the log.
constexpr std::uint32_t port_timeout_ms = 120'000;
constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;
constexpr codec::JsonLimits answer_limits{limits::json_depth_max, limits::json_members_max, 100'000, 64 * 1024,
                                          answer_bytes_max};

std::string words_of(const codec::JsonValue& problem, const std::string& raw) {
  std::string words(problem.string_or("detail", problem.string_or("title")));
  for (const auto* name : {"errors", "faults"}) {
    const auto* list = problem.find(name);
    if (list == nullptr || list->array() == nullptr) continue;
    for (const auto& one : *list->array()) {
      words += " ";
      words += one.string_or("pointer");
      words += " ";
      words += one.string_or("code", one.string_or("detail"));
    }
  }
  return words.empty() ? "it answered: " + raw.substr(0, 300) : words;
}

}  // namespace

std::string variable_or_empty(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread, nobody sets it
  return value == nullptr ? std::string() : std::string(value);
}

std::string variable(const char* name) {
  auto value = variable_or_empty(name);
  if (value.empty()) throw Failed(usage, std::string(name) + " is not set: `source .local/env`, or set it");
  return value;
}

Reply ask_port(const std::string& method, const std::string& path, const std::string& body) {
  http::ClientRequest request;
  request.method = method;
  request.url = variable("ACQ_OPERATOR_URL") + "/operator/v1" + path;
  request.body = body;
  request.timeout_ms = port_timeout_ms;
  request.answer_bytes_max = answer_bytes_max;
  request.headers = {
      {"Authorization", "Bearer " + runtime::read_secret_file(variable("ACQ_OPERATOR_TOKEN_FILE"),
                                                              "operator token (ACQ_OPERATOR_TOKEN_FILE)")}};
  auto sent = http::send_blocking(request);
  if (!sent) {
    throw Failed(dependency_away,
                 "the operator port does not answer: is acq-settlement running, and ACQ_OPERATOR_URL right?");
  }
  auto parsed = codec::parse_json(sent->body, answer_limits);
  if (sent->status >= 200 && sent->status < 300) {
    if (!parsed) throw Failed(dependency_away, "the operator port's answer is not JSON: is ACQ_OPERATOR_URL right?");
    return {std::move(*parsed), std::move(sent->body)};
  }
  const auto words = words_of(parsed ? *parsed : codec::JsonValue(), sent->body);
  if (sent->status == 401) throw Failed(usage, "the token in ACQ_OPERATOR_TOKEN_FILE is not known: " + words);
  if (sent->status == 400 || sent->status == 422) throw Failed(usage, words);
  if (sent->status == 503) throw Failed(dependency_away, words);
  throw Failed(differs, words);
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "JSON on stdout");
}

void add_act(CLI::App& command, ActOptions& act) {
  command.add_flag("--apply", act.apply, "do it; without this, only show what would be done");
  command.add_option("--reason", act.reason, "why, for the audit: 1 to 512 characters; needed with --apply");
}

void require_reason(const ActOptions& act) {
  if (act.apply && act.reason.empty()) throw Failed(usage, "--apply needs --reason TEXT: the audit keeps it");
  if (!act.reason.empty() && !settlement::operations::is_reason(act.reason)) {
    throw Failed(usage, "--reason takes 1 to 512 characters, none of them a control character");
  }
}

void write_act(codec::JsonWriter& writer, const ActOptions& act) {
  writer.member("apply", act.apply);
  if (!act.reason.empty()) writer.member("reason", std::string_view(act.reason));
}

std::int64_t duration_ms(const std::string& option, const std::string& text) {
  const auto ms = settlement::operations::parse_duration_ms(text);
  if (!ms) throw Failed(usage, option + " takes a duration such as 90s, 15m, 2h or 3d, not '" + text + "'");
  return *ms;
}

}  // namespace acq::cli
