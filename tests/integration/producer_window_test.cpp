// The producer against librdkafka's own mock broker, which answers as slowly as it is told: more messages than an
// idempotent partition may have in flight neither cost a core, nor wait for ever, nor lose their order.
#include <librdkafka/rdkafka.h>
// Before the mock, which wants it.
#include <librdkafka/rdkafka_mock.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "common/kafka/consumer.hpp"
#include "common/kafka/handles.hpp"
#include "common/kafka/partition_gate.hpp"
#include "common/kafka/producer.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/result_text.hpp"

namespace acq::test {
namespace {

namespace asio = boost::asio;

constexpr auto topic = "acq.mock";
constexpr std::uint32_t patience_ms = 15'000;
constexpr int window = kafka::PartitionGate<int>::window;

struct DestroyCluster {
  void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
};

class MockBroker {
 public:
  MockBroker()
      : owner_(kafka::make_handle(RD_KAFKA_PRODUCER, kafka::base_conf(""))),
        cluster_(rd_kafka_mock_cluster_new(owner_.get(), 1)) {
    REQUIRE(rd_kafka_mock_topic_create(cluster_.get(), topic, 1, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  std::string address() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  void answer_after(int ms) { rd_kafka_mock_broker_set_rtt(cluster_.get(), 1, ms); }

 private:
  kafka::KafkaHandle owner_;
  std::unique_ptr<rd_kafka_mock_cluster_t, DestroyCluster> cluster_;
};

struct Sent {
  int persisted = 0;
  std::int64_t took_ms = 0;
  double cpu_ms = 0;  ///< of the whole process, the mock broker's too
};

double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

asio::awaitable<void> send_one(kafka::Producer& producer, int number, Sent& sent) {
  const auto report = co_await producer.send(0, std::to_string(number), "value", patience_ms);
  if (report.persistence == kafka::Persistence::persisted) ++sent.persisted;
}

/// A producer and the one context that it is used from, as a core of the gateway does.
class Sender {
 public:
  explicit Sender(kafka::ProducerOptions options) : producer_(std::move(options)) {}

  /// `first` messages, and once they are on their way all others.
  Sent send(int first, int count) {
    Sent sent;
    const auto began_ms = runtime::steady_ms();
    const double cpu_before = cpu_ms();
    start(0, first, sent);
    asio::steady_timer later(context_, std::chrono::milliseconds(20));  // longer than the linger
    later.async_wait([&](boost::system::error_code) { start(first, count, sent); });
    context_.restart();
    std::thread([this] { context_.run(); }).join();
    sent.cpu_ms = cpu_ms() - cpu_before;
    sent.took_ms = runtime::steady_ms() - began_ms;
    return sent;
  }

 private:
  void start(int from, int to, Sent& sent) {
    for (int number = from; number < to; ++number) {
      asio::co_spawn(context_, send_one(producer_, number, sent), asio::detached);
    }
  }

  asio::io_context context_{1};
  kafka::Producer producer_;
};

}  // namespace

TEST_CASE("While the window is full and the broker is slow, the producer rests") {
  MockBroker broker;
  Sender sender({.brokers = broker.address(), .topic = topic});
  REQUIRE(sender.send(1, 1).persisted == 1);
  constexpr int slow_ms = 400;
  broker.answer_after(slow_ms);
  const auto sent = sender.send(window, window + 20);
  CHECK(sent.persisted == window + 20);
  CHECK(sent.took_ms >= 2 * slow_ms);
  INFO("CPU " << sent.cpu_ms << " ms in " << sent.took_ms << " ms");
  CHECK(sent.cpu_ms < slow_ms / 4.0);  // a thread that spins uses all of the first answer's time
}

TEST_CASE("What is held goes on when the broker does not answer in time, and everything keeps its order (P4)") {
  MockBroker broker;
  Sender sender({.brokers = broker.address(), .topic = topic, .hold_ms_max = 100});
  REQUIRE(sender.send(1, 1).persisted == 1);
  broker.answer_after(700);
  constexpr int count = 500;
  CHECK(sender.send(window, count).persisted == count);
  broker.answer_after(0);
  kafka::LogReader reader(broker.address(), topic);
  int next = 0;
  const auto read = reader.scan(0, 1, 1 + count, patience_ms, [&](const kafka::Record& record) {
    CHECK(record.key() == std::to_string(next));
    ++next;
    return true;
  });
  CHECK(read);
  CHECK(next == count);
}

}  // namespace acq::test
