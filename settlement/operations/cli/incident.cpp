// acq incident: what stopped a partition or contradicts, and how an operator ends it.
#include <cstdio>

#include "common/runtime/clock.hpp"
#include "settlement/operations/cli/accounting.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {
namespace {

struct Options {
  std::int64_t id = 0;
  std::int64_t before = 0;
  std::int64_t limit = 100;
  bool all = false;
  bool skip_gap = false;
  bool json = false;
  WitnessOptions witness;
  ActOptions act;
};

int list(const Options& options) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("limit", options.limit).member("open", !options.all);
  if (options.before > 0) writer.member("before", options.before);
  writer.end_object();
  const auto reply = ask_port("POST", "/incidents/list", body);
  if (options.json) {
    std::printf("%s\n", reply.raw.c_str());
    return done;
  }
  const auto* incidents = reply.json.find("incidents");
  if (incidents == nullptr || incidents->array() == nullptr || incidents->array()->empty()) {
    say(options.all ? "no incidents" : "no open incidents (--all shows the resolved ones)");
    return done;
  }
  std::vector<Cells> rows;
  for (const auto& one : *incidents->array()) {
    rows.push_back({text_of(one, "incident_id"), text_of(one, "kind"), text_of(one, "partition"),
                    text_of(one, "from_offset"), text_of(one, "to_offset"), text_of(one, "payment_id"),
                    text_of(one, "stops_partition"), text_of(one, "opened_at"), text_of(one, "resolved_at"),
                    text_of(one, "detail")});
  }
  print_table({"ID", "KIND", "PARTITION", "FROM", "TO", "PAYMENT", "STOPS", "OPENED", "RESOLVED", "DETAIL"}, rows);
  return done;
}

Reply find(std::int64_t id) {
  std::string body;
  codec::JsonWriter(body).begin_object().member("incident_id", id).end_object();
  return ask_port("POST", "/incidents/show", body);
}

int show(const Options& options) {
  const auto reply = find(options.id);
  if (options.json)
    std::printf("%s\n", reply.raw.c_str());
  else
    print_members(reply.json);
  return done;
}

/// A gap is skipped only on the balance's word: every intent of that partition, the youngest too (P10).
void write_accounted(codec::JsonWriter& writer, const Options& options, const codec::JsonValue& incident) {
  if (incident.string_or("kind") != "gap" || options.skip_gap || !has_witness(options.witness)) return;
  if (text_of(incident, "resolved_at") != "-") return;
  const auto now = runtime::unix_ms();
  const auto accounting = account(options.witness, {0, now}, now);
  const auto found = accounting.unaccounted.find(static_cast<std::int32_t>(incident.integer_or("partition", -1)));
  const std::int64_t missing = found == accounting.unaccounted.end() ? 0 : found->second;
  if (missing > 0) say(std::to_string(missing) + " intents of the partition are not accounted for: acq account-for");
  if (accounting.reading.damaged_bytes > 0) {
    throw Failed(differs, "the witness is damaged: what stood there is not known; --skip-gap goes on without it");
  }
  writer.key("accounted")
      .begin_object()
      .member("digest", std::string_view(settlement::operations::digest_of(accounting.balance)))
      .member("missing", missing)
      .end_object();
}

int resolve(const Options& options) {
  require_reason(options.act);
  const auto incident = find(options.id);
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("incident_id", options.id).member("skip_gap", options.skip_gap);
  write_act(writer, options.act);
  write_accounted(writer, options, incident.json);
  writer.end_object();
  const auto reply = ask_port("POST", "/incidents/resolve", body);
  if (options.json) {
    std::printf("%s\n", reply.raw.c_str());
  } else {
    if (const auto* shown = reply.json.find("incident"); shown != nullptr) print_members(*shown);
    if (const auto* restart = reply.json.find("restart"); restart != nullptr) {
      std::printf("\n%s\n", paint(Ink::bold, "restart").c_str());
      print_members(*restart);
    }
  }
  if (text_of(reply.json, "already_resolved") == "yes") {
    say("it was resolved before; nothing was changed");
  } else if (!options.act.apply) {
    say("a preview: nothing was changed; --apply --reason TEXT does it");
  } else if (reply.json.find("restart") != nullptr) {
    say("the partition goes on within seconds; then: acq account-for");
  }
  return done;
}

}  // namespace

void add_incident(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* incidents = tree.app.add_subcommand("incident", "what needs an operator's decision")->require_subcommand(1);
  auto* listed = incidents->add_subcommand("list", "newest first; the open ones");
  listed->add_flag("--all", options->all, "the resolved ones too");
  listed->add_option("--limit", options->limit, "1 to 500")->capture_default_str()->check(CLI::Range(1, 500));
  listed->add_option("--before", options->before, "older than this ID")->check(CLI::PositiveNumber);
  add_json(*listed, options->json);
  listed->callback([&tree, options] { tree.chosen = [options] { return list(*options); }; });

  auto* shown = incidents->add_subcommand("show", "one of them");
  shown->add_option("ID", options->id, "its number")->required()->check(CLI::PositiveNumber);
  add_json(*shown, options->json);
  shown->callback([&tree, options] { tree.chosen = [options] { return show(*options); }; });

  auto* resolved = incidents->add_subcommand("resolve", "ends it; a stopped partition goes on where its log differs");
  resolved->add_option("ID", options->id, "its number")->required()->check(CLI::PositiveNumber);
  resolved->add_flag("--skip-gap", options->skip_gap,
                     "go on behind a gap though the witness is not accounted for: what lay there may be lost");
  add_witness(*resolved, options->witness);
  add_act(*resolved, options->act);
  add_json(*resolved, options->json);
  resolved->callback([&tree, options] { tree.chosen = [options] { return resolve(*options); }; });
}

}  // namespace acq::cli
