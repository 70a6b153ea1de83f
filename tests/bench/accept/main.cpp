// acq-bench-accept: what an accepted payment, a refusal and a resting connection cost the gateway, beside stock Beast.
// `./dev bench accept` and `./dev bench idle` start what it needs and set the variables of tests/support/settings.hpp.
#define CATCH_CONFIG_RUNNER
#include <sys/resource.h>
#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/bench/accept/accept.hpp"

namespace acq::bench {

AcceptOptions& accept_options() {
  static AcceptOptions options;
  return options;
}
IdleOptions& idle_options() {
  static IdleOptions options;
  return options;
}

}  // namespace acq::bench

int main(int argc, char** argv) {
  using namespace acq::bench;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  auto& accept = accept_options();
  auto& idle = idle_options();
  CLI::App app("Measures the accept path; docs/benchmarks.md says what and how to read it", "acq-bench-accept");
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();

  auto* const accept_verb = app.add_subcommand("accept", "CPU per accepted payment, per refusal, per stock hello");
  accept_verb->add_option("--requests", accept.requests, "requests a side")->check(CLI::Range(100, 400'000));
  accept_verb->add_option("--pairs", accept.pairs, "times that every side runs")->check(CLI::Range(1, 50));
  accept_verb->add_option("--connections", accept.connections, "of the client, keep-alive")
      ->check(CLI::Range(1, 10'000));
  accept_verb
      ->add_option("--refusals", accept.refusals,
                   "overloaded (from the head alone), limited (after the signature), forged (a wrong signature)")
      ->delimiter(',')
      ->check(CLI::IsMember({"overloaded", "limited", "forged"}));
  accept_verb->add_option("--rates", accept.rates, "open loops too, payments a second")->delimiter(',');
  accept_verb->add_option("--rate-seconds", accept.rate_seconds, "length of an open loop");
  accept_verb->add_flag("!--no-callbacks", accept.callbacks, "payments without a callback");
  accept_verb
      ->add_option("--control", accept.control,
                   "positive control: 'repeat' sends old numbers and must be refused, 'burn' makes hello dearer "
                   "and must show it")
      ->check(CLI::IsMember({"", "repeat", "burn"}));
  accept_verb->add_flag("--pause", accept.pause, "print the pids and wait for Enter, for a profiler");

  auto* const idle_verb = app.add_subcommand("idle", "resident memory per resting connection");
  idle_verb->add_option("--connections", idle.connections, "how many")->check(CLI::Range(100, 15'000));
  idle_verb->add_flag("!--unused", idle.use_each, "do not send a request on each first");
  CLI11_PARSE(app, argc, argv);

  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {  // the gateway inherits it
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  Catch::Session session;
  const char* arguments[] = {argv[0], *accept_verb ? "accept" : "idle"};
  if (const int code = session.applyCommandLine(2, arguments); code != 0) return code;
  return session.run();
}
