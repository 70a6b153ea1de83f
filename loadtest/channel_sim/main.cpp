// acq-channel-sim: stands for the bank core. One thread, all state in memory, nothing survives a restart on purpose.
#include <CLI/CLI.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <optional>

#include "common/error/result.hpp"
#include "common/http/server.hpp"
#include "common/runtime/config.hpp"
#include "common/runtime/core_pool.hpp"
#include "loadtest/channel_sim/simulator.hpp"

namespace {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 18084;
  acq::channel_sim::BookOptions book;
};

void run(const Options& options) {
  using namespace acq;
  runtime::block_stop_signals();
  http::probe_port_free(options.address, options.port);
  runtime::CorePool pool(1);
  channel_sim::ChannelBook book(options.book);
  http::ServerOptions listening;
  listening.address = options.address;
  listening.port = options.port;
  std::optional<http::Server> server(std::in_place, pool.context(0), listening, channel_sim::make_handler(book),
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
