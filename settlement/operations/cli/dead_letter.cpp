// acq dead-letter: records that were parked; see them, offer them again.
#include <cstdio>

#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {
namespace {

struct Options {
  std::string name;
  std::string after;
  std::int64_t limit = 100;
  bool unreplayed = false;
  bool json = false;
  ActOptions act;
};

int list(const Options& options) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("limit", options.limit).member("unreplayed", options.unreplayed);
  if (!options.after.empty()) writer.member("after", std::string_view(options.after));
  writer.end_object();
  const auto reply = ask_port("POST", "/dead-letters/list", body);
  if (options.json) {
    std::printf("%s\n", reply.raw.c_str());
    return done;
  }
  const auto* letters = reply.json.find("dead_letters");
  if (letters == nullptr || letters->array() == nullptr || letters->array()->empty()) {
    say("no dead letters");
    return done;
  }
  std::vector<Cells> rows;
  for (const auto& one : *letters->array()) {
    rows.push_back({text_of(one, "name"), text_of(one, "code"), text_of(one, "intent_id"), text_of(one, "bytes"),
                    text_of(one, "recorded_at"), text_of(one, "replays"), text_of(one, "reason")});
  }
  print_table({"NAME", "CODE", "INTENT", "BYTES", "RECORDED", "REPLAYS", "REASON"}, rows);
  if (static_cast<std::int64_t>(rows.size()) == options.limit) say("for what follows: --after " + rows.back()[0]);
  return done;
}

std::string named(const Options& options, bool with_act) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("name", std::string_view(options.name));
  if (with_act) write_act(writer, options.act);
  writer.end_object();
  return body;
}

int show(const Options& options) {
  const auto reply = ask_port("POST", "/dead-letters/show", named(options, false));
  if (options.json)
    std::printf("%s\n", reply.raw.c_str());
  else
    print_members(reply.json);
  return done;
}

int replay(const Options& options) {
  require_reason(options.act);
  const auto reply = ask_port("POST", "/dead-letters/replay", named(options, true));
  const auto outcome = reply.json.string_or("outcome");
  if (options.json)
    std::printf("%s\n", reply.raw.c_str());
  else
    print_members(reply.json);
  if (!options.act.apply) say("a preview: nothing was changed; --apply --reason TEXT does it");
  return outcome == "planned" || outcome == "offered" ? done : differs;
}

}  // namespace

void add_dead_letter(Tree& tree) {
  auto options = std::make_shared<Options>();
  const std::string what = "as list shows it (TOPIC:PARTITION:OFFSET), PARTITION:OFFSET, or the intent's id";
  auto* letters = tree.app.add_subcommand("dead-letter", "records that were parked")->require_subcommand(1);
  auto* listed = letters->add_subcommand("list", "oldest first");
  listed->add_option("--limit", options->limit, "1 to 500")->capture_default_str()->check(CLI::Range(1, 500));
  listed->add_option("--after", options->after, "the NAME to go on behind");
  listed->add_flag("--unreplayed", options->unreplayed, "only those that were never offered again");
  add_json(*listed, options->json);
  listed->callback([&tree, options] { tree.chosen = [options] { return list(*options); }; });

  auto* shown = letters->add_subcommand("show", "its reason and its original bytes (the payer's code masked)");
  shown->add_option("NAME", options->name, what)->required();
  add_json(*shown, options->json);
  shown->callback([&tree, options] { tree.chosen = [options] { return show(*options); }; });

  auto* replayed = letters->add_subcommand("replay", "offers the original bytes to the log again, under the old id");
  replayed->add_option("NAME", options->name, what)->required();
  add_act(*replayed, options->act);
  add_json(*replayed, options->json);
  replayed->callback([&tree, options] { tree.chosen = [options] { return replay(*options); }; });
}

}  // namespace acq::cli
