// acq doctor: every dependency, and what mends it.
#include <cstdio>

#include "common/http/client.hpp"
#include "common/runtime/config.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"
#include "settlement/operations/cli/witness.hpp"
#include "settlement/operations/times.hpp"

namespace acq::cli {
namespace {

struct Line {
  std::string name;
  std::string health;  ///< ok, WARN, FAIL
  std::string detail;
  std::string fix;
};

struct Options {
  WitnessOptions witness;
  bool json = false;
};

void ask_settlement(std::vector<Line>& lines) {
  try {
    const auto reply = ask_port("GET", "/doctor");
    const auto* checks = reply.json.find("checks");
    if (checks == nullptr || checks->array() == nullptr) return;
    for (const auto& one : *checks->array()) {
      lines.push_back(
          {text_of(one, "name"), text_of(one, "health"), text_of(one, "detail"), std::string(one.string_or("fix"))});
    }
  } catch (const Failed& failed) {
    if (failed.code == usage) throw;
    lines.push_back({"acq-settlement", "FAIL", failed.what(), "start it: ./dev status, ./dev restart settlement-1"});
  }
}

/// The value of a metric without labels; -1 when there is none.
double metric(const std::string& text, const std::string& name) {
  for (std::size_t from = 0; from < text.size();) {
    const auto to = std::min(text.find('\n', from), text.size());
    const auto line = text.substr(from, to - from);
    if (line.starts_with(name + " ")) return std::atof(line.c_str() + name.size() + 1);
    from = to + 1;
  }
  return -1;
}

void ask_gateway(std::vector<Line>& lines, const std::string& url) {
  const auto name = "gateway " + url.substr(url.find("//") == std::string::npos ? 0 : url.find("//") + 2);
  const auto get = [&](const std::string& path) {
    http::ClientRequest request;
    request.url = url + path;
    request.answer_bytes_max = 4 * 1024 * 1024;
    return http::send_blocking(request);
  };
  const auto ready = get("/readyz");
  if (!ready) {
    lines.push_back({name, "FAIL", "its admin port does not answer", "start it: ./dev status"});
    return;
  }
  const auto json = codec::parse_json(ready->body);
  const auto* dependencies = json ? json->find("dependencies") : nullptr;
  if (dependencies == nullptr || dependencies->array() == nullptr) {
    lines.push_back({name, "FAIL", "answers, but is no gateway's admin port", "correct ACQ_GATEWAY_ADMIN_URLS"});
    return;
  }
  lines.push_back({name, ready->status == 200 ? "ok" : "FAIL", ready->status == 200 ? "ready" : "not ready",
                   ready->status == 200 ? "" : "see the lines below"});
  for (const auto& one : *dependencies->array()) {
    const bool fine = text_of(one, "ok") == "yes";
    const bool needed = text_of(one, "needed") == "yes";
    if (fine) continue;
    lines.push_back({name + " " + text_of(one, "name"), needed ? "FAIL" : "WARN",
                     needed ? "away: the gateway admits nothing" : "away: slower, not wrong",
                     "start it, or look into the gateway's log"});
  }
  const auto metrics = get("/metrics");
  const double age = metrics ? metric(metrics->body, "acq_witness_last_balance_age_seconds") : -1;
  constexpr double age_warned_s = 180;  // balanced every minute
  if (age < 0) {
    lines.push_back({name + " witness", "WARN", "does not say when it was last balanced", "acq account-for"});
  } else {
    const bool late = age > age_warned_s;
    lines.push_back({name + " witness", late ? "WARN" : "ok",
                     "balanced " + settlement::operations::age_text(static_cast<std::int64_t>(age * 1000)) + " ago",
                     late ? "acq account-for" : ""});
  }
  const double unaccounted = metrics ? metric(metrics->body, "acq_witness_unaccounted") : -1;
  if (unaccounted > 0) {
    lines.push_back({name + " unaccounted", "FAIL",
                     std::to_string(static_cast<std::int64_t>(unaccounted)) + " intents are neither refused nor stored",
                     "acq account-for, then acq replay --from-witness"});
  }
}

int doctor(const Options& options) {
  std::vector<Line> lines{{"acq", "ok", runtime::version_line("acq"), ""}};
  ask_settlement(lines);
  const auto urls = gateway_urls(options.witness);
  for (const auto& url : urls) ask_gateway(lines, url);
  if (urls.empty()) {
    lines.push_back({"gateways", "WARN", "none is named", "--gateway URL, or ACQ_GATEWAY_ADMIN_URLS"});
  }
  // One version everywhere: "acq-settlement 1.2 (…)" against "acq 1.2 (…)".
  const auto version = [](const std::string& line) { return line.substr(std::min(line.find(' '), line.size())); };
  for (auto& line : lines) {
    if (line.name != "acq-settlement" || line.health != "ok" || version(line.detail) == version(lines[0].detail))
      continue;
    line.health = "WARN";
    line.fix = "acq is of another version: use the one that was built with it";
  }
  bool failed = false;
  for (const auto& line : lines) failed = failed || line.health == "FAIL";
  if (options.json) {
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object().member("healthy", !failed).key("checks").begin_array();
    for (const auto& line : lines) {
      writer.begin_object()
          .member("name", std::string_view(line.name))
          .member("health", std::string_view(line.health))
          .member("detail", std::string_view(line.detail))
          .member("fix", std::string_view(line.fix))
          .end_object();
    }
    writer.end_array().end_object();
    std::printf("%s\n", out.c_str());
  } else {
    for (const auto& line : lines) {
      const auto ink = line.health == "ok" ? Ink::green : line.health == "WARN" ? Ink::yellow : Ink::red;
      std::printf("%s  %-24s %s\n", paint(ink, line.health == "ok" ? "ok  " : line.health).c_str(), line.name.c_str(),
                  line.detail.c_str());
      if (!line.fix.empty()) std::printf("%32s%s\n", "-> ", line.fix.c_str());
    }
  }
  return failed ? differs : done;
}

}  // namespace

void add_doctor(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* command = tree.app.add_subcommand("doctor", "looks at every dependency; each line says what mends it");
  command->add_option("--gateway", options->witness.gateways,
                      "admin URL of a gateway, repeatable; else ACQ_GATEWAY_ADMIN_URLS (commas), else ACQ_ADMIN_URL");
  add_json(*command, options->json);
  command->callback([&tree, options] { tree.chosen = [options] { return doctor(*options); }; });
}

}  // namespace acq::cli
