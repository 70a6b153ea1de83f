// A hundred thousand generated bad requests against a running gateway (more: ACQ_API_BAD_REQUESTS, another order:
// ACQ_API_SEED): each is refused with the code that it must have, and when all is over nothing has been stored anywhere
// and the gateway is no larger than before. A watcher who would not see a valid request among them is no watcher.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/crypto/secret.hpp"
#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/api/bad_requests.hpp"
#include "tests/api/raw_line.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr std::size_t pipelined = 48;
constexpr std::size_t warm_up = 10'000;
constexpr std::int64_t growth_kib_max = 8 * 1024;
constexpr std::size_t faults_told = 20;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? std::strtoull(value, nullptr, 10) : otherwise;
}

Signer signer_of(const Merchant& merchant) {
  return {merchant.key_id(), std::string(http::parse_key_secret(merchant.key_secret()).value().reveal())};
}

std::int64_t resident_kib(pid_t pid) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoll(line.c_str() + 6, nullptr, 10);
  }
  return -1;
}

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

/// Everything that a request could leave behind, as text.
std::string stored(System& system) {
  std::string all = "log:";
  for (const auto end : system.topic().ends()) all += " " + std::to_string(end);
  for (const auto& row : system.database().rows("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                                                "DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME")) {
    const auto& table = std::get<std::string>(row[0]);
    all += "\n" + table + ": " + std::to_string(system.database().number("SELECT COUNT(*) FROM `" + table + "`"));
  }
  for (const std::string pattern : {"acq:n:*", "acq:r:*"}) {
    std::istringstream keys(system.redis({"--scan", "--pattern", pattern}));
    std::multiset<std::string> sorted{std::istream_iterator<std::string>(keys), {}};
    for (const auto& key : sorted) all += "\n" + key;
  }
  return all + "\ncharges: " + std::to_string(system.charges_in_all());
}

/// Sends in order, keeps what was not answered as it must have been.
class Watch {
 public:
  explicit Watch(std::uint16_t port) : port_(port) {}

  void send(BadRequest request) {
    if (request.closes) return send_alone(request);
    waiting_.push_back(std::move(request));
    if (waiting_.size() == pipelined) flush();
  }
  void flush() {
    if (waiting_.empty()) return;
    if (!line_) line_ = std::make_unique<RawLine>(port_);
    std::string bytes;
    for (const auto& request : waiting_) bytes += request.bytes;
    line_->send(bytes);
    for (const auto& request : waiting_) {
      const auto answer = line_->answer();
      judge(request, answer);
      if (answer.status == 0) {  // the rest of them will not be answered either
        line_.reset();
        break;
      }
    }
    waiting_.clear();
  }

  std::size_t judged() const { return judged_; }
  std::size_t wrong() const { return wrong_; }
  const std::string& report() const { return report_; }
  const std::map<std::string_view, std::size_t>& kinds() const { return kinds_; }

 private:
  void send_alone(const BadRequest& request) {
    RawLine line(port_);
    line.send(request.bytes);
    if (request.status == 0) line.shut();
    judge(request, line.answer());
  }
  void judge(const BadRequest& request, const RawAnswer& answer) {
    ++judged_;
    ++kinds_[request.kind];
    if (answer.status == request.status && answer.code == request.code) return;
    ++wrong_;
    if (wrong_ > faults_told) return;
    report_ += std::string(request.kind) + ": wanted " + std::to_string(request.status) + " " +
               std::string(request.code) + ", came " + std::to_string(answer.status) + " " + answer.code + "\n" +
               request.bytes.substr(0, 1'500) + "\n-> " + answer.body + "\n\n";
  }

  const std::uint16_t port_;
  std::unique_ptr<RawLine> line_;
  std::vector<BadRequest> waiting_;
  std::size_t judged_ = 0;
  std::size_t wrong_ = 0;
  std::map<std::string_view, std::size_t> kinds_;
  std::string report_;
};

BadRequest next_bad(const World& world, Random& random, std::size_t index) {
  const auto& kind = bad_kinds()[index % bad_kinds().size()];
  auto request = kind.make(world, random);
  request.kind = kind.name;
  return request;
}

/// As if a gateway had offered it two minutes ago. Its id.
std::string old_payment(System& system) {
  constexpr std::int64_t ago_ms = 120'000;
  const auto& merchant = system.merchant();
  const std::int64_t accepted_at_ms = runtime::unix_ms() - ago_ms;
  PaymentRequested intent;
  intent.merchant_order_id = "bad-old";
  const auto route = route_hash(merchant.id(), intent.merchant_order_id);
  intent.payment_id = make_payment_id(accepted_at_ms, route, crypto::random_word());
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.merchant_id = merchant.id();
  intent.amount = 1'000;
  intent.currency = Currency::parse("CNY").value();
  intent.accepted_at_ms = accepted_at_ms;
  intent.expires_at_ms = runtime::unix_ms() + 600'000;
  const auto id = intent.payment_id.text();
  system.topic().produce(partition_of(route, Topic::partitions), id, codec::encode_intent(intent));
  system.await_state(id, "succeeded", soon_ms);
  return id;
}

/// One payment with a refund and an old one, at rest; and a merchant who has nothing.
World world_of(System& system) {
  const auto& merchant = system.merchant();
  World world;
  world.merchant = signer_of(merchant);
  world.stranger = signer_of(system.create_merchant("stranger"));
  world.order_number = "bad-paid";
  world.refund_number = "bad-refund";
  const auto created = merchant.create(Order{.number = world.order_number, .amount = 1'000'000});
  REQUIRE(created.status == 202);
  world.payment_id = created.text("payment_id");
  system.await_state(world.payment_id, "succeeded", soon_ms);
  world.old_payment_id = old_payment(system);
  CHECK(merchant.refund(world.payment_id, world.refund_number, 1).status == 202);
  system.await_settled(soon_ms);
  return world;
}

}  // namespace

TEST_CASE("Generated bad requests are refused by their names, nothing is stored and memory stays flat", "[bad]") {
  System system({.admission = "merchant_rate_per_second = 1000000\nrefusals_per_second_max = 0\n"});
  const World world = world_of(system);
  const std::size_t count = number_from("ACQ_API_BAD_REQUESTS", 100'000);
  const std::uint64_t seed = number_from("ACQ_API_SEED", 5);
  const pid_t gateway = system.pid("gateway-1");
  const std::string before = stored(system);
  Random random(seed);
  Watch watch(port_of(system.url("gateway-1")));

  const std::int64_t began_ms = runtime::steady_ms();
  std::int64_t warm_kib = 0;
  for (std::size_t i = 0; i < count && watch.wrong() <= faults_told; ++i) {
    if (i == warm_up) warm_kib = resident_kib(gateway);
    watch.send(next_bad(world, random, i));
  }
  watch.flush();
  const std::int64_t took_ms = runtime::steady_ms() - began_ms;
  const std::int64_t after_kib = resident_kib(gateway);

  INFO("seed " << seed << "\n" << watch.report());
  CHECK(watch.wrong() == 0);
  CHECK(watch.judged() == count);
  CHECK(watch.kinds().size() == bad_kinds().size());
  CHECK(stored(system) == before);
  if (count > warm_up) CHECK(after_kib - warm_kib <= growth_kib_max);
  CHECK(system.running("gateway-1"));
  std::cout << "bad requests: " << watch.judged() << " of " << watch.kinds().size() << " kinds in " << took_ms
            << " ms; the gateway had " << warm_kib << " KiB after " << warm_up << ", " << after_kib << " at the end\n";

  INFO("the control: one valid request among them is seen, and so is what it leaves behind");
  Watch control(port_of(system.url("gateway-1")));
  for (std::size_t i = 0; i < 500; ++i) {
    auto request = next_bad(world, random, i);
    if (i == 250)
      request = {.kind = "valid", .bytes = valid_create(world, random), .status = 422, .code = "invalid_field"};
    control.send(std::move(request));
  }
  control.flush();
  CHECK(control.wrong() == 1);
  CHECK(control.report().starts_with("valid: wanted 422 invalid_field, came 202"));
  CHECK_FALSE(stored(system) == before);
}
