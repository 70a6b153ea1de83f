// acq audit: what operators did, and whether the chain of entries is whole.
#include <cstdio>

#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {
namespace {

struct Options {
  std::int64_t limit = 100;
  std::int64_t before = 0;
  bool json = false;
};

int list(const Options& options) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("limit", options.limit);
  if (options.before > 0) writer.member("before", options.before);
  writer.end_object();
  const auto reply = ask_port("POST", "/audit/list", body);
  if (options.json)
    std::printf("%s\n", reply.raw.c_str());
  else
    print_section("", reply.json.find("entries"));
  return done;
}

int verify(const Options& options) {
  Progress progress("entries verified", 0);
  std::vector<Cells> faults;
  std::string body = "{}";
  std::int64_t entries = 0;
  std::string hash;
  for (;;) {
    const auto reply = ask_port("POST", "/audit/verify", body);
    const auto now = reply.json.integer_or("entries", 0);
    progress.add(now - entries);
    entries = now;
    hash = std::string(reply.json.string_or("hash"));
    if (const auto* found = reply.json.find("faults"); found != nullptr && found->array() != nullptr) {
      for (const auto& one : *found->array()) faults.push_back({text_of(one, "audit_id"), text_of(one, "what")});
    }
    if (text_of(reply.json, "end") == "yes") break;
    body.clear();
    codec::JsonWriter(body)
        .begin_object()
        .member("after", reply.json.integer_or("after", 0))
        .member("entries", entries)
        .member("chained", text_of(reply.json, "chained") == "yes")
        .member("hash", std::string_view(hash))
        .end_object();
  }
  if (options.json) {
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object()
        .member("whole", faults.empty())
        .member("entries", entries)
        .member("hash", std::string_view(hash))
        .key("faults")
        .begin_array();
    for (const auto& row : faults) {
      writer.begin_object().key("audit_id").raw(row[0]).member("what", std::string_view(row[1])).end_object();
    }
    writer.end_array().end_object();
    std::printf("%s\n", out.c_str());
  } else {
    std::printf("%lld entries, the last hash is %s\n", static_cast<long long>(entries), hash.c_str());
    print_table({"ENTRY", "FAULT"}, faults);
  }
  return faults.empty() ? done : differs;
}

}  // namespace

void add_audit(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* audit = tree.app.add_subcommand("audit", "what operators did")->require_subcommand(1);
  auto* listed = audit->add_subcommand("list", "newest first");
  listed->add_option("--limit", options->limit, "1 to 500")->capture_default_str()->check(CLI::Range(1, 500));
  listed->add_option("--before", options->before, "older than this entry")->check(CLI::PositiveNumber);
  add_json(*listed, options->json);
  listed->callback([&tree, options] { tree.chosen = [options] { return list(*options); }; });
  auto* verified =
      audit->add_subcommand("verify", "walks the chain: a changed or missing entry is named; exit 1 on one");
  add_json(*verified, options->json);
  verified->callback([&tree, options] { tree.chosen = [options] { return verify(*options); }; });
}

}  // namespace acq::cli
