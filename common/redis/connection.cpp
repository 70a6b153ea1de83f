// Commands are answered in the order they were sent, and all have the same timeout: so the pending ones form a queue
// whose front is the oldest, and one coarse tick serves every deadline.
#include "common/redis/connection.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <unordered_map>

#include "common/limits.hpp"
#include "common/redis/line.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::redis {
namespace {

namespace asio = boost::asio;
using Answer = Result<Reply>;
using Handler = asio::async_result<asio::use_awaitable_t<>, void(Answer)>::handler_type;

constexpr std::uint32_t tick_ms = 25;

/// A command on its way. Owned by hiredis' callback until that is called; the queue only looks.
struct Pending {
  std::optional<Handler> waiter;
  std::function<void(const Answer&)> watcher;  ///< of our own commands
  const Script* script = nullptr;              ///< to be sent again as EVAL when the server does not have it
  std::vector<std::string> args;               ///< kept for scripts only
  std::int64_t deadline_ms = 0;
  void* owner = nullptr;  ///< the Connection::State that sent it
};

Answer away(std::string detail) {
  return Failure(Errc::cache_away, std::move(detail));
}

std::vector<std::string> script_args(std::vector<std::string> keys, std::vector<std::string> args) {
  std::vector<std::string> all;
  all.reserve(3 + keys.size() + args.size());
  all.resize(2);  // the verb and the script or its digest
  all.push_back(std::to_string(keys.size()));
  std::move(keys.begin(), keys.end(), std::back_inserter(all));
  std::move(args.begin(), args.end(), std::back_inserter(all));
  return all;
}

}  // namespace

struct Connection::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, ConnectionOptions given)
      : context(io), options(std::move(given)), tick(io), backoff(io) {}

  asio::io_context& context;
  ConnectionOptions options;
  asio::steady_timer tick;
  asio::steady_timer backoff;
  std::shared_ptr<Line> line;
  std::deque<Pending*> pending;
  std::unordered_map<const Script*, std::string> digests;
  std::uint32_t backoff_ms = limits::redis_backoff_min_ms;
  std::int64_t last_answer_ms = 0;
  std::atomic<std::int64_t> since_ms{0};
  bool established = false;
  bool ticking = false;
  bool stopped = false;
  bool told_away = false;

  void connect() {
    if (stopped) return;
    auto made = std::make_shared<Line>(context, Line::Events{[this] { probe(); }, [this] { down(); }});
    line = made;
    if (!made->open(options.socket)) down();
  }

  /// A stopped or loading server accepts connections too: it counts as connected when it has answered once.
  void probe() {
    auto op = std::make_unique<Pending>();
    op->watcher = [this](const Answer& answer) {
      if (answer) return up();
      asio::post(context, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->line && !self->established) self->line->close();
      });
    };
    submit(std::move(op), {"PING"});
  }

  void up() {
    established = true;
    backoff_ms = limits::redis_backoff_min_ms;
    last_answer_ms = runtime::steady_ms();
    since_ms.store(runtime::unix_ms(), std::memory_order_relaxed);
    if (std::exchange(told_away, false)) runtime::log_info("redis_connected", {{"socket", options.socket}});
    if (options.on_connected) options.on_connected();
  }

  /// The line is gone; hiredis has answered everything that was pending.
  void down() {
    const bool was_up = std::exchange(established, false);
    since_ms.store(0, std::memory_order_relaxed);
    // The line may be in the middle of one of its own calls: it is let go of by the next turn of the loop.
    asio::post(context, [gone = std::exchange(line, nullptr)] {});
    if (stopped) return;
    if (!std::exchange(told_away, true)) runtime::log_warning("redis_away", {{"socket", options.socket}});
    if (was_up && options.on_lost) options.on_lost();
    backoff.expires_after(std::chrono::milliseconds(backoff_ms));
    backoff_ms = std::min(backoff_ms * 2, limits::redis_backoff_max_ms);
    backoff.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->connect();
    });
  }

  void finish(Pending& op, Answer answer) {
    if (op.watcher) op.watcher(answer);
    op.watcher = nullptr;
    if (!op.waiter) return;
    // Posted: the waiter must not run inside hiredis.
    asio::post(context,
               [waiter = std::move(*op.waiter), answer = std::move(answer)]() mutable { waiter(std::move(answer)); });
    op.waiter.reset();
  }

  void send(std::unique_ptr<Pending> op, const std::vector<std::string>& args) {
    if (!established) return finish(*op, away("not connected"));
    submit(std::move(op), args);
  }

  void submit(std::unique_ptr<Pending> op, const std::vector<std::string>& args) {
    if (pending.size() >= limits::redis_pending_max) return finish(*op, away("too many commands wait"));
    if (op->deadline_ms == 0) op->deadline_ms = runtime::steady_ms() + limits::redis_timeout_ms;
    if (pending.empty()) last_answer_ms = runtime::steady_ms();
    op->owner = this;
    Pending* raw = op.release();
    pending.push_back(raw);
    if (!line->send(args, &State::on_reply, raw)) {
      pending.pop_back();
      finish(*raw, away("the connection is closing"));
      delete raw;
      return;
    }
    watch();
  }

  static void on_reply(redisAsyncContext*, void* reply, void* data) {
    std::unique_ptr<Pending> op(static_cast<Pending*>(data));
    State& owner = *static_cast<State*>(op->owner);
    owner.answered(static_cast<const redisReply*>(reply), std::move(op));
  }

  void answered(const redisReply* reply, std::unique_ptr<Pending> op) {
    pending.pop_front();
    last_answer_ms = runtime::steady_ms();
    if (reply == nullptr) return finish(*op, away("the connection was lost"));
    if (reply->type != REDIS_REPLY_ERROR) return finish(*op, copy_reply(*reply));
    const std::string_view text(reply->str, reply->len);
    if (op->script == nullptr || !text.starts_with("NOSCRIPT")) return finish(*op, away(std::string(text)));
    auto args = std::move(op->args);
    args[0] = "EVAL";
    args[1] = std::string(op->script->text);
    op->script = nullptr;
    send(std::move(op), args);
  }

  void send_script(const Script& script, std::vector<std::string> args, std::unique_ptr<Pending> op) {
    const auto known = digests.find(&script);
    if (known == digests.end()) {
      args[0] = "EVAL";
      args[1] = std::string(script.text);
      send(std::move(op), args);
      load(script);
      return;
    }
    args[0] = "EVALSHA";
    args[1] = known->second;
    op->script = &script;
    op->args = std::move(args);
    const auto& kept = op->args;
    send(std::move(op), kept);
  }

  /// The digest is a hash of the text: once known, it is right for every later connection.
  void load(const Script& script) {
    auto op = std::make_unique<Pending>();
    op->watcher = [this, &script](const Answer& answer) {
      if (answer && answer->text() != nullptr) digests[&script] = *answer->text();
    };
    send(std::move(op), {"SCRIPT", "LOAD", std::string(script.text)});
  }

  void watch() {
    if (ticking || stopped) return;
    ticking = true;
    tick.expires_after(std::chrono::milliseconds(tick_ms));
    tick.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self) return;
      self->ticking = false;
      if (!error) self->expire();
    });
  }

  void expire() {
    const std::int64_t now = runtime::steady_ms();
    for (Pending* op : pending) {
      if (op->deadline_ms > now) break;
      finish(*op, away("no answer in time"));
    }
    if (pending.empty()) return;
    if (now - last_answer_ms > limits::redis_stall_ms && line) {
      line->close();  // ends in down()
      return;
    }
    watch();
  }
};

