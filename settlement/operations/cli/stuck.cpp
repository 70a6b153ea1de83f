// acq stuck: every open item, with age and reason.
#include <cstdio>

#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"
#include "settlement/operations/times.hpp"

namespace acq::cli {
namespace {

struct Options {
  std::string older_than = "60s";
  std::int64_t limit = 100;
  bool json = false;
};

int stuck(const Options& options) {
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .member("older_than_ms", duration_ms("--older-than", options.older_than))
      .member("limit", options.limit)
      .end_object();
  const auto reply = ask_port("POST", "/stuck", body);
  const auto* items = reply.json.find("items");
  const bool none = items == nullptr || items->array() == nullptr || items->array()->empty();
  if (options.json) {
    std::printf("%s\n", reply.raw.c_str());
    return none ? done : differs;
  }
  if (none) {
    say("nothing is stuck for longer than " + options.older_than);
    return done;
  }
  std::vector<Cells> rows;
  for (const auto& one : *items->array()) {
    rows.push_back({text_of(one, "kind"), text_of(one, "id"), text_of(one, "merchant_order_id"), text_of(one, "state"),
                    settlement::operations::age_text(one.integer_or("age_ms", 0)), text_of(one, "reason")});
  }
  print_table({"KIND", "ID", "ORDER", "STATE", "AGE", "REASON"}, rows);
  if (text_of(reply.json, "more") == "yes") say("there are more: raise --limit or --older-than");
  return differs;
}

}  // namespace

void add_stuck(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* command = tree.app.add_subcommand(
      "stuck",
      "every open item with age and reason: payments, refunds, dead letters, incidents, partitions; exit 1 when "
      "there is one");
  command->add_option("--older-than", options->older_than, "90s, 15m, 2h, 3d")->capture_default_str();
  command->add_option("--limit", options->limit, "of each kind, 1 to 1000")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  add_json(*command, options->json);
  command->callback([&tree, options] { tree.chosen = [options] { return stuck(*options); }; });
}

}  // namespace acq::cli
