// One loop looks what is due; each sending is a coroutine of its own, so that a slow gateway delays no other.
#include "loadtest/channel_sim/notifier.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <fstream>
#include <iterator>

#include "common/error/result.hpp"
#include "common/http/address_guard.hpp"
#include "common/http/webhook_signature.hpp"
#include "common/runtime/clock.hpp"

namespace acq::channel_sim {
namespace {

namespace asio = boost::asio;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::string_view default_path = "/channel/v1/notifications";
constexpr std::chrono::milliseconds look_every{20};
constexpr std::size_t in_flight_max = 64;
constexpr std::uint32_t timeout_ms = 5'000;

http::ClientOptions client_options() {
  http::ClientOptions options;
  options.connections_per_destination_max = in_flight_max;
  return options;
}

}  // namespace

std::string notification_url(const std::string& url) {
  const auto parsed = http::parse_url(url);
  if (!parsed) throw StartError(2, "--notify-url \"" + url + "\" is no URL: write one such as http://127.0.0.1:18080");
  if (parsed->target != "/") return url;
  std::string whole = url;
  if (whole.back() == '/') whole.pop_back();
  return whole.append(default_path);
}

crypto::Secret read_notification_secret(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) throw StartError(2, "--notify-secret-file " + file + " cannot be read");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  auto secret = http::parse_webhook_secret(text);
  if (!secret) throw StartError(2, "--notify-secret-file " + file + ": " + secret.error().detail);
  return std::move(*secret);
}

Notifier::Notifier(asio::io_context& context, ChannelBook& book, std::string url, crypto::Secret secret)
    : context_(context),
      book_(book),
      url_(std::move(url)),
      secret_(std::move(secret)),
      client_(context, client_options()) {}

void Notifier::start() {
  asio::co_spawn(context_, run(), asio::detached);
}

asio::awaitable<void> Notifier::run() {
  asio::steady_timer timer(context_);
  while (true) {
    const auto now_ms = runtime::steady_ms();
    book_.settle_due(now_ms);
    while (in_flight_ < in_flight_max) {
      auto due = book_.outbox().take(now_ms);
      if (!due) break;
      ++in_flight_;
      asio::co_spawn(context_, send(std::move(*due)), asio::detached);
    }
    timer.expires_after(look_every);
    const auto [error] = co_await timer.async_wait(awaited);
    if (error) co_return;
  }
}

asio::awaitable<void> Notifier::send(Notification notification) {
  const auto told = book_.told_by(notification);
  bool taken = false;
  if (told) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = url_;
    request.body = codec::encode_charge_answer(*told);
    request.timeout_ms = timeout_ms;
    const auto stamp_s = runtime::unix_ms() / 1000;
    request.headers.emplace_back("webhook-id", notification.id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(stamp_s));
    request.headers.emplace_back("webhook-signature",
                                 http::sign_webhook(secret_, notification.id, stamp_s, request.body));
    const auto answer = co_await client_.send(std::move(request));
    taken = answer && answer->status >= 200 && answer->status < 300;
  }
  --in_flight_;
  if (taken) {
    book_.outbox().delivered();
  } else if (told) {
    book_.outbox().failed(std::move(notification), runtime::steady_ms());
  }
}

}  // namespace acq::channel_sim
