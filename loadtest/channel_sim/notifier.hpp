// Sends what the book's outbox holds to the gateway, signed as Standard Webhooks, until a 2xx or until it gives up.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "common/crypto/secret.hpp"
#include "common/http/client.hpp"
#include "loadtest/channel_sim/channel_book.hpp"

namespace acq::channel_sim {

/// Where the gateway takes notifications: a URL without a path gets the one of docs/channel.md. StartError (2).
std::string notification_url(const std::string& url);
/// StartError (2) when the file cannot be read or holds no whsec_ secret.
crypto::Secret read_notification_secret(const std::string& file);

/// Lives on one single-threaded io_context; `book` outlives its running.
class Notifier {
 public:
  Notifier(boost::asio::io_context& context, ChannelBook& book, std::string url, crypto::Secret secret);
  /// Runs until the context stops.
  void start();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> send(Notification notification);

  boost::asio::io_context& context_;
  ChannelBook& book_;
  std::string url_;
  crypto::Secret secret_;
  http::Client client_;
  std::size_t in_flight_ = 0;
};

}  // namespace acq::channel_sim
