// The only wiring place of acq-settlement's `run`: worker, runner, operator port and admin port, up and down in order.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>

#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "settlement/effects/channel_http.hpp"
#include "settlement/effects/job_runner.hpp"
#include "settlement/effects/state_cache.hpp"
#include "settlement/operations/api/operator_api.hpp"
#include "settlement/settings.hpp"
#include "settlement/writer/worker.hpp"

namespace acq::settlement {

class App {
 public:
  /// Checks what it depends on. Throws StartError.
  explicit App(const Settings& settings);
  ~App();
  /// Works until SIGINT or SIGTERM, then stops in order.
  void run();

 private:
  /// An io_context with one thread of its own.
  struct Loop {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
    std::thread thread;
    void start() {
      thread = std::thread([this] { context.run(); });
    }
    void stop() {
      guard.reset();
      context.stop();
      if (thread.joinable()) thread.join();
    }
  };

  boost::asio::awaitable<http::Response> answer_admin(const http::Request& request);

  std::unique_ptr<SecretStore> secrets_;
  OutcomeInbox inbox_;
  Loop effects_;
  Loop faces_;      ///< the admin port
  Loop operators_;  ///< the operator port, which blocks its thread
  std::unique_ptr<http::Client> channel_client_;
  std::unique_ptr<http::Client> callback_client_;
  std::unique_ptr<ChannelHttp> channel_;
  std::unique_ptr<CallbackSender> sender_;
  std::unique_ptr<JobRunner> runner_;
  std::unique_ptr<StateCache> cache_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<operations::OperatorApi> operator_api_;
  std::unique_ptr<http::Server> operator_server_;
  std::unique_ptr<http::Server> admin_server_;
};

}  // namespace acq::settlement
