// acq-load flash-sale: an open-loop load with an audit of every 2xx.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <boost/asio/awaitable.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "common/crypto/bytes.hpp"
#include "loadtest/load/audit_collect.hpp"
#include "loadtest/load/event_feed.hpp"
#include "loadtest/load/load_report.hpp"
#include "loadtest/load/merchant.hpp"
#include "loadtest/load/open_loop.hpp"
#include "loadtest/load/order_mix.hpp"
#include "loadtest/load/scenarios.hpp"
#include "loadtest/load/tasks.hpp"
#include "loadtest/load/terminal.hpp"
#include "loadtest/load/witnesses.hpp"

namespace acq::load {
namespace {

namespace asio = boost::asio;

/// The simulator keeps as many requests; a record here is about 80 bytes.
constexpr double payments_max = 1'000'000;
/// The receiver of `acq-load receive` keeps 200,000 events, some payments have two, and others use it too.
constexpr std::size_t external_payments_max = 60'000;

struct Options {
  double rate = 0;
  double seconds = 0;
  std::size_t connections = 64;
  std::uint64_t seed = 1;
  std::int64_t retry_for_s = 30;
  std::int64_t drain_s = 60;
  std::string kind = "qr";
  std::string currency = "CNY";
  std::string mix;
  bool fates = false;
  bool external_receiver = false;
  bool own_receiver = false;
  bool no_audit = false;
  bool json = false;
};

/// One changing line on a terminal, a line per 5 s elsewhere; on stderr, so that stdout holds the report alone.
class Progress {
 public:
  void show(std::string line, bool last = false) {
    const std::int64_t now_us = steady_us();
    if (!last && now_us - shown_us_ < (terminal_.interactive() ? 200'000 : 5'000'000)) return;
    shown_us_ = now_us;
    if (terminal_.interactive()) {
      std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), last ? "\n" : "");
    } else {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
    std::fflush(stderr);
  }

 private:
  Terminal terminal_{2};
  std::int64_t shown_us_ = steady_us();
};

class FlashSale {
 public:
  FlashSale(asio::io_context& context, const Environment& environment, const Options& options, OrderMix mix)
      : environment_(environment),
        options_(options),
        mix_(std::move(mix)),
        client_(context, client_options()),
        witness_client_(context, client_options()),
        merchant_(client_, environment_),
        witnesses_(witness_client_, environment_) {}

  asio::awaitable<int> run() {
    co_await check_gateway();
    co_await choose_receiver();
    mix_.callback_url = feed_->callback_url();
    LoadPlan plan;
    plan.rate = options_.rate;
    plan.payments = payments();
    plan.connections = options_.connections;
    plan.retry_for_ms = options_.retry_for_s * 1000;
    std::fprintf(stderr, "flash sale %s: %.0f payments at %g a second, %s, callbacks to %s\n", mix_.run_id.c_str(),
                 static_cast<double>(plan.payments), plan.rate, options_.kind.c_str(), mix_.callback_url.c_str());
    OpenLoop load(merchant_, mix_, plan);
    const std::int64_t started_us = steady_us();
    co_await load.run([&] { show_load(load, false); });
    const std::int64_t ended_us = steady_us();
    show_load(load, true);

    LoadReport report;
    report.run_id = mix_.run_id;
    report.seed = options_.seed;
    report.kind = options_.kind;
    report.currency = mix_.currency;
    report.planned_rate = options_.rate;
    report.reached_rate = load.reached_rate();
    report.seconds = static_cast<double>(ended_us - started_us) / 1e6;
    report.counts = load.counts();
    report.accept = load.accept_latency();
    if (!options_.no_audit) {
      AuditCollector collector(mix_, load.orders(), merchant_, witnesses_, *feed_);
      auto audited = co_await collector.run(options_.drain_s * 1000, [&](std::size_t waiting) {
        progress_.show(
            fmt::format("waiting for {} to be final and called back", grouped(static_cast<std::int64_t>(waiting))));
      });
      if (!audited) throw StartError(3, "the audit could not ask everybody: " + audited.error().detail);
      report.audit = std::move(*audited);
      if (feed_->has_arrival_times()) report.callback = collector.callback_latency();
      progress_.show("audited", true);
    }
    const std::string text = options_.json ? json_report(report) + "\n" : text_report(report, Terminal(1));
    std::fwrite(text.data(), 1, text.size(), stdout);
    co_return report.audit && !report.audit->differences.empty() ? 1 : 0;
  }

 private:
  std::size_t payments() const { return static_cast<std::size_t>(std::llround(options_.rate * options_.seconds)); }

  http::ClientOptions client_options() const {
    http::ClientOptions client;
    client.connections_per_destination_max = std::max<std::size_t>(options_.connections, 64);
    client.idle_per_destination_max = client.connections_per_destination_max;
    client.ca_file = environment_.ca_file;
    return client;
  }

