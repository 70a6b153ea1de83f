// acq payment show: one payment's whole way.
#include <cstdio>

#include "settlement/operations/cli/show.hpp"
#include "settlement/operations/cli/subject.hpp"

namespace acq::cli {
namespace {

struct Options {
  Subject subject;
  bool json = false;
};

int show(const Options& options) {
  const auto reply = story_of(options.subject);
  if (options.json) {
    std::printf("%s\n", reply.raw.c_str());
    return done;
  }
  if (const auto* payment = reply.json.find("payment"); payment != nullptr) {
    print_members(*payment);
  } else {
    std::printf("%s is stored as no payment\n", std::string(reply.json.string_or("asked")).c_str());
  }
  if (const auto* log = reply.json.find("log"); log != nullptr) {
    std::printf("\n%s\n", paint(Ink::bold, "log").c_str());
    print_members(*log);
  }
  for (const auto& [name, value] : *reply.json.object()) print_section(name, &value);
  return done;
}

}  // namespace

void add_payment(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* payments = tree.app.add_subcommand("payment", "one payment")->require_subcommand(1);
  auto* command = payments->add_subcommand(
      "show", "its whole way: row, attempts, aliases, verdicts, refunds, dead letters, incidents, log, what is owed");
  add_subject(*command, options->subject, true);
  add_json(*command, options->json);
  command->callback([&tree, options] { tree.chosen = [options] { return show(*options); }; });
}

}  // namespace acq::cli
