#include "tests/bench/accept/sides.hpp"

#include <poll.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/bench/accept/accept.hpp"
#include "tests/bench/machine.hpp"
#include "tests/support/await.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/settings.hpp"

namespace acq::bench {
namespace {

constexpr std::int64_t settled_ms = 180'000;
/// More than creates have in the gateway's budget (tests/bench/accept/accept.cpp).
constexpr std::size_t places_per_connection = 4;

/// Holds every place that creates have, because later attempts read the database before they are accepted (P8) and it
/// stands still. Ends with itself.
class FullGateway {
 public:
  FullGateway(test::System& system, const std::vector<std::string>& later_attempts)
      : lock_(test::account_options(test::settings().admin, system.database().name())),
        client_(system.port_of("gateway-1"), later_attempts.size()) {
    REQUIRE(lock_.connect());
    REQUIRE(lock_.execute("LOCK TABLES payments WRITE, payment_keys WRITE"));
    waiting_ = std::jthread([this, &later_attempts] { client_.run(later_attempts); });
    // Full when a stranger's request is refused from its head.
    const bool full = test::comes_true(
        test::soon_ms, [&] { return test::ask("POST", system.url("gateway-1") + "/v1/payments", "{}").status == 503; });
    if (!full) throw std::runtime_error("the gateway does not get full");
  }
  ~FullGateway() { end(); }
  void end() {
    static_cast<void>(lock_.execute("UNLOCK TABLES"));
    if (waiting_.joinable()) waiting_.join();
  }

 private:
  mariadb::Connection lock_;
  LoadClient client_;
  std::jthread waiting_;
};

/// One line of /proc/…/status, summed over the threads.
double switches_of(pid_t pid) {
  double sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(task.path() / "status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("voluntary_ctxt_switches:")) sum += std::stod(line.substr(line.find(':') + 1));
    }
  }
  return sum;
}

struct ThreadCpu {
  std::string name;
  double seconds = 0;
};
std::map<std::string, ThreadCpu> threads_of(pid_t pid) {
  std::map<std::string, ThreadCpu> all;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream name(task.path() / "comm");
    std::ifstream times(task.path() / "schedstat");
    ThreadCpu thread;
    double run_ns = 0;
    if (std::getline(name, thread.name) && times >> run_ns) {
      thread.seconds = run_ns / 1e9;
      all[task.path().filename()] = thread;
    }
  }
  return all;
}

std::string text_of(const std::map<std::string, ThreadCpu>& before, const std::map<std::string, ThreadCpu>& after,
                    std::size_t requests) {
  std::string text;
  for (const auto& [id, thread] : after) {
    const auto was = before.find(id);
    const double us =
        (thread.seconds - (was == before.end() ? 0 : was->second.seconds)) * 1e6 / static_cast<double>(requests);
    if (us < 0.05) continue;
    char number[32];
    std::snprintf(number, sizeof number, " %.1f", us);
    text += (text.empty() ? "" : ", ") + thread.name + number;
  }
  return text;
}

}  // namespace

Sides::Sides(test::System& system)
    : system_(system), signer_{system.key_id(), http::parse_key_secret(system.key_secret()).value()} {}

std::vector<std::string> Sides::requests(std::size_t count, const Signer& signer, int attempt) {
  // The receiver knows the first merchant's secret only.
  const bool told = accept_options().callbacks && signer.key_id == signer_.key_id;
  const auto callback = told ? system_.callback_url() : std::string();
  return payment_requests(signer, {"bench-" + std::to_string(runs_++) + "-", callback, attempt}, count);
}

SideFigures Sides::drive(pid_t pid, std::uint16_t port, const std::vector<std::string>& requests, Expected expected,
                         double per_second) {
  LoadClient client(port, accept_options().connections);
  const auto threads_before = threads_of(pid);
  const double switches_before = switches_of(pid);
  const double box_before = cpu_of_box();
  const double before = cpu_of(pid);
  const auto load = client.run(requests, per_second);
  const double used = cpu_of(pid) - before;
  const double box = cpu_of_box() - box_before;
  threads_ = text_of(threads_before, threads_of(pid), requests.size());
  for (const auto& [status, example] : load.examples) {
    if (status != expected.status) UNSCOPED_INFO("not " << expected.status << ", but: " << example);
  }
  const auto others = load.with(expected.tolerated);
  REQUIRE(load.with(expected.status) + others == requests.size());
  const auto count = static_cast<double>(requests.size());
  SideFigures figures;
  figures.requests = requests.size();
  figures.others = others;
  figures.rate = count / load.seconds;
  figures.server_us = used * 1e6 / count;
  figures.client_us = load.own_cpu_s * 1e6 / count;
  figures.box_busy = box / load.seconds;
  figures.switches = (switches_of(pid) - switches_before) / count;
  figures.p50_ms = load.latency_ms(0.5);
  figures.p99_ms = load.latency_ms(0.99);
  figures.late = load.late;
  return figures;
}

