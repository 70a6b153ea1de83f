// acq: the bank operator's command line. A thin face: every act goes through the operator port, under a personal token.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "common/codec/api_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/http/client.hpp"
#include "common/runtime/config.hpp"

namespace {

using namespace acq;

enum Exit : int { done = 0, refused = 1, usage = 2, dependency_away = 3 };

/// The environment that ./dev writes to .local/env.
std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread, nobody sets it
  if (value == nullptr || *value == '\0')
    throw StartError(usage, std::string(name) + " is not set: `source .local/env`, or set it");
  return value;
}

/// POST to the operator port. Prints why not on stderr.
int post(const std::string& path, const std::string& body, codec::JsonValue& answer, std::string& raw) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = variable("ACQ_OPERATOR_URL") + path;
  request.body = body;
  request.timeout_ms = 10'000;
  request.answer_bytes_max = 1024 * 1024;
  request.headers = {
      {"Authorization", "Bearer " + runtime::read_secret_file(variable("ACQ_OPERATOR_TOKEN_FILE"),
                                                              "the operator token (ACQ_OPERATOR_TOKEN_FILE)")}};
  const auto sent = http::send_blocking(request);
  if (!sent) {
    std::fprintf(stderr,
                 "acq: the operator port does not answer: is acq-settlement running, and ACQ_OPERATOR_URL right?\n");
    return dependency_away;
  }
  auto parsed = codec::parse_json(sent->body);
  if (sent->status == 201 && parsed) {
    answer = std::move(*parsed);
    raw = sent->body;
    return done;
  }
  std::fprintf(stderr, "acq: refused (%d): %s\n", sent->status, sent->body.c_str());
  return sent->status == 503 ? dependency_away : refused;
}

void print_member(const codec::JsonValue& answer, const char* name) {
  std::printf("%-15s %s\n", name, std::string(answer.string_or(name)).c_str());
}

int print(const codec::JsonValue& answer, const std::string& raw, bool json, std::initializer_list<const char*> names) {
  if (json) {
    std::printf("%s\n", raw.c_str());
    return done;
  }
  for (const auto* name : names) print_member(answer, name);
  std::fprintf(stderr, "Secrets are shown this once: keep them now.\n");
  return done;
}

int create_merchant(const std::string& name, const std::string& currency, bool json) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object()
      .member("name", std::string_view(name))
      .member("currency", std::string_view(currency))
      .end_object();
  codec::JsonValue answer;
  std::string raw;
  if (const int code = post("/operator/v1/merchants", body, answer, raw); code != done) return code;
  return print(answer, raw, json, {"merchant_id", "key_id", "key_secret", "webhook_secret"});
}

int add_key(const std::string& merchant, bool json) {
  codec::JsonValue answer;
  std::string raw;
  if (const int code = post("/operator/v1/merchants/" + merchant + "/keys", "{}", answer, raw); code != done)
    return code;
  return print(answer, raw, json, {"key_id", "key_secret"});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("acq: the bank operator's command line (exit 0 done, 1 refused, 2 usage, 3 a dependency is away)");
  app.set_version_flag("--version", runtime::version_line("acq"));
  app.require_subcommand(1);
  std::string name;
  std::string currency = "CNY";
  std::string merchant;
  bool json = false;
  auto* merchants = app.add_subcommand("merchant", "merchants and their keys")->require_subcommand(1);
  auto* create = merchants->add_subcommand("create", "a new merchant, with its first key and callback secret");
  create->add_option("NAME", name, "1 to 128 bytes")->required();
  create->add_option("--currency", currency, "ISO 4217")->capture_default_str();
  create->add_flag("--json", json, "one JSON object on stdout");
  auto* keys = merchants->add_subcommand("key", "signing keys")->require_subcommand(1);
  auto* add = keys->add_subcommand("add", "a second live key, for rotation");
  add->add_option("MERCHANT_ID", merchant, "mer_…")->required();
  add->add_flag("--json", json, "one JSON object on stdout");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    return shown == 0 ? done : usage;
  }
  try {
    if (create->parsed()) return create_merchant(name, currency, json);
    return add_key(merchant, json);
  } catch (const StartError& error) {
    std::fprintf(stderr, "acq: %s\n", error.what());
    return error.exit_code;
  }
}
