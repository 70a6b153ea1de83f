// The only wiring place: makes everything in order, runs it until a signal, and takes it down in the opposite order.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/http/server.hpp"
#include "common/http/tls.hpp"
#include "common/journal/journal.hpp"
#include "common/kafka/producer.hpp"
#include "common/kafka/topic_guard.hpp"
#include "common/kafka/topic_watch.hpp"
#include "common/mariadb/read_pool.hpp"
#include "common/runtime/core_pool.hpp"
#include "gateway/cache_wholeness.hpp"
#include "gateway/core.hpp"
#include "gateway/handlers/health.hpp"
#include "gateway/log_ends.hpp"
#include "gateway/log_watch.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/settings.hpp"
#include "gateway/witness_keeper.hpp"

namespace acq::gateway {

class App {
 public:
  /// Checks what it depends on, in the order in which an operator would mend it. Throws StartError.
  explicit App(Settings settings);
  ~App();
  /// Serves until SIGINT or SIGTERM, then drains.
  void run();

 private:
  void start_cores();
  void start_admin();
  void stop();
  /// Not ready any more, but still serving: balancers and clients go elsewhere of their own accord.
  void announce_drain();
  /// Until every request is answered and its answer is with its client, or the time is over.
  void await_requests();
  /// Until every core has run what was posted to it so far.
  void await_cores();
  handlers::Readiness readiness() const;
  boost::asio::awaitable<http::Response> answer_admin(const http::Request& request);

  const Settings settings_;
  std::atomic<bool> leaving_{false};
  std::atomic<bool> draining_{false};
  CacheWholeness wholeness_;
  crypto::Secret master_key_;
  kafka::TopicFacts topic_facts_;
  std::unique_ptr<kafka::TopicWatch> topic_;
  std::unique_ptr<journal::Journal> witness_;
  std::unique_ptr<kafka::Producer> log_;
  std::unique_ptr<WitnessKeeper> keeper_;
  std::unique_ptr<LogWatch> log_watch_;
  std::unique_ptr<mariadb::ReadPool> database_;
  std::unique_ptr<mariadb::ReadPool> lists_;
  std::unique_ptr<LogEnds> log_ends_;
  std::shared_ptr<const DirectorySnapshot> first_snapshot_;
  std::unique_ptr<MerchantDirectory> directory_;
  // stop() takes these down by hand: what posts to the contexts goes before them, and the cores, whose sockets and
  // timers belong to the contexts, too; the admissions are left by requests that the contexts still held.
  std::unique_ptr<GatewayLoad> load_;
  MerchantShares merchant_shares_;
  std::vector<std::unique_ptr<Admission>> admissions_;
  std::unique_ptr<runtime::CorePool> pool_;
  std::vector<std::unique_ptr<Core>> cores_;
  std::unique_ptr<runtime::CorePool> admin_pool_;
  std::unique_ptr<http::TlsKeeper> tls_;
  std::unique_ptr<http::Server> admin_server_;
};

}  // namespace acq::gateway
