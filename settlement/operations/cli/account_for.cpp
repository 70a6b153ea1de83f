// acq account-for: the witness against what is stored, by distinct intent id, in both directions (P5).
#include <cstdio>

#include "common/codec/json_document.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/cli/accounting.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {
namespace {

using settlement::operations::Balance;

struct Options {
  WindowOptions window;
  WitnessOptions witness;
  bool json = false;
};

void print_json(const Accounting& accounting, bool clean) {
  const Balance& sum = accounting.balance;
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object()
      .member("clean", clean)
      .member("from", std::string_view(codec::rfc3339(accounting.window.from_ms)))
      .member("to", std::string_view(codec::rfc3339(accounting.window.to_ms)))
      .member("segments", accounting.reading.segments)
      .member("damaged_bytes", accounting.reading.damaged_bytes)
      .member("offered", sum.offered)
      .member("refused", sum.refused)
      .member("on_log", sum.unread)
      .member("stored", sum.stored)
      .member("parked", sum.parked)
      .member("aliases", sum.aliases)
      .member("final", sum.final)
      .member("open", sum.open)
      .member("waiting", sum.waiting)
      .member("missing", sum.count(settlement::operations::Difference::missing))
      .member("digest", std::string_view(settlement::operations::digest_of(sum)))
      .key("differences")
      .begin_array();
  for (const auto& one : sum.differences) {
    writer.begin_object()
        .member("payment_id", std::string_view(PaymentId{one.intent_id.bytes}.text()))
        .member("intent_id", std::string_view(one.intent_id.text()))
        .member("partition", one.partition)
        .member("difference", settlement::operations::name_of(one.difference))
        .member("plan", std::string_view(settlement::operations::plan_for(one.difference, one.intent_id)))
        .end_object();
  }
  writer.end_array().end_object();
  std::printf("%s\n", out.c_str());
}

void print_people(const Accounting& accounting) {
  const Balance& sum = accounting.balance;
  const auto line = [](const char* name, std::int64_t number, const char* what) {
    std::printf("%-9s %10lld  %s\n", name, static_cast<long long>(number), what);
  };
  line("offered", sum.offered, "distinct intents in the witness");
  line("refused", sum.refused, "by the log, every offer of them");
  line("on log", sum.unread, "not read by settlement yet");
  line("stored", sum.stored, "in MariaDB");
  line("parked", sum.parked, "dead letters, and what waits for its payment");
  line("aliases", sum.aliases, "of those stored: repeats of an equal payment");
  line("final", sum.final, "of those stored");
  line("open", sum.open, "of those stored: acq stuck");
  line("waiting", sum.waiting, "young: their first outcome may still arrive");
  line("missing", sum.count(settlement::operations::Difference::missing), "neither stored nor on the log");
  std::printf("offered - refused = %lld, stored + parked + on log = %lld\n",
              static_cast<long long>(sum.offered - sum.refused),
              static_cast<long long>(sum.stored + sum.parked + sum.unread));
  std::vector<Cells> rows;
  for (const auto& one : sum.differences) {
    rows.push_back({PaymentId{one.intent_id.bytes}.text(), std::string(name_of(one.difference)),
                    std::to_string(one.partition), settlement::operations::plan_for(one.difference, one.intent_id)});
  }
  if (!rows.empty()) std::printf("\n");
  print_table({"PAYMENT", "DIFFERENCE", "PARTITION", "PLAN"}, rows);
}

int account_for(const Options& options) {
  const auto now = runtime::unix_ms();
  const auto accounting = account(options.witness, window_of(options.window, now), now);
  const bool clean = accounting.balance.holds() && accounting.reading.damaged_bytes == 0;
  if (options.json)
    print_json(accounting, clean);
  else
    print_people(accounting);
  const auto missing = accounting.balance.count(settlement::operations::Difference::missing);
  if (missing > 0) {
    say(std::to_string(missing) + " are missing; all of them: acq replay --from-witness --apply --reason TEXT");
  }
  if (accounting.reading.damaged_bytes > 0) say("the witness is damaged: what stood there is not known");
  return clean ? done : differs;
}

}  // namespace

void add_account_for(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* command = tree.app.add_subcommand(
      "account-for", "the witness against what is stored: each payment that differs, with its plan; exit 1 on one");
  add_window(*command, options->window);
  add_witness(*command, options->witness);
  add_json(*command, options->json);
  command->callback([&tree, options] { tree.chosen = [options] { return account_for(*options); }; });
}

}  // namespace acq::cli
