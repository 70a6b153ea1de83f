// The demo merchant's callback receiver: POST /callbacks verifies (Standard Webhooks) and keeps; GET /received and
// GET /received/count tell what came. Lives on one io_context.
#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "common/crypto/secret.hpp"
#include "common/http/server.hpp"
#include "loadtest/load/received_events.hpp"

namespace acq::load {

struct ReceiverOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any
  crypto::Secret secret;   ///< the decoded webhook secret
  std::size_t events_max = 200'000;
};

class Receiver {
 public:
  /// Throws StartError (3) when the port is taken.
  Receiver(boost::asio::io_context& context, ReceiverOptions options);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const noexcept { return server_->port(); }
  std::string callback_url() const;
  void drain() { server_->drain(); }
  /// On the context's thread only.
  ReceivedEvents& events() noexcept { return events_; }

 private:
  http::Response answer(const http::Request& request);
  http::Response take_callback(const http::Request& request);
  http::Response list(const http::Request& request) const;

  ReceiverOptions options_;
  ReceivedEvents events_;
  std::optional<http::Server> server_;
};

}  // namespace acq::load
