#include "gateway/app.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "common/crypto/sealed_box.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/descriptors.hpp"
#include "common/runtime/log.hpp"
#include "gateway/handlers/reference.hpp"
#include "gateway/handlers/witness_files.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t start_timeout_ms = 10'000;
constexpr std::uint32_t drain_ms = limits::reservation_deadline_ms;
constexpr std::uint32_t flush_ms = 10'000;
constexpr std::uint32_t barrier_ms = 2'000;
constexpr auto admin_address = "127.0.0.1";

}  // namespace

App::App(Settings settings) : settings_(std::move(settings)), wholeness_(runtime::unix_ms()) {
  master_key_ = crypto::read_master_key(settings_.master_key_file);
  http::probe_port_free(settings_.listen_address, settings_.port);
  http::probe_port_free(admin_address, settings_.admin_port);
  admin_pool_ = std::make_unique<runtime::CorePool>(1);
  if (!settings_.tls.certificate_file.empty()) {
    tls_ = std::make_unique<http::TlsKeeper>(admin_pool_->context(0), settings_.tls, [this](http::TlsContext pair) {
      for (auto& core : cores_) core->use_tls(pair);
    });
  }

  auto wanted = kafka::read_topic_spec(settings_.topics_file, settings_.topic);
  topic_facts_ = kafka::require_topic(settings_.brokers, wanted, start_timeout_ms);
  {
    mariadb::Connection check(settings_.database);
    mariadb::require_safe(check);
  }
  topic_ = std::make_unique<kafka::TopicWatch>(
      kafka::TopicWatchOptions{settings_.brokers, std::move(wanted), settings_.log_check_every_ms}, topic_facts_);
  witness_ = std::make_unique<journal::Journal>(
      journal::JournalOptions{settings_.witness_directory, settings_.instance, limits::journal_segment_bytes_max});
  kafka::ProducerOptions producer;
  producer.brokers = settings_.brokers;
  producer.topic = settings_.topic;
  producer.message_timeout_ms = limits::message_timeout_ms;
  log_ = std::make_unique<kafka::Producer>(std::move(producer));
  keeper_ = std::make_unique<WitnessKeeper>(
      WitnessKeeperOptions{settings_.brokers, settings_.topic, settings_.database, settings_.balance_every_ms},
      *witness_, *topic_);
  log_watch_ = std::make_unique<LogWatch>(
      LogWatchOptions{settings_.brokers, settings_.topic, settings_.log_disk_path, settings_.log_check_every_ms,
                      settings_.database, [this] { return log_->log_is_away(); }, [this] { keeper_->hurry(); }},
      *topic_);
  database_ = std::make_unique<mariadb::ReadPool>(settings_.database, settings_.readers, limits::read_pool_waiting_max);
  lists_ = std::make_unique<mariadb::ReadPool>(settings_.database, limits::list_readers, limits::list_waiting_max);
  log_ends_ = std::make_unique<LogEnds>(
      [this](std::int32_t partition) { return log_->log_end(partition, limits::log_end_timeout_ms); });
  directory_ = std::make_unique<MerchantDirectory>(settings_.database, master_key_,
                                                   [this](std::shared_ptr<const DirectorySnapshot> snapshot) {
                                                     if (cores_.empty()) first_snapshot_ = snapshot;
                                                     for (auto& core : cores_) core->publish(snapshot);
                                                   });
  directory_->load();
}

App::~App() {
  if (!draining_) stop();
}

void App::run() {
  start_cores();
  start_admin();
  directory_->start();
  runtime::log_info("gateway_started", {{"instance", settings_.instance},
                                        {"port", static_cast<std::int64_t>(settings_.port)},
                                        {"cores", settings_.cores},
                                        {"tls", tls_ != nullptr}});
  const int signal = runtime::wait_for_stop_signal([this] {
    if (tls_) tls_->reload();
  });
  runtime::log_info("gateway_stopping", {{"signal", signal}});
  announce_drain();
  stop();
  runtime::log_info("gateway_stopped");
}

void App::start_cores() {
  pool_ = std::make_unique<runtime::CorePool>(settings_.cores);
  const auto descriptors = runtime::raise_descriptor_limit();
  const auto connections_max =
      runtime::connections_per_core(descriptors, settings_.cores, limits::connections_per_core_max);
  if (connections_max < limits::connections_per_core_max) {
    runtime::log_warning("few_descriptors", {{"descriptors", descriptors}, {"connections_per_core", connections_max}});
  }
  const Shared shared{settings_,
                      *log_,
                      *witness_,
                      *database_,
                      *lists_,
                      *log_ends_,
                      wholeness_,
                      *topic_,
                      *log_watch_,
                      draining_,
                      crypto::derive_sip_key(master_key_, "fingerprint"),
                      crypto::derive_sip_key(master_key_, "cursor"),
                      topic_facts_.topic_id,
                      tls_ ? tls_->first() : nullptr,
                      connections_max};
  load_ = std::make_unique<GatewayLoad>(settings_.cores, settings_.admission.in_flight_max);
  for (std::size_t i = 0; i < settings_.cores; ++i) {
    admissions_.push_back(std::make_unique<Admission>(settings_.admission, *load_, merchant_shares_, i));
    cores_.push_back(std::make_unique<Core>(pool_->context(i), *admissions_.back(), shared));
    cores_.back()->start(first_snapshot_);
  }
  pool_->start();
}