  asio::awaitable<void> check_gateway() {
    const auto answer = co_await merchant_.get_by_number(mix_.run_id);
    if (!answer) {
      throw StartError(3, "the gateway does not answer at " + environment_.gateway_url + " (" + answer.error().detail +
                              "); ./dev status shows what runs");
    }
    if (answer->status == 401)
      throw StartError(2, "the gateway does not know the key of ACQ_KEY_ID and ACQ_KEY_SECRET");
  }

  asio::awaitable<void> choose_receiver() {
    const bool fits = payments() <= external_payments_max;
    if (options_.external_receiver && (environment_.receiver_url.empty() || !fits)) {
      throw StartError(
          2, fmt::format("--external-receiver needs ACQ_CALLBACK_URL and at most {} payments", external_payments_max));
    }
    if (!options_.own_receiver && !environment_.receiver_url.empty() && fits) {
      const auto count = co_await witnesses_.received_count();
      if (count) {
        feed_ = std::make_unique<ExternalReceiver>(witnesses_, environment_.callback_url, *count);
        co_return;
      }
      if (options_.external_receiver) throw StartError(3, "no receiver answers at " + environment_.receiver_url);
    }
    if (environment_.webhook_key.empty()) {
      throw StartError(2, "ACQ_WEBHOOK_SECRET is not set: a receiver of our own could verify nothing");
    }
    feed_ = std::make_unique<OwnReceiver>(environment_.webhook_key, 3 * payments() + 1'000);
  }

  void show_load(const OpenLoop& load, bool last) {
    const LoadCounts& c = load.counts();
    progress_.show(fmt::format("sent {} of {}, accepted {}, retries {}, late {}, p99 {}", grouped(c.sent),
                               grouped(static_cast<std::int64_t>(payments())), grouped(c.accepted), grouped(c.retries),
                               grouped(c.late), latency_text(load.accept_latency().quantile(0.99))),
                   last);
  }

  const Environment& environment_;
  const Options& options_;
  OrderMix mix_;
  http::Client client_;
  http::Client witness_client_;
  Merchant merchant_;
  Witnesses witnesses_;
  std::unique_ptr<EventFeed> feed_;
  Progress progress_;
};

int flash_sale(const Options& options) {
  const Environment environment = read_environment();
  need_merchant(environment);
  if (!options.no_audit) need_audit(environment);
  const double payments = options.rate * options.seconds;
  if (!(payments >= 1 && payments <= payments_max)) {
    throw StartError(2, "rate times seconds must be between 1 and 1,000,000 payments");
  }
  OrderMix mix;
  mix.run_id = fmt::format("fs-{:08x}", crypto::random_word() & 0xFFFFFFFFULL);
  mix.seed = options.seed;
  mix.kind = options.kind == "both" ? Kind::both : options.kind == "qr" ? Kind::qr : Kind::barcode;
  const auto currency = Currency::parse(options.currency);
  if (!currency) throw StartError(2, "--currency is not an ISO 4217 code that is known");
  mix.currency = *currency;
  if (options.fates) mix.weights = fated_mix();
  if (!options.mix.empty()) {
    const auto weights = parse_mix(options.mix);
    if (!weights) throw StartError(2, weights.error().detail);
    mix.weights = *weights;
  }
  asio::io_context context(1);
  FlashSale sale(context, environment, options, std::move(mix));
  return run_blocking(context, sale.run());
}

}  // namespace

void add_flash_sale(CLI::App& app, Chosen& chosen) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("flash-sale", "Open-loop load, then an audit of every 2xx");
  command->add_option("--rate", o->rate, "payments a second")->required()->check(CLI::Range(0.001, 200'000.0));
  command->add_option("--seconds", o->seconds, "for how long")->required()->check(CLI::Range(0.001, 86'400.0));
  command->add_option("--connections", o->connections, "requests under way at most")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{4'096}));
  command->add_option("--seed", o->seed, "amounts and methods of the run")->capture_default_str();
  command->add_option("--retry-for", o->retry_for_s, "seconds for which an order number is tried again")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{3'600}));
  command->add_option("--drain", o->drain_s, "seconds until everything must be final and called back")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400}));
  command->add_option("--kind", o->kind, "qr, barcode or both")
      ->capture_default_str()
      ->check(CLI::IsMember({"qr", "barcode", "both"}));
  command->add_option("--currency", o->currency, "ISO 4217 code")->capture_default_str();
  auto* fates = command->add_flag("--fates", o->fates, "some amounts end in 51, 53, 54 and 56 (docs/channel.md)");
  command->add_option("--amount-mix,--mix", o->mix, "fates by weight, as success=90,51=5,53=5")->excludes(fates);
  auto* external = command->add_flag("--external-receiver", o->external_receiver, "callbacks go to ACQ_CALLBACK_URL");
  command->add_flag("--own-receiver", o->own_receiver, "callbacks come to this process, on a port of its own")
      ->excludes(external);
  command->add_flag("--no-audit", o->no_audit, "load only; ask nobody what became of it");
  command->add_flag("--json", o->json, "one JSON object on stdout instead of the report");
  command->callback([o, &chosen] { chosen = [o] { return flash_sale(*o); }; });
}

}  // namespace acq::load
