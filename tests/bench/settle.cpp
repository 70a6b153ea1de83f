// Settled payments per second: the worker, and a loop that plays the same statements from memory, in turn.
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "common/kafka/handles.hpp"
#include "tests/bench/benchmarks.hpp"
#include "tests/bench/loop_side.hpp"
#include "tests/bench/machine.hpp"
#include "tests/bench/worker_side.hpp"

namespace acq::bench {
namespace {

/// One side of one pair.
struct Figures {
  double rate = 0;
  double own_us = no_value;     ///< CPU per payment
  double server_us = no_value;  ///< mariadbd's
  double box_busy = 0;          ///< share of all cores, whoever used them
  double fsyncs = 0;
  std::size_t batches = 0;
  double records_per_batch = 0;
  double outcomes_per_batch = 0;
  Split split{};
};

struct Totals {
  double rate, seconds, own, server, box;
};

class Settle {
 public:
  Settle(const Place& place, const SettleOptions& options)
      : place_(place), options_(options), status_(root_account(place)) {
    must(status_.connect(), "MariaDB as the account that started it");
    const auto rows = must(status_.query("SELECT @@version, @@pid_file, @@innodb_buffer_pool_size"), "MariaDB");
    server_version_ = mariadb::text(rows[0][0]);
    if (std::FILE* file = std::fopen(mariadb::text(rows[0][1]).c_str(), "r"); file != nullptr) {
      long pid = 0;
      if (std::fscanf(file, "%ld", &pid) == 1) server_pid_ = pid;
      std::fclose(file);
    }
    pool_mib_ = mariadb::integer(rows[0][2]) >> 20;
  }

  int run();

 private:
  Figures worker(std::size_t payments);
  Figures loop();
  std::int64_t fsyncs() { return server_status(status_, "Innodb_data_fsyncs"); }

