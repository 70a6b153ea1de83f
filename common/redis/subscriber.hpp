// Channels of Redis' publish and subscribe, on a connection of their own (RESP2 allows nothing else beside them). What
// is published while it is away is lost: whoever listens reads again after on_subscribed, and by the clock anyway
// (P25).
#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/redis/reply.hpp"

namespace acq::redis {

/// One element of the stream that a subscribed connection gets.
struct Push {
  enum class Kind : std::uint8_t { subscribed, unsubscribed, message } kind;
  std::string channel;
  std::string message{};  ///< of Kind::message
};
/// Nothing when the reply is no such element. Pure.
std::optional<Push> read_push(const Reply& reply);

struct SubscriberOptions {
  std::string socket;  ///< path of the unix socket
  /// Listened to as long as the connection lives: its confirmation says that the server answers, and it keeps the
  /// number of channels above zero, where hiredis 0.14 leaves the subscribed mode and then dies of an answer under way.
  std::string anchor;
  std::function<void(std::string_view channel, std::string_view message)> on_message;
  /// What is published from now on arrives; after a reconnection too. Not called for the anchor.
  std::function<void(std::string_view channel)> on_subscribed;
};

/// All members are called, and call back, on the io_context's thread. Reconnects by itself for ever.
class Subscriber {
 public:
  Subscriber(boost::asio::io_context& context, SubscriberOptions options);
  ~Subscriber();  ///< stop()
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  void start();
  void stop();
  /// Wanted until unsubscribe(), over all reconnections. A second call is nothing new.
  void subscribe(const std::string& channel);
  void unsubscribe(const std::string& channel);
  bool connected() const noexcept;
  /// Confirmed on this connection.
  bool hears(const std::string& channel) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace acq::redis
