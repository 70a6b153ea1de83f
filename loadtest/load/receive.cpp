// acq-load receive: the demo merchant's callback receiver, until it is told to stop.
#include <CLI/CLI.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "common/runtime/core_pool.hpp"
#include "loadtest/load/environment.hpp"
#include "loadtest/load/receiver.hpp"
#include "loadtest/load/scenarios.hpp"

namespace acq::load {
namespace {

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 18085;
  std::string secret_file;
};

int receive(const Options& options) {
  ReceiverOptions receiving;
  receiving.address = options.address;
  receiving.port = options.port;
  receiving.secret =
      options.secret_file.empty() ? read_environment().webhook_key : read_webhook_secret_file(options.secret_file);
  if (receiving.secret.empty()) {
    throw StartError(2, "no webhook secret: give --secret-file FILE, or set ACQ_WEBHOOK_SECRET_FILE");
  }
  runtime::block_stop_signals();
  runtime::CorePool pool(1);
  std::optional<Receiver> receiver(std::in_place, pool.context(0), std::move(receiving));
  pool.start();
  std::fprintf(stderr, "acq-load: receiving callbacks on %s\n", receiver->callback_url().c_str());
  runtime::wait_for_stop_signal();
  boost::asio::post(pool.context(0), [&receiver] { receiver->drain(); });
  pool.release();
  pool.stop();
  pool.join();
  receiver.reset();
  return 0;
}

}  // namespace

void add_receive(CLI::App& app, Chosen& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("receive", "Receive callbacks, verify them, and tell at GET /received");
  command->add_option("--port", options->port, "port to listen on")->capture_default_str();
  command->add_option("--address", options->address, "address to listen on")->capture_default_str();
  command->add_option("--secret-file", options->secret_file, "file that holds the webhook secret (whsec_…)");
  command->callback([options, &chosen] { chosen = [options] { return receive(*options); }; });
}

}  // namespace acq::load