void App::start_admin() {
  http::ServerOptions options;
  options.address = admin_address;
  options.port = settings_.admin_port;
  options.connections_max = 64;
  admin_server_ = std::make_unique<http::Server>(
      admin_pool_->context(0), options, [this](const http::Request& request) { return answer_admin(request); },
      [](Errc code, std::string_view request_id) { return problem_response({.code = code}, request_id); });
  if (tls_) tls_->start();
  admin_pool_->start();
}

asio::awaitable<http::Response> App::answer_admin(const http::Request& request) {
  if (handlers::is_witness_path(request.path)) {
    co_return handlers::answer_witness(request, {settings_.instance, settings_.witness_directory});
  }
  if (request.path == "/metrics") show_load(*load_);
  if (handlers::is_reference_path(request.path)) co_return handlers::answer_reference(request);
  co_return handlers::answer_admin(request, [this] { return readiness(); });
}

handlers::Readiness App::readiness() const {
  const std::int64_t now = runtime::unix_ms();
  std::int64_t cache_since_ms = now;
  for (const auto& core : cores_) cache_since_ms = std::min(cache_since_ms, core->cache_connected_since_ms());
  const bool cache_fine = cache_since_ms != 0;
  const std::int64_t directory_ms = directory_->checked_at_ms();
  const bool directory_fine = now - directory_ms < 5 * limits::directory_refresh_ms;
  const bool log_fine = !log_->log_is_away();
  return {leaving_.load(),
          {{"log", log_fine, true, log_fine ? now : 0},
           {"topic_settings", topic_->as_wanted(), true, topic_->checked_at_ms()},
           {"log_headroom", log_watch_->has_headroom(), true, log_watch_->checked_at_ms()},
           {"witness", witness_->healthy(), true, witness_->last_sync_ms()},
           {"cache", cache_fine, false, cache_fine ? now : 0},
           {"database", directory_fine, false, directory_ms},
           {"merchants", directory_fine, false, directory_ms},
           {"reading", load_->cores_not_reading() == 0, false, load_->cores_not_reading() == 0 ? now : 0}},
          {load_->in_flight(), load_->in_flight_max(), load_->cores_not_reading()}};
}

void App::announce_drain() {
  leaving_ = true;
  for (auto& core : cores_) core->announce_drain();
  std::this_thread::sleep_for(std::chrono::milliseconds(settings_.drain_delay_ms));
}

void App::await_requests() {
  const std::int64_t until_ms = runtime::steady_ms() + drain_ms;
  const auto left = [this] {
    std::size_t count = load_ ? load_->in_flight() : 0;
    for (const auto& core : cores_) count += core->connections();
    return count;
  };
  while (left() > 0 && runtime::steady_ms() < until_ms) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (const auto count = left(); count > 0) runtime::log_warning("requests_left", {{"count", count}});
}

void App::await_cores() {
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    auto reached = std::make_shared<std::promise<void>>();
    auto future = reached->get_future();
    asio::post(pool_->context(i), [reached] { reached->set_value(); });
    future.wait_for(std::chrono::milliseconds(barrier_ms));
  }
}

void App::stop() {
  leaving_ = true;
  if (draining_.exchange(true)) return;
  for (auto& core : cores_) core->drain();
  await_cores();  // connections() counts a listener's last ones only once it is closed
  await_requests();
  if (log_ && !log_->flush(flush_ms)) runtime::log_warning("log_not_flushed", {{"messages", log_->in_flight()}});
  await_cores();  // late reports end their offers in the witness
  if (log_watch_) log_watch_->stop();
  if (keeper_) keeper_->stop();
  if (witness_) witness_->stop();
  if (directory_) directory_->stop();
  if (topic_) topic_->stop();
  if (admin_pool_) admin_pool_->stop(), admin_pool_->join();
  if (pool_) pool_->stop(), pool_->join();
  admin_server_.reset();
  tls_.reset();
  log_ends_.reset();
  lists_.reset();
  database_.reset();
  log_.reset();
  witness_.reset();
  cores_.clear();
  pool_.reset();
}

}  // namespace acq::gateway
