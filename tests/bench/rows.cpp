// Rows per second of the settle statements while the tables grow beyond a small buffer pool.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "tests/bench/benchmarks.hpp"
#include "tests/bench/database.hpp"
#include "tests/bench/loop_side.hpp"
#include "tests/bench/machine.hpp"

namespace acq::bench {
namespace {

using namespace settlement;

constexpr std::size_t batch_records = 500;
constexpr std::int64_t years_5_ms = 5LL * 365 * 24 * 3600 * 1000;
constexpr std::int64_t month_ms = 31LL * 24 * 3600 * 1000;

struct Mark {
  std::size_t rows = 0;  ///< in payments when the window began
  double payments_per_s = 0;
  double pool_reads = 0;  ///< pages read from disk per payment
  Split split{};
  std::size_t payments = 0;
};

class Rows {
 public:
  Rows(const Place& place, const RowsOptions& options)
      : options_(options),
        pool_(place, "innodb_buffer_pool_size", static_cast<std::int64_t>(options.pool_mib) << 20),
        database_(place, "acq_bench_rows"),
        side_(settlement_account(place, database_.name())),
        status_(root_account(place)),
        maker_(make_merchant_id(1'767'225'600'000, 1, 2)) {
    wait_for_pool();
  }
  int run();

 private:
  void wait_for_pool();
  /// The next payments, ids in the order of time or strewn over five years.
  ByPartition next_payments(std::size_t count);
  /// As they are in the end, by the cheapest way: these rows are only there to be many.
  void fill_up_to(std::size_t rows);
  Mark measure();

