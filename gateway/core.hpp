// Everything of one core: its listener, its Redis connection, its use cases. A request that arrives here ends here.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "common/crypto/digest.hpp"
#include "common/http/message.hpp"
#include "common/http/server.hpp"
#include "common/journal/journal.hpp"
#include "common/kafka/producer.hpp"
#include "common/kafka/topic_watch.hpp"
#include "common/mariadb/read_pool.hpp"
#include "common/redis/connection.hpp"
#include "gateway/admission.hpp"
#include "gateway/admission_metrics.hpp"
#include "gateway/cache_wholeness.hpp"
#include "gateway/close_intake.hpp"
#include "gateway/handlers/closes.hpp"
#include "gateway/handlers/notifications.hpp"
#include "gateway/handlers/payments.hpp"
#include "gateway/handlers/refunds.hpp"
#include "gateway/handlers/signature_check.hpp"
#include "gateway/log_ends.hpp"
#include "gateway/log_watch.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/offer.hpp"
#include "gateway/payment_intake.hpp"
#include "gateway/payment_list.hpp"
#include "gateway/payment_reader.hpp"
#include "gateway/prepared_problem.hpp"
#include "gateway/reading_control.hpp"
#include "gateway/refund_intake.hpp"
#include "gateway/refund_reader.hpp"
#include "gateway/request_metrics.hpp"
#include "gateway/reservations.hpp"
#include "gateway/settings.hpp"
#include "gateway/waiting.hpp"

namespace acq::gateway {

/// What the cores borrow from the app. All of it may be used by any thread.
struct Shared {
  const Settings& settings;
  kafka::Producer& log;
  journal::Journal& witness;
  mariadb::ReadPool& database;
  mariadb::ReadPool& lists;
  LogEnds& log_ends;
  CacheWholeness& wholeness;
  const kafka::TopicWatch& topic;
  const LogWatch& log_watch;
  const std::atomic<bool>& draining;
  crypto::SipKey fingerprint_key;
  crypto::SipKey cursor_key;
  kafka::TopicId topic_id;
  http::TlsContext tls{};  ///< the listener's first; null: plain HTTP
  std::size_t connections_max = limits::connections_per_core_max;
};

class Core {
 public:
  /// `admission` outlives the context, because requests that are cut off leave it when the context goes.
  Core(boost::asio::io_context& context, Admission& admission, Shared shared);
  ~Core();

  /// Before the context runs: the first snapshot, then Redis and the listener.
  void start(std::shared_ptr<const DirectorySnapshot> directory);
  /// Any thread.
  void publish(std::shared_ptr<const DirectorySnapshot> directory);
  void use_tls(http::TlsContext tls);
  void announce_drain();
  void drain();
  /// 0 after drain(): every answer is with its client.
  std::size_t connections() const noexcept { return server_ ? server_->connections() : 0; }
  std::int64_t cache_connected_since_ms() const noexcept { return cache_.connected_since_ms(); }

 private:
  /// P1: what can be refused before the body is read and the signature looked at.
  std::optional<http::Response> refuse_head(const http::RequestHead& head);
  boost::asio::awaitable<http::Response> handle(const http::Request& request);
  boost::asio::awaitable<http::Response> dispatch(const http::Request& request, Match match, std::int64_t began_ms);
  /// The first reason not to let this request in, from the route alone.
  std::optional<Errc> closed_for(RouteId route) const;
  http::Response refuse(Errc code, RouteId route, std::string_view request_id);
  /// `weight`: what refusing cost, in refusals from the head.
  http::Response refuse(const AdmissionRefusal& refusal, RouteId route, std::string_view request_id,
                        std::int64_t weight);
  void mark_whole();

  boost::asio::io_context& context_;
  Shared shared_;
  std::shared_ptr<const DirectorySnapshot> directory_;
  Admission& admission_;
  RequestMetrics metrics_;
  AdmissionMetrics admission_metrics_;
  const std::vector<PreparedProblem> prepared_;
  ReadingControl reading_;
  redis::Connection cache_;
  Reservations reservations_;
  Offers offers_;
  PaymentReader reader_;
  PaymentIntake intake_;
  CloseIntake closing_;
  RefundReader refund_reader_;
  RefundIntake refunding_;
  PaymentList list_;
  Waiting waiting_;
  handlers::Payments payments_;
  handlers::Closes closes_;
  handlers::Refunds refunds_;
  handlers::Notifications notifications_;
  handlers::SignatureChecks signature_checks_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace acq::gateway