  const Place& place_;
  const SettleOptions options_;
  mariadb::Connection status_;
  std::string server_version_;
  std::int64_t server_pid_ = 0;
  std::int64_t pool_mib_ = 0;
  int runs_ = 0;
  // Of the worker's last run, for the loop.
  ByPartition payments_;
  std::vector<BatchSize> sizes_;
};

double per_payment_us(double seconds, std::size_t payments) {
  return seconds * 1e6 / static_cast<double>(payments);
}

void count_batches(Figures& figures, const std::vector<BatchSize>& sizes) {
  figures.batches = sizes.size();
  for (const auto& size : sizes) {
    figures.records_per_batch += static_cast<double>(size.records);
    figures.outcomes_per_batch += static_cast<double>(size.outcomes);
  }
  figures.records_per_batch /= static_cast<double>(std::max<std::size_t>(sizes.size(), 1));
  figures.outcomes_per_batch /= static_cast<double>(std::max<std::size_t>(sizes.size(), 1));
}

Figures Settle::worker(std::size_t payments) {
  const auto run = std::to_string(runs_++);
  Database database(place_, "acq_bench_worker");
  WorkerWatch watch;
  watch.set_server_pid(server_pid_);
  database.calm_down();
  const auto fsyncs_before = fsyncs();
  const WorkerSideOptions side{"acq.bench." + std::to_string(::getpid()) + "." + run, payments, options_.slice};
  auto result = run_worker_side(place_, database, side, watch);
  if (result.asked_about > 0) {
    throw std::runtime_error(std::to_string(result.asked_about) +
                             " payments were asked about first, which is other work: choose a smaller --slice");
  }
  Figures figures;
  figures.fsyncs = static_cast<double>(fsyncs() - fsyncs_before);
  figures.rate = static_cast<double>(payments) / watch.seconds();
  figures.own_us = per_payment_us(watch.own_cpu_seconds(), payments);
  if (server_pid_ != 0) figures.server_us = per_payment_us(watch.server_cpu_seconds(), payments);
  figures.box_busy = watch.box_cpu_seconds() / watch.seconds();
  figures.split = watch.split();
  count_batches(figures, watch.batches());
  payments_ = std::move(result.payments);
  sizes_ = watch.batches();
  return figures;
}

Figures Settle::loop() {
  Database database(place_, "acq_bench_loop");
  const auto sizes = options_.loop_records == 0 ? sizes_ : even_sizes(payments_, options_.loop_records);
  const auto batches = prepare(sizes, payments_);
  const auto payments = payments_[0].size() + payments_[1].size();
  LoopSide side(settlement_account(place_, database.name()));
  database.calm_down();
  const auto fsyncs_before = fsyncs();
  PhaseClock clock;
  measure_this_thread(&clock);
  const Totals before{0, steady_seconds(), cpu_of_self(), cpu_of(server_pid_), cpu_of_box()};
  clock.start(Phase::rest);
  for (const auto& batch : batches) side.play(batch);
  clock.stop();
  const Totals after{0, steady_seconds(), cpu_of_self(), cpu_of(server_pid_), cpu_of_box()};
  measure_this_thread(nullptr);

  Figures figures;
  figures.fsyncs = static_cast<double>(fsyncs() - fsyncs_before);
  figures.rate = static_cast<double>(payments) / (after.seconds - before.seconds);
  figures.own_us = per_payment_us(after.own - before.own, payments);
  if (server_pid_ != 0) figures.server_us = per_payment_us(after.server - before.server, payments);
  figures.box_busy = (after.box - before.box) / (after.seconds - before.seconds);
  figures.split = clock.split();
  count_batches(figures, sizes);
  const auto succeeded = database.number("SELECT COUNT(*) FROM payments WHERE state = 'succeeded'");
  if (succeeded != static_cast<std::int64_t>(payments)) throw std::runtime_error("the loop did not settle everything");
  return figures;
}

void print(const char* name, std::size_t pair, const Figures& f) {
  std::printf("%4zu  %-6s %9.0f %8.1f %8.1f %7.2f %8zu %8.0f %8.0f %8.0f\n", pair, name, f.rate, f.own_us, f.server_us,
              f.box_busy, f.batches, f.records_per_batch, f.outcomes_per_batch, f.fsyncs);
  std::fflush(stdout);
}

void print_split(const std::vector<Figures>& worker, const std::vector<Figures>& loop, std::size_t payments) {
  std::printf(
      "\nWhere the settling thread's time goes, us per payment (its own CPU in brackets), medians of the pairs:\n");
  std::printf("  %-8s %18s %18s %12s\n", "phase", "worker", "loop", "difference");
  double sums[4] = {};
  const auto of = [&](const std::vector<Figures>& all, std::size_t phase, bool cpu) {
    std::vector<double> values;
    for (const auto& f : all)
      values.push_back(per_payment_us(cpu ? f.split[phase].cpu_s : f.split[phase].wall_s, payments));
    return spread_of(values).median;
  };
  for (std::size_t i = 0; i < phase_count; ++i) {
    const double cells[4] = {of(worker, i, false), of(worker, i, true), of(loop, i, false), of(loop, i, true)};
    for (int c = 0; c < 4; ++c) sums[c] += cells[c];
    std::printf("  %-8s %10.2f (%5.2f) %10.2f (%5.2f) %12.2f\n", std::string(name_of(static_cast<Phase>(i))).c_str(),
                cells[0], cells[1], cells[2], cells[3], cells[0] - cells[2]);
  }
  std::printf("  %-8s %10.2f (%5.2f) %10.2f (%5.2f) %12.2f\n", "all", sums[0], sums[1], sums[2], sums[3],
              sums[0] - sums[2]);
}

int Settle::run() {
  std::printf("settle: %zu payments a side, %zu pairs, slices of %zu\n", options_.payments, options_.pairs,
              options_.slice);
  std::printf("on: %s; MariaDB %s, buffer pool %lld MiB; librdkafka %s\n", machine().c_str(), server_version_.c_str(),
              static_cast<long long>(pool_mib_), rd_kafka_version_str());
  if (options_.warm_up > 0) {
    std::printf("warming up with %zu payments, not counted\n", options_.warm_up);
    worker(options_.warm_up);
    if (!options_.worker_only) loop();
  }
  std::printf("\n%4s  %-6s %9s %8s %8s %7s %8s %8s %8s %8s\n", "pair", "side", "pay/s", "own us", "db us", "busy",
              "batches", "records", "outcomes", "fsyncs");
  std::vector<Figures> workers;
  std::vector<Figures> loops;
  std::vector<double> ratios;
  for (std::size_t pair = 1; pair <= options_.pairs; ++pair) {
    workers.push_back(worker(options_.payments));
    print("worker", pair, workers.back());
    if (options_.worker_only) continue;
    loops.push_back(loop());
    print("loop", pair, loops.back());
    ratios.push_back(workers.back().rate / loops.back().rate);
  }
  print_split(workers, loops, options_.payments);
  if (options_.worker_only) return 0;
  const auto spread_of_rates = [](const std::vector<Figures>& all) {
    std::vector<double> rates;
    for (const auto& f : all) rates.push_back(f.rate);
    return spread_of(rates);
  };
  const auto w = spread_of_rates(workers);
  const auto l = spread_of_rates(loops);
  const auto r = spread_of(ratios);
  std::printf("\nworker %.0f payments/s [%.0f..%.0f], loop %.0f [%.0f..%.0f]\n", w.median, w.least, w.most, l.median,
              l.least, l.most);
  std::printf("ratio %.3f [%.3f..%.3f], goal 0.90\n", r.median, r.least, r.most);
  return 0;
}

}  // namespace

int run_settle(const Place& place, const SettleOptions& options) {
  return Settle(place, options).run();
}

}  // namespace acq::bench