  const RowsOptions options_;
  GlobalVariable pool_;
  Database database_;
  LoopSide side_;
  mariadb::Connection status_;
  IntentMaker maker_;
  std::int64_t clock_ms_ = runtime::unix_ms();
  std::size_t rows_ = 0;
};

void Rows::wait_for_pool() {
  must(status_.connect(), "MariaDB as the account that started it");
  for (int i = 0; i < 200; ++i) {
    const auto now = must(status_.query("SELECT variable_value FROM information_schema.global_status WHERE "
                                        "variable_name = 'Innodb_buffer_pool_bytes_data'"),
                          "the buffer pool");
    if (std::stoull(mariadb::text(now[0][0])) <= (options_.pool_mib << 20)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("the buffer pool does not shrink");
}

ByPartition Rows::next_payments(std::size_t count) {
  ByPartition made;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = rows_ + i;
    // Ten a millisecond: in production's order, a few milliseconds apart between the partitions.
    const auto accepted =
        clock_ms_ + static_cast<std::int64_t>(number / 10) +
        (options_.period_payments == 0 ? 0 : static_cast<std::int64_t>(number / options_.period_payments) * month_ms);
    const auto id_ms =
        options_.random_keys
            ? accepted - static_cast<std::int64_t>(crypto::random_unit() * static_cast<double>(years_5_ms))
            : accepted;
    auto intent = maker_.next(accepted, id_ms);
    made[static_cast<std::size_t>(partition_of(route_of(intent.intent_id), partitions))].push_back(std::move(intent));
  }
  return made;
}

void Rows::fill_up_to(std::size_t rows) {
  auto& connection = side_.connection();
  auto& store = side_.store();
  while (rows_ < rows) {
    // Large portions in the order of each table's own key, so that the filling itself does not suffer from their size.
    const auto count = std::min<std::size_t>(rows - rows_, 100'000);
    const auto made = next_payments(count);
    std::vector<Payment> payments;
    std::vector<NewKey> keys;
    for (std::int32_t p = 0; p < partitions; ++p) {
      for (const auto& intent : made[static_cast<std::size_t>(p)]) {
        auto payment = payment_from(intent, p, static_cast<std::int64_t>(rows_ + payments.size()));
        payment.state = PaymentState::succeeded;
        payment.sequence = payment.told_sequence = 2;
        payment.channel_reference = "bench-" + payment.payment_id.text().substr(4);
        payment.sealed_code.clear();
        payments.push_back(std::move(payment));
        keys.push_back({key_of(intent), {intent.payment_id, intent.fingerprint, period_of(intent.accepted_at_ms)}});
      }
    }
    std::sort(payments.begin(), payments.end(),
              [](const Payment& a, const Payment& b) { return a.payment_id < b.payment_id; });
    std::sort(keys.begin(), keys.end(), [](const NewKey& a, const NewKey& b) {
      return std::tie(a.row.period, a.key) < std::tie(b.row.period, b.key);
    });
    for (std::size_t at = 0; at < count; at += 1'000) {
      const auto size = std::min<std::size_t>(1'000, count - at);
      must(connection.begin(), "begin");
      must(store.insert_keys(std::span(keys).subspan(at, size)), "insert_keys");
      must(store.insert_payments(std::span(payments).subspan(at, size)), "insert_payments");
      must(connection.commit(), "commit");
    }
    rows_ += count;
  }
}

Mark Rows::measure() {
  Mark mark;
  mark.rows = rows_;
  const auto payments = next_payments(options_.window);
  const auto batches = prepare(even_sizes(payments, batch_records), payments);
  rows_ += options_.window;
  database_.calm_down();
  const auto reads = server_status(status_, "Innodb_buffer_pool_reads");
  PhaseClock clock;
  measure_this_thread(&clock);
  const auto began = steady_seconds();
  auto now = began;
  clock.start(Phase::rest);
  for (const auto& batch : batches) {
    side_.play(batch);
    mark.payments += batch.plan.updates.size();
    now = steady_seconds();
    if (now - began > options_.window_s_max) break;
  }
  clock.stop();
  measure_this_thread(nullptr);
  mark.payments_per_s = static_cast<double>(mark.payments) / (now - began);
  mark.pool_reads = static_cast<double>(server_status(status_, "Innodb_buffer_pool_reads") - reads) /
                    static_cast<double>(mark.payments);
  mark.split = clock.split();
  return mark;
}

int Rows::run() {
  std::printf(
      "rows: settle statements in batches of %zu, buffer pool %zu MiB, %s payment ids, key periods: %s\n",
      batch_records, options_.pool_mib, options_.random_keys ? "random" : "time-ordered",
      options_.period_payments == 0 ? "one" : (std::to_string(options_.period_payments) + " payments each").c_str());
  std::printf("on: %s\n\n", machine().c_str());
  std::printf("%9s %8s %10s %10s %9s   us per payment: load keys insert update commit\n", "rows", "MiB", "payments/s",
              "rows/s", "reads");
  std::vector<Mark> marks;
  for (const std::size_t rows : {200'000UL, 1'000'000UL, 2'000'000UL}) {
    if (rows > options_.largest) break;
    fill_up_to(rows);
    auto mark = measure();
    const auto mib = database_.number(
        "SELECT CAST(SUM(data_length + index_length) / 1048576 AS SIGNED) FROM information_schema.tables WHERE "
        "table_schema = DATABASE()");
    // Three rows are written per payment: its key, its insert, its update.
    std::printf("%9zu %8lld %10.0f %10.0f %9.2f                  ", mark.rows, static_cast<long long>(mib),
                mark.payments_per_s, mark.payments_per_s * 3, mark.pool_reads);
    for (const auto phase : {Phase::load, Phase::keys, Phase::insert, Phase::update, Phase::commit}) {
      std::printf(" %6.1f",
                  mark.split[static_cast<std::size_t>(phase)].wall_s * 1e6 / static_cast<double>(mark.payments));
    }
    std::printf("\n");
    std::fflush(stdout);
    marks.push_back(mark);
  }
  std::printf("\n");
  for (std::size_t i = 1; i < marks.size(); ++i) {
    std::printf("%zu rows over %zu: %.2f of the rate\n", marks[i].rows, marks[0].rows,
                marks[i].payments_per_s / marks[0].payments_per_s);
  }
  return 0;
}

}  // namespace

int run_rows(const Place& place, const RowsOptions& options) {
  return Rows(place, options).run();
}

}  // namespace acq::bench
