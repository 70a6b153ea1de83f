// hiredis keeps one callback per channel for the life of the connection and calls it with null when that ends. A line
// that dies is noticed by the kernel (a unix socket); a server that stands still publishes nothing anyway.
#include "common/redis/subscriber.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <unordered_map>

#include "common/limits.hpp"
#include "common/redis/line.hpp"

namespace acq::redis {

namespace asio = boost::asio;

std::optional<Push> read_push(const Reply& reply) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->size() != 3) return std::nullopt;
  const auto* kind = (*parts)[0].text();
  const auto* channel = (*parts)[1].text();
  if (kind == nullptr || channel == nullptr) return std::nullopt;
  if (*kind == "subscribe") return Push{Push::Kind::subscribed, *channel};
  if (*kind == "unsubscribe") return Push{Push::Kind::unsubscribed, *channel};
  const auto* message = (*parts)[2].text();
  if (*kind != "message" || message == nullptr) return std::nullopt;
  return Push{Push::Kind::message, *channel, *message};
}

struct Subscriber::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, SubscriberOptions given) : context(io), options(std::move(given)), backoff(io) {}

  asio::io_context& context;
  SubscriberOptions options;
  asio::steady_timer backoff;
  std::shared_ptr<Line> line;
  std::unordered_map<std::string, bool> wanted;  ///< and whether it is confirmed
  std::uint32_t backoff_ms = limits::redis_backoff_min_ms;
  bool established = false;
  bool stopped = false;

  void connect() {
    if (stopped) return;
    auto made = std::make_shared<Line>(context, Line::Events{[this] { send("SUBSCRIBE", options.anchor); },  //
                                                             [this] { down(); }});
    line = made;
    if (!made->open(options.socket)) down();
  }

  void send(const char* verb, const std::string& channel) {
    if (line) line->send({verb, channel}, &State::on_reply, this);  // refused: the line is closing, down() follows
  }

  static void on_reply(redisAsyncContext*, void* reply, void* data) {
    if (reply == nullptr) return;
    const auto self = static_cast<State*>(data)->weak_from_this().lock();
    if (!self) return;
    const auto push = read_push(copy_reply(*static_cast<const redisReply*>(reply)));
    if (push) self->take(*push);
  }

  void take(const Push& push) {
    switch (push.kind) {
      case Push::Kind::message:
        if (options.on_message) options.on_message(push.channel, push.message);
        return;
      case Push::Kind::subscribed: {
        if (push.channel == options.anchor) return up();
        const auto found = wanted.find(push.channel);
        if (found == wanted.end() || std::exchange(found->second, true)) return;
        if (options.on_subscribed) options.on_subscribed(push.channel);
        return;
      }
      case Push::Kind::unsubscribed:
        // Wanted again while the answer was under way: hiredis has forgotten the channel's callback by now.
        if (const auto found = wanted.find(push.channel); found != wanted.end()) {
          found->second = false;
          send("SUBSCRIBE", push.channel);
        }
        return;
    }
  }

  void up() {
    established = true;
    backoff_ms = limits::redis_backoff_min_ms;
    for (const auto& [channel, confirmed] : wanted) send("SUBSCRIBE", channel);
  }

  void down() {
    established = false;
    for (auto& [channel, confirmed] : wanted) confirmed = false;
    // The line may be in the middle of one of its own calls: it is let go of by the next turn of the loop.
    asio::post(context, [gone = std::exchange(line, nullptr)] {});
    if (stopped) return;
    backoff.expires_after(std::chrono::milliseconds(backoff_ms));
    backoff_ms = std::min(backoff_ms * 2, limits::redis_backoff_max_ms);
    backoff.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->connect();
    });
  }
};

Subscriber::Subscriber(asio::io_context& context, SubscriberOptions options)
    : state_(std::make_shared<State>(context, std::move(options))) {}

Subscriber::~Subscriber() {
  stop();
}

void Subscriber::start() {
  state_->connect();
}

void Subscriber::stop() {
  state_->stopped = true;
  state_->backoff.cancel();
  if (const auto line = state_->line) line->close();
}

void Subscriber::subscribe(const std::string& channel) {
  const bool fresh = state_->wanted.emplace(channel, false).second;
  if (fresh && state_->established) state_->send("SUBSCRIBE", channel);
}

void Subscriber::unsubscribe(const std::string& channel) {
  if (state_->wanted.erase(channel) > 0 && state_->established) state_->send("UNSUBSCRIBE", channel);
}

bool Subscriber::connected() const noexcept {
  return state_->established;
}

bool Subscriber::hears(const std::string& channel) const {
  const auto found = state_->wanted.find(channel);
  return found != state_->wanted.end() && found->second;
}

}  // namespace acq::redis
