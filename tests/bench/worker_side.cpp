#include "tests/bench/worker_side.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>

#include "common/crypto/bytes.hpp"
#include "common/kafka/handles.hpp"
#include "common/kafka/topic_guard.hpp"
#include "settlement/operations/merchants.hpp"
#include "settlement/writer/worker.hpp"

namespace acq::bench {
namespace {

namespace asio = boost::asio;
using namespace settlement;

constexpr std::uint32_t broker_ms = 15'000;
constexpr std::int64_t slice_ms_max = 60'000;

class YesChannel final : public Channel {
 public:
  asio::awaitable<ChannelAnswer> charge(Payment payment) override {
    ++charges;
    co_return yes(payment);
  }
  asio::awaitable<ChannelAnswer> query(Payment payment) override {
    ++queries;
    co_return yes(payment);
  }
  asio::awaitable<ChannelAnswer> close(Payment payment) override { return query(std::move(payment)); }
  asio::awaitable<ChannelAnswer> reverse(Payment payment) override { return query(std::move(payment)); }
  asio::awaitable<RefundAnswer> refund(Refund refund) override {
    co_return RefundAnswer{refund.payment_id, refund.refund_id, RefundVerdict::succeeded, {}, {}};
  }
  asio::awaitable<RefundAnswer> query_refund(Refund refund) override { return this->refund(std::move(refund)); }

  std::atomic<std::uint64_t> charges{0};
  std::atomic<std::uint64_t> queries{0};

 private:
  static ChannelAnswer yes(const Payment& payment) {
    return {payment.payment_id,
            payment.attempt,
            ChannelVerdict::succeeded,
            {},
            {},
            "bench-" + payment.payment_id.text().substr(4)};
  }
};

/// The topic as schemas/topics.yaml wants it, under a name of its own.
class Topic {
 public:
  Topic(const Place& place, std::string name) : place_(place), name_(std::move(name)) {
    auto spec = kafka::read_topic_spec(place.topics_file, "acq.intents");
    spec.name = name_;
    spec.partitions = partitions;
    must(kafka::create_topic(place.kafka, spec, broker_ms), "the topic");
    facts_ = kafka::require_topic(place.kafka, spec, broker_ms);
  }
  ~Topic() {
    const auto handle = kafka::make_handle(RD_KAFKA_PRODUCER, kafka::base_conf(place_.kafka));
    const kafka::QueueHandle queue(rd_kafka_queue_new(handle.get()));
    const std::unique_ptr<rd_kafka_DeleteTopic_t, decltype(&rd_kafka_DeleteTopic_destroy)> topic(
        rd_kafka_DeleteTopic_new(name_.c_str()), rd_kafka_DeleteTopic_destroy);
    rd_kafka_DeleteTopic_t* asked[] = {topic.get()};
    rd_kafka_DeleteTopics(handle.get(), asked, 1, nullptr, queue.get());
    const kafka::EventHandle ignored(rd_kafka_queue_poll(queue.get(), static_cast<int>(broker_ms)));
  }
  Topic(const Topic&) = delete;
  Topic& operator=(const Topic&) = delete;
  const kafka::TopicFacts& facts() const { return facts_; }

 private:
  const Place& place_;
  std::string name_;
  kafka::TopicFacts facts_;
};

/// The runner's thread, as acq-settlement has it. Declared behind what runs on it, so that it ends first.
class RunnerThread {
 public:
  explicit RunnerThread(asio::io_context& context)
      : context_(context), guard_(context.get_executor()), thread_([&context] { context.run(); }) {}
  ~RunnerThread() {
    context_.stop();
    thread_.join();
  }
  RunnerThread(const RunnerThread&) = delete;
  RunnerThread& operator=(const RunnerThread&) = delete;

 private:
  asio::io_context& context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace

WorkerSideResult run_worker_side(const Place& place, Database& database, const WorkerSideOptions& options,
                                 WorkerWatch& watch) {
  WorkerSideResult result;
  const auto account = settlement_account(place, database.name());
  const crypto::Secret master(crypto::random_bytes(32));
  MerchantId merchant;
  {
    mariadb::Connection connection(admin_account(place, database.name()));
    merchant = must(operations::create_merchant(connection, master, "bench", "bench", Currency::parse("CNY").value()),
                    "the merchant")
                   .merchant_id;
  }
  const Topic topic(place, options.topic);
  Filler filler({place.kafka, options.topic, limits::message_timeout_ms, 500}, merchant);

  SecretStore secrets(account, master);
  OutcomeInbox inbox;
  YesChannel channel;
  asio::io_context context(1);
  http::Client nobody(context, {});
  CallbackSender sender(nobody, secrets);
  JobRunner runner(context, channel, sender, inbox);
  StateCache cache(context, place.redis_socket);
  cache.start();
  const RunnerThread thread(context);

  for (std::size_t done = 0; done < options.payments;) {
    const auto count = std::min(options.slice, options.payments - done);
    filler.fill(count, result.payments);
    watch.expect(count);
    Worker worker({"bench", {place.kafka, options.topic, options.topic}, topic.facts(), {}}, account, secrets, runner,
                  cache, inbox);
    worker.start();
    if (!watch.wait(slice_ms_max)) throw std::runtime_error("a slice was not settled within a minute");
    worker.stop();
    done += count;
  }
  cache.stop();
  result.charges = channel.charges;
  result.asked_about = channel.queries;

  const auto succeeded = database.number("SELECT COUNT(*) FROM payments WHERE state = 'succeeded'");
  if (succeeded != static_cast<std::int64_t>(options.payments))
    throw std::runtime_error(std::to_string(succeeded) + " payments succeeded, not " +
                             std::to_string(options.payments));
  return result;
}

}  // namespace acq::bench