Connection::Connection(asio::io_context& context, ConnectionOptions options)
    : state_(std::make_shared<State>(context, std::move(options))) {}

Connection::~Connection() {
  stop();
}

void Connection::start() {
  state_->connect();
}

void Connection::stop() {
  state_->stopped = true;
  state_->tick.cancel();
  state_->backoff.cancel();
  if (const auto line = state_->line) line->close();
}

bool Connection::connected() const noexcept {
  return connected_since_ms() != 0;
}

std::int64_t Connection::connected_since_ms() const noexcept {
  return state_->since_ms.load(std::memory_order_relaxed);
}

asio::awaitable<Result<Reply>> Connection::command(std::vector<std::string> args) {
  auto start = [state = state_](Handler handler, std::vector<std::string> given) {
    auto op = std::make_unique<Pending>();
    op->waiter.emplace(std::move(handler));
    state->send(std::move(op), given);
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(std::move(start), asio::use_awaitable,
                                                                           std::move(args));
}

asio::awaitable<Result<Reply>> Connection::eval(const Script& script, std::vector<std::string> keys,
                                                std::vector<std::string> args) {
  auto start = [state = state_, &script](Handler handler, std::vector<std::string> given) {
    auto op = std::make_unique<Pending>();
    op->waiter.emplace(std::move(handler));
    state->send_script(script, std::move(given), std::move(op));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
      std::move(start), asio::use_awaitable, script_args(std::move(keys), std::move(args)));
}

void Connection::command_and_forget(std::vector<std::string> args) {
  if (!state_->established) return;
  state_->send(std::make_unique<Pending>(), args);
}

void Connection::eval_and_forget(const Script& script, std::vector<std::string> keys, std::vector<std::string> args) {
  if (!state_->established) return;
  state_->send_script(script, script_args(std::move(keys), std::move(args)), std::make_unique<Pending>());
}

}  // namespace acq::redis
