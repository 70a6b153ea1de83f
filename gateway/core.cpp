#include "gateway/core.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "gateway/answers.hpp"
#include "gateway/authentication.hpp"
#include "gateway/names.hpp"
#include "gateway/request_headers.hpp"
#include "gateway/routes.hpp"

namespace acq::gateway {

namespace asio = boost::asio;

namespace {

/// What refusals cost beside one from the head, roughly: reading on and looking at the signature.
constexpr std::int64_t head_weight = 1;
constexpr std::int64_t signed_weight = 3;
/// Ed25519 is verified whoever is named, and costs some fifteen times what HMAC does.
constexpr std::int64_t ed25519_weight = 45;

/// A waiter counts as in flight (P25): together they never take more than a quarter of the places.
std::size_t waiters_max(const Settings& settings) {
  return std::max<std::size_t>(
      1, std::min(limits::waiters_per_gateway_max, settings.admission.in_flight_max / 4) / settings.cores);
}

MoneyWord money_of(RouteId route) {
  return concerns_money(route) ? MoneyWord::not_looked_up : MoneyWord::none;
}

std::vector<PreparedProblem> prepare_problems() {
  std::vector<PreparedProblem> all;
  for (const auto money : {MoneyWord::none, MoneyWord::not_looked_up}) {
    for (const auto code : {Errc::overloaded, Errc::rate_limited, Errc::too_many_in_flight}) {
      all.emplace_back(code, money);
    }
  }
  return all;
}

}  // namespace

Core::Core(asio::io_context& context, Admission& admission, Shared shared)
    : context_(context),
      shared_(shared),
      admission_(admission),
      prepared_(prepare_problems()),
      reading_(context, admission, admission_metrics_),
      cache_(context, {shared.settings.redis_socket, [this] { mark_whole(); }, {}}),
      reservations_(cache_, shared.wholeness),
      offers_(shared.witness, shared.log, reservations_),
      reader_({cache_, shared.database, shared.log_ends, shared.wholeness, shared.log.partitions(), shared.topic_id}),
      intake_({reservations_, offers_, reader_, directory_, shared.fingerprint_key, shared.log.partitions()}),
      closing_({offers_, reader_, shared.log.partitions()}),
      refund_reader_({cache_, shared.database, shared.wholeness, reader_, shared.log.partitions()}),
      refunding_({reservations_, offers_, reader_, refund_reader_, shared.fingerprint_key, shared.log.partitions()}),
      list_(shared.lists, shared.cursor_key),
      waiting_(context, {shared.settings.redis_socket, shared.log.partitions(), waiters_max(shared.settings)}),
      payments_({intake_, reader_, list_, waiting_, metrics_, {shared.settings.callback_http_allowed}}),
      closes_(closing_, metrics_),
      refunds_(refunding_, refund_reader_, metrics_),
      notifications_(offers_, metrics_, shared.settings.channel_secret, shared.log.partitions()),
      signature_checks_(metrics_) {}

Core::~Core() = default;

void Core::start(std::shared_ptr<const DirectorySnapshot> directory) {
  directory_ = std::move(directory);
  cache_.start();
  waiting_.start();
  http::ServerOptions options;
  options.address = shared_.settings.listen_address;
  options.port = shared_.settings.port;
  options.reuse_port = true;
  options.tls = shared_.tls;
  options.connections_max = shared_.connections_max;
  options.head_gate = [this](const http::RequestHead& head) { return refuse_head(head); };
  server_ = std::make_unique<http::Server>(
      context_, options, [this](const http::Request& request) { return handle(request); },
      [this](Errc code, std::string_view request_id) { return refuse(code, RouteId::none, request_id); });
  reading_.watch(*server_);
}

void Core::publish(std::shared_ptr<const DirectorySnapshot> directory) {
  asio::post(context_, [this, directory = std::move(directory)]() mutable { directory_ = std::move(directory); });
}

void Core::use_tls(http::TlsContext tls) {
  asio::post(context_, [this, tls = std::move(tls)]() mutable { server_->use_tls(std::move(tls)); });
}

void Core::announce_drain() {
  asio::post(context_, [this] { server_->announce_drain(); });
}

void Core::drain() {
  asio::post(context_, [this] {
    if (server_) server_->drain();
    waiting_.release();
  });
}

void Core::mark_whole() {
  const std::int64_t now = runtime::unix_ms();
  shared_.wholeness.broken_at(now);
  cache_.command_and_forget({"SET", std::string(whole_key), std::to_string(now), "NX"});
}

std::optional<Errc> Core::closed_for(RouteId route) const {
  if (shared_.draining.load(std::memory_order_relaxed)) return Errc::draining;
  if (!offers_intent(route)) return std::nullopt;
  if (!shared_.topic.as_wanted()) return Errc::retention_short;
  return shared_.log_watch.closed();
}

http::Response Core::refuse(Errc code, RouteId route, std::string_view request_id) {
  metrics_.refused(code);
  return problem_response({.code = code, .money = money_of(route)}, request_id);
}

http::Response Core::refuse(const AdmissionRefusal& refusal, RouteId route, std::string_view request_id,
                            std::int64_t weight) {
  metrics_.refused(refusal.code);
  admission_metrics_.refused(kind_of(route), refusal.code);
  reading_.spent(weight);
  const auto problem = std::find_if(prepared_.begin(), prepared_.end(), [&](const PreparedProblem& known) {
    return known.code() == refusal.code && known.money() == money_of(route);
  });
  return problem->answer(request_id, refusal.retry_after_ms);
}

std::optional<http::Response> Core::refuse_head(const http::RequestHead& head) {
  // Most of the time nobody is refused, and then nobody is asked where he goes.
  if (!admission_.crowded() && !closed_for(RouteId::create_payment)) return std::nullopt;
  const RouteId route = match_route(head.method, head.path).id;
  if (route == RouteId::none) return std::nullopt;
  std::optional<http::Response> response;
  if (const auto closed = closed_for(route)) {
    response = refuse(*closed, route, head.request_id);
    reading_.spent(head_weight);
  } else if (const auto refusal = admission_.look(kind_of(route), steady_ns())) {
    response = refuse(*refusal, route, head.request_id, head_weight);
  }
  if (response) metrics_.answered(route, response->status);
  return response;
}

asio::awaitable<http::Response> Core::handle(const http::Request& request) {
  const std::int64_t began_ms = runtime::steady_ms();
  Match match = match_route(request.method, request.path);
  const RouteId route = match.id;
  http::Response response;
  if (route == RouteId::none) {
    response = refuse(match.allow.empty() ? Errc::not_found : Errc::method_not_allowed, route, request.request_id);
    if (!match.allow.empty()) response.headers.emplace_back("Allow", std::move(match.allow));
    reading_.spent(head_weight);
  } else {
    response = co_await dispatch(request, std::move(match), began_ms);
  }
  metrics_.answered(route, response.status);
  co_return response;
}

asio::awaitable<http::Response> Core::dispatch(const http::Request& request, Match match, std::int64_t began_ms) {
  if (const auto closed = closed_for(match.id)) {
    reading_.spent(head_weight);
    co_return refuse(*closed, match.id, request.request_id);
  }
  const WorkKind kind = kind_of(match.id);
  // Again: while the body came the world moved.
  if (const auto refusal = admission_.look(kind, steady_ns())) {
    co_return refuse(*refusal, match.id, request.request_id, head_weight);
  }
  if (kind == WorkKind::signature_check) {
    if (const auto refusal = admission_.take_signature_check(steady_ns())) {
      co_return refuse(*refusal, match.id, request.request_id, head_weight);
    }
  }
  auto entry = admission_.enter(kind);
  if (match.id == RouteId::channel_notification) {
    http::Response told = co_await notifications_.receive(request, began_ms);
    co_return told;
  }
  if (match.id == RouteId::signature_check) {
    co_return signature_checks_.check(request, *directory_, runtime::unix_ms());
  }
  const auto merchant = authenticate(request, *directory_, runtime::unix_ms());
  if (!merchant) {
    const bool ed25519 = header(request, "signature-input").find("ed25519") != std::string_view::npos;
    reading_.spent(ed25519 ? ed25519_weight : signed_weight);
    co_return refuse(merchant.error().code, match.id, request.request_id);
  }
  const Merchant caller = *merchant;
  RateLeft rate;
  http::Response response;
  if (const auto refusal = admission_.enter_merchant(entry, caller, steady_ns(), rate)) {
    response = refuse(*refusal, match.id, request.request_id, signed_weight);
    if (rate.worth_telling()) rate.tell(response);
    co_return response;
  }
  switch (match.id) {
    case RouteId::create_payment:
      response = co_await payments_.create(request, caller, began_ms);
      break;
    case RouteId::payments_by_query:
      response = co_await payments_.by_query(request, caller, began_ms);
      break;
    case RouteId::payment_by_id:
      response = co_await payments_.by_id(request, caller, match.parameter, began_ms);
      break;
    case RouteId::close_by_id:
      response = co_await closes_.by_id(request, caller, match.parameter, began_ms);
      break;
    case RouteId::close_by_number:
      response = co_await closes_.by_number(request, caller, began_ms);
      break;
    case RouteId::create_refund:
      response = co_await refunds_.create(request, caller, match.parameter, began_ms);
      break;
    case RouteId::refunds_of_payment:
      response = co_await refunds_.of_payment(request, caller, match.parameter);
      break;
    case RouteId::refund_by_number:
      response = co_await refunds_.by_number(request, caller);
      break;
    case RouteId::refund_by_id:
      response = co_await refunds_.by_id(request, caller, match.parameter);
      break;
    case RouteId::signature_check:
    case RouteId::channel_notification:
    case RouteId::none:
      response = refuse(Errc::not_found, match.id, request.request_id);
      break;
  }
  if (rate.worth_telling()) rate.tell(response);
  co_return response;
}

}  // namespace acq::gateway
