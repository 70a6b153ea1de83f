// acq-bench-settlement: measures settlement side by side with what it is compared with. `./dev bench` starts what it
// needs.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "common/runtime/log.hpp"
#include "tests/bench/benchmarks.hpp"

int main(int argc, char** argv) {
  using namespace acq;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what was measured is not lost with what failed
  bench::Place place;
  bench::SettleOptions settle;
  bench::RowsOptions rows;
  CLI::App app("Measures settlement; docs/benchmarks.md says what and how to read it", "acq-bench-settlement");
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  app.add_option("--kafka", place.kafka, "host:port of the broker")->required();
  app.add_option("--redis", place.redis_socket, "Redis' unix socket")->required();
  app.add_option("--mariadb", place.mariadb_socket, "MariaDB's unix socket")->required();
  app.add_option("--secrets", place.secrets, "folder with the accounts' password files")->required();
  app.add_option("--schemas", place.schemas, "folder of the schema files")->required();
  app.add_option("--topics-file", place.topics_file, "the topics' settings")->required();

  auto* const settle_verb = app.add_subcommand("settle", "the worker beside a loop that plays its statements");
  settle_verb->add_option("--payments", settle.payments, "payments a side")->check(CLI::Range(2'000, 2'000'000));
  settle_verb->add_option("--pairs", settle.pairs, "times that both sides run")->check(CLI::Range(1, 20));
  settle_verb->add_option("--slice", settle.slice, "payments on the log at once")->check(CLI::Range(1'000, 200'000));
  settle_verb->add_option("--warm-up", settle.warm_up, "payments of a pair that is not counted");
  settle_verb->add_option("--loop-records", settle.loop_records,
                          "new payments per batch of the loop; 0: as the worker's");
  settle_verb->add_flag("--worker-only", settle.worker_only, "no loop: for a profiler");

  auto* const rows_verb = app.add_subcommand("rows", "the settle statements while the tables grow");
  rows_verb->add_option("--pool-mib", rows.pool_mib, "InnoDB's buffer pool")->check(CLI::Range(32, 65'536));
  rows_verb->add_option("--window", rows.window, "payments measured at each size")->check(CLI::Range(5'000, 500'000));
  rows_verb->add_option("--window-seconds", rows.window_s_max, "at most so long at each size");
  rows_verb->add_option("--largest", rows.largest, "stop at this size");
  rows_verb->add_option("--period-payments", rows.period_payments, "a new key period after so many; 0: all in one");
  rows_verb->add_flag("--random-keys", rows.random_keys, "positive control: payment ids strewn over five years");
  CLI11_PARSE(app, argc, argv);

  int code = 1;
  try {
    runtime::log_start("acq-bench-settlement", "warning");
    code = *settle_verb ? bench::run_settle(place, settle) : bench::run_rows(place, rows);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "acq-bench-settlement: %s\n", error.what());
  }
  runtime::log_flush();
  return code;
}