SideFigures Sides::accept(std::size_t count, double per_second) {
  const auto asked = requests(count, signer_);
  const auto on_log = system_.topic().records_in_all();
  const auto stored = system_.database().number("SELECT COUNT(*) FROM payments");
  const auto settlement = system_.pid("settlement-1");
  const double settlement_before = cpu_of(settlement);
  auto figures = drive(system_.pid("gateway-1"), system_.port_of("gateway-1"), asked, {202}, per_second);
  system_.await_settled(settled_ms);
  figures.settlement_us = (cpu_of(settlement) - settlement_before) * 1e6 / static_cast<double>(count);
  const auto more = static_cast<std::int64_t>(count);
  REQUIRE(system_.topic().records_in_all() - on_log == more);
  REQUIRE(system_.database().number("SELECT COUNT(*) FROM payments") - stored == more);
  return figures;
}

void Sides::accept_twice(std::size_t count) {
  accept(count);
  --runs_;
  accept(count);
}

SideFigures Sides::refuse(const std::string& kind, std::size_t count) {
  auto on_log = system_.topic().records_in_all();
  const auto gateway = system_.pid("gateway-1");
  const auto port = system_.port_of("gateway-1");
  std::int64_t let_in = 0;
  SideFigures figures;
  if (kind == "overloaded") {
    const auto asked = requests(count, signer_);
    const auto later = requests(accept_options().connections * places_per_connection, signer_, 2);
    FullGateway full(system_, later);
    figures = drive(gateway, port, asked, {503});
    REQUIRE(system_.topic().records_in_all() == on_log);
    full.end();
    system_.await_settled(settled_ms);
    on_log = system_.topic().records_in_all();  // what filled it goes to the writer, who refuses it
  } else if (kind == "limited") {
    if (!limited_) limited_ = std::make_unique<Signer>(limited_signer());
    system_.await_settled(settled_ms);
    on_log = system_.topic().records_in_all();
    figures = drive(gateway, port, requests(count, *limited_), {429, 202});
    let_in = static_cast<std::int64_t>(figures.others);
    // Its bucket holds one second's worth.
    REQUIRE(static_cast<double>(let_in) <= 2 + static_cast<double>(count) / figures.rate);
  } else if (kind == "forged") {
    figures = drive(gateway, port, requests(count, {signer_.key_id, crypto::Secret(std::string(32, 'f'))}), {401});
  } else {
    FAIL("--refusal " << kind << " is none that this benchmark knows");
  }
  REQUIRE(system_.topic().records_in_all() - on_log == let_in);
  return figures;
}

/// A merchant with a rate of one a second, known to the gateway as such.
Signer Sides::limited_signer() {
  const auto merchant = system_.create_merchant("limited");
  REQUIRE(system_.acq({"merchant", "limits", merchant.id_text(), "--rate", "1"}).code == 0);
  test::await("the limit holds", test::soon_ms,
              [&] { return merchant.create(test::Order{.number = "try-" + std::to_string(runs_++)}).status == 429; });
  return {merchant.key_id(), http::parse_key_secret(merchant.key_secret()).value()};
}

SideFigures Sides::hello(std::size_t count, std::int64_t burn_us) {
  const auto port = system_.port_of("hello " + std::to_string(runs_));
  test::Process server({{test::settings().programs + "/acq-bench-hello", "--port", std::to_string(port), "--burn-us",
                         std::to_string(burn_us)},
                        {},
                        system_.log_of("hello"),
                        {}});
  const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
  test::await("hello answers", test::soon_ms, [&] { return test::ask("GET", url).status == 200; });
  return drive(server.pid(), port, requests(count, signer_), {200});
}

double Sides::resting_share(double seconds) {
  const auto pid = system_.pid("gateway-1");
  const double before = cpu_of(pid);
  const auto began = runtime::steady_ms();
  ::poll(nullptr, 0, static_cast<int>(seconds * 1000));
  return (cpu_of(pid) - before) * 1000.0 / static_cast<double>(runtime::steady_ms() - began);
}

}  // namespace acq::bench
