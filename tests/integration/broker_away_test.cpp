// The broker is paused, then stopped for real: the merchant is told what is known, and nothing is lost or doubled when
// it comes back (P4, P5).
#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <sstream>

#include "common/codec/json_document.hpp"
#include "tests/support/await.hpp"
#include "tests/support/settings.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

namespace {

pid_t broker_pid() {
  return static_cast<pid_t>(std::stol(read_file(settings().local + "/run/kafka.pid")));
}

/// The broker stands still, as in a long garbage collection; it goes on at the latest when the test ends.
class PausedBroker {
 public:
  PausedBroker() { ::kill(pid_, SIGSTOP); }
  ~PausedBroker() { go_on(); }
  PausedBroker(const PausedBroker&) = delete;
  PausedBroker& operator=(const PausedBroker&) = delete;
  void go_on() const { ::kill(pid_, SIGCONT); }

 private:
  pid_t pid_ = broker_pid();
};

void services(const std::string& verb) {
  const auto done =
      run({settings().dev, "services", verb, "kafka"},
          {{"ACQ_LOCAL", settings().local},
           {"ACQ_PORT_BASE", std::to_string(std::stoi(settings().kafka.substr(settings().kafka.find(':') + 1)) - 12)}},
          case_folder().path(), "services-" + verb, at_last_ms);
  INFO(done.output << done.errors);
  REQUIRE(done.code == 0);
}

/// The broker is away; it is started again at the latest when the test ends, for the tests that follow.
class StoppedBroker {
 public:
  StoppedBroker() { services("stop"); }
  ~StoppedBroker() {
    if (!started_) services("start");
  }
  StoppedBroker(const StoppedBroker&) = delete;
  StoppedBroker& operator=(const StoppedBroker&) = delete;
  void start() {
    started_ = true;
    services("start");
  }

 private:
  bool started_ = false;
};

/// What single requests were told while the broker was away, by order number.
struct Told {
  std::string code;
  std::string payment_id;
};

std::map<std::string, Told> ask_while_away(System& system, const std::string& prefix, int count) {
  std::map<std::string, Told> told;
  for (int i = 0; i < count; ++i) {
    const Order order{.number = prefix + std::to_string(i), .amount = 700, .code = "1312345678901234"};
    const auto answer = system.merchant().create(order);
    INFO(answer.body);
    CHECK(answer.status == 503);
    CHECK_FALSE(answer.header("Retry-After").empty());
    const Told one{answer.text("code"), answer.text("payment_id")};
    INFO(one.code);
    CHECK((one.code == "log_unavailable" || one.code == "outcome_unknown"));
    CHECK(one.payment_id.empty() == (one.code == "log_unavailable"));
    told[order.number] = one;
  }
  return told;
}

/// Retried with the same number, "outcome unknown" becomes one payment, under the id that was told.
void check_retries(System& system, const std::map<std::string, Told>& told) {
  for (const auto& [number, before] : told) {
    INFO(number << " was told " << before.code);
    if (before.code == "log_unavailable") continue;
    const Order order{.number = number, .amount = 700, .code = "1312345678901234"};
    Answer answer;
    await("a 2xx for " + number, at_last_ms, [&] {
      answer = system.merchant().create(order);
      return answer.status / 100 == 2;
    });
    CHECK(answer.text("payment_id") == before.payment_id);
    system.await_state(answer.text("payment_id"), "succeeded", at_last_ms);
    CHECK(system.charges(number).integer("charges") == 1);
  }
}

void check_never_charged(System& system, const std::map<std::string, Told>& told) {
  for (const auto& [number, before] : told) {
    if (before.code != "log_unavailable") continue;
    INFO(number);
    CHECK(system.charges(number).integer("charges") == 0);
  }
}

/// Whatever a library has to say, a log is one JSON object per line.
void check_log_lines(const std::string& path) {
  std::istringstream log(read_file(path));
  std::vector<std::string> others;
  for (std::string line; std::getline(log, line);) {
    if (!acq::codec::parse_json(line)) others.push_back(line);
  }
  INFO(path);
  CHECK(others == std::vector<std::string>{});
}

std::vector<std::string> sale(const std::string& seconds) {
  return {"flash-sale", "--rate",      "100", "--seconds", seconds, "--kind",
          "barcode",    "--retry-for", "90",  "--drain",   "90"};
}

}  // namespace

TEST_CASE("A broker that pauses for 8 s costs answers, never payments (P4)") {
  System system;
  auto load = system.start_load("sale", sale("14"));
  await("200 charges", at_last_ms, [&] { return system.charges_in_all() >= 200; });
  const auto paused_at = acq::runtime::steady_ms();
  const PausedBroker broker;
  // The first waits for its whole deadline: its offer is in the producer's hands. Later ones are refused at once.
  const auto told = ask_while_away(system, "paused-", 12);
  await("8 s of pause", at_last_ms, [&] { return acq::runtime::steady_ms() - paused_at >= 8'000; });
  broker.go_on();

  check_retries(system, told);
  const auto ended = system.end_of("sale", load, 180'000);
  INFO(ended.output);
  CHECK(ended.code == 0);
  system.await_settled(at_last_ms);
  check_never_charged(system, told);
  system.check_books();
}

TEST_CASE("A broker that is stopped and started again has lost nothing (P4, P5, P10)") {
  System system;
  auto load = system.start_load("sale", sale("10"));
  await("200 charges", at_last_ms, [&] { return system.charges_in_all() >= 200; });
  StoppedBroker broker;
  const auto told = ask_while_away(system, "stopped-", 6);
  broker.start();

  check_retries(system, told);
  const auto ended = system.end_of("sale", load, 180'000);
  INFO(ended.output);
  CHECK(ended.code == 0);
  system.await_settled(at_last_ms);
  check_never_charged(system, told);
  system.check_books();
  for (const char* name : {"gateway-1", "settlement-1"}) check_log_lines(system.log_of(name));
}
