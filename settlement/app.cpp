#include "settlement/app.hpp"

#include "common/codec/json_document.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/runtime/core_pool.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"

namespace acq::settlement {
namespace {

constexpr std::uint32_t broker_timeout_ms = 10'000;
/// A loop that has not come round for this long is stuck, unless the database is away, which /readyz says too.
constexpr std::int64_t stuck_after_ms = 30'000;  // and so is a partition that the group gave us and nobody writes

http::Response error_answer(Errc code, std::string_view request_id) {
  return operations::problem(Failure(code), request_id);
}

}  // namespace

App::App(const Settings& settings) {
  const auto master = crypto::read_master_key(settings.master_key_file);
  const auto facts = kafka::require_topic(
      settings.brokers, kafka::read_topic_spec(settings.topics_file, settings.topic), broker_timeout_ms);
  {
    mariadb::Connection connection(settings.database);
    mariadb::require_safe(connection);
  }
  http::probe_port_free("127.0.0.1", settings.admin_port);
  http::probe_port_free(settings.operator_address, settings.operator_port);

  secrets_ = std::make_unique<SecretStore>(settings.database, master);
  http::ClientOptions to_channel;
  to_channel.connections_per_destination_max = limits::channel_calls_in_flight_max;
  channel_client_ = std::make_unique<http::Client>(effects_.context, to_channel);
  http::ClientOptions to_merchants;
  to_merchants.connections_per_destination_max = limits::callbacks_per_destination_max;
  to_merchants.addresses = {true, settings.callback_http_allowed};
  callback_client_ = std::make_unique<http::Client>(effects_.context, to_merchants);
  if (settings.callback_http_allowed) {
    runtime::log_warning("callbacks_to_loopback_allowed",
                         {{"setting", "callbacks.http_allowed"}, {"use", "development only"}});
  }
  channel_ = std::make_unique<ChannelHttp>(*channel_client_, settings.channel_url, *secrets_);
  sender_ = std::make_unique<CallbackSender>(*callback_client_, *secrets_);
  runner_ = std::make_unique<JobRunner>(effects_.context, *channel_, *sender_, inbox_);
  cache_ = std::make_unique<StateCache>(effects_.context, settings.redis_socket);

  WorkerOptions worker;
  worker.name = settings.worker;
  worker.log = {settings.brokers, settings.topic, settings.group};
  worker.topic = facts;
  worker.channel.late_arrival_ms = settings.channel_late_arrival_ms;
  worker_ = std::make_unique<Worker>(worker, settings.database, *secrets_, *runner_, *cache_, inbox_);

  operator_api_ = std::make_unique<operations::OperatorApi>(
      settings.database, operations::LogOptions{settings.brokers, settings.topic, settings.topics_file},
      secrets_->master());
  http::ServerOptions operator_port;
  operator_port.address = settings.operator_address;
  operator_port.port = settings.operator_port;
  operator_port.body_bytes_max = operations::operator_body_bytes_max;
  operator_server_ = std::make_unique<http::Server>(
      operators_.context, operator_port, [this](const http::Request& r) { return operator_api_->answer(r); },
      error_answer);
  http::ServerOptions admin_port;
  admin_port.port = settings.admin_port;
  admin_server_ = std::make_unique<http::Server>(
      faces_.context, admin_port, [this](const http::Request& r) { return answer_admin(r); }, error_answer);
}

App::~App() {
  worker_.reset();
  effects_.stop();
  faces_.stop();
  operators_.stop();
}

void App::run() {
  effects_.start();
  faces_.start();
  operators_.start();
  cache_->start();
  worker_->start();
  runtime::log_info("settlement_started", {{"operator_port", static_cast<std::int64_t>(operator_server_->port())}});
  const int signal = runtime::wait_for_stop_signal();
  runtime::log_info("settlement_stopping", {{"signal", signal}});
  worker_->stop();
  cache_->stop();
  effects_.stop();
  faces_.stop();
  operators_.stop();
}

boost::asio::awaitable<http::Response> App::answer_admin(const http::Request& request) {
  http::Response response;
  if (request.path == "/livez") {
    response.body = R"({"status":"alive"})";
  } else if (request.path == "/readyz") {
    const auto idle = worker_->idle_ms();
    const auto unowned = worker_->unowned_ms();
    const bool ready = idle < stuck_after_ms && unowned < stuck_after_ms;
    response.status = ready ? 200 : 503;
    codec::JsonWriter writer(response.body);
    writer.begin_object()
        .member("status", ready ? "ready" : "not_ready")
        .member("worker_idle_ms", idle)
        .member("partitions", worker_->partitions_owned())
        .member("partitions_waiting", worker_->partitions_waiting())
        .member("unowned_ms", unowned)
        .end_object();
  } else if (request.path == "/metrics") {
    response.content_type = "text/plain; version=0.0.4";
    response.body = runtime::metrics_text();
  } else {
    response = error_answer(Errc::not_found, request.request_id);
  }
  co_return response;
}

}  // namespace acq::settlement
