// acq-channel-sim: stands for the bank core. One thread, all state in memory, nothing survives a restart on purpose.
#include <CLI/CLI.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <optional>

#include "common/error/result.hpp"
#include "common/http/server.hpp"
#include "common/runtime/config.hpp"
#include "common/runtime/core_pool.hpp"
#include "loadtest/channel_sim/notifier.hpp"
#include "loadtest/channel_sim/simulator.hpp"

namespace {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 18084;
  std::string notify_url;
  std::string notify_secret_file;
  std::uint64_t seed = 1;
  acq::channel_sim::BookOptions book;
};

constexpr const char* fates =
    R"(The fate of a charge, by the last two digits of its amount:
  51 52  declined: insufficient_funds, expired_code
  53     awaiting_payer; the payer pays after 2 s, by query and by notification
  54     charged, then 504
  55     504 without charging; repeated after --late-arrival-ms it succeeds
  56     charged, answered after 3 s
  57     charged, never answered; queries 504 for 5 s, then succeeded
  58     charged; every answer tells an amount that is wrong by one
  59     charged; notified three times, once with another order
  60     awaiting_payer until it is closed
  61     charged, told awaiting_payer until a close or reversal is asked
  62     500 without charging, success on the next try
  63     504; unheard of for 5 s, then the request arrives by itself
  else   charged at once
Of a refund: 71 declined, 72 refunded then 504, 73 pending for 2 s, 74 500 first.
Tests: GET /sim/charges?merchant_order_id=X, GET /sim/totals, POST /sim/flip,
  GET|POST /sim/faults {delay_ms, error_rate, timeout_rate, duplicate_rate,
  late_rate, flip_rate, down}, POST /sim/reset.)";

void run(const Options& options) {
  using namespace acq;
  const bool notifies = !options.notify_url.empty();
  const std::string url = notifies ? channel_sim::notification_url(options.notify_url) : "";
  crypto::Secret secret;
  if (notifies) secret = channel_sim::read_notification_secret(options.notify_secret_file);
  runtime::block_stop_signals();
  http::probe_port_free(options.address, options.port);
  runtime::CorePool pool(1);
  channel_sim::BookOptions book = options.book;
  book.notifies = notifies;
  channel_sim::Simulator simulator(book, options.seed);
  std::optional<channel_sim::Notifier> notifier;
  if (notifies) notifier.emplace(pool.context(0), simulator.book(), url, std::move(secret)).start();
  http::ServerOptions listening;
  listening.address = options.address;
  listening.port = options.port;
  std::optional<http::Server> server(std::in_place, pool.context(0), listening, channel_sim::make_handler(simulator),
                                     channel_sim::error_answer);
  pool.start();
  std::fprintf(stderr, "acq-channel-sim: listening on http://%s:%d\n", options.address.c_str(), server->port());
  runtime::wait_for_stop_signal();
  // Slow answers are cut: a bank that goes away says nothing either.
  boost::asio::post(pool.context(0), [&server] { server->drain(); });
  pool.release();
  pool.stop();
  pool.join();
  server.reset();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"The simulated channel: the fate of a charge by the last two digits of its amount (docs/channel.md)."};
  app.set_version_flag("--version", acq::runtime::version_line("acq-channel-sim"));
  app.add_option("--port", options.port, "port to listen on")->capture_default_str();
  app.add_option("--address", options.address, "address to listen on")->capture_default_str();
  app.add_option("--late-arrival-ms", options.book.late_arrival_ms, "how long amounts ending in 55 stay unheard of")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}));
  auto* url = app.add_option("--notify-url", options.notify_url,
                             "the gateway that is told of successes; without a path: /channel/v1/notifications");
  auto* secret = app.add_option("--notify-secret-file", options.notify_secret_file,
                                "file with the secret (whsec_…) that signs notifications");
  url->needs(secret);
  secret->needs(url);
  app.add_option("--seed", options.seed, "which requests the rates of /sim/faults hit")->capture_default_str();
  app.footer(fates);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    run(options);
    return 0;
  } catch (const acq::StartError& error) {
    std::fprintf(stderr, "acq-channel-sim: %s\n", error.what());
    return error.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "acq-channel-sim: %s\n", error.what());
    return 3;
  }
}
