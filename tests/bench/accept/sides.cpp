#include "tests/bench/accept/sides.hpp"

#include <poll.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/bench/accept/accept.hpp"
#include "tests/bench/machine.hpp"
#include "tests/support/await.hpp"
#include "tests/support/settings.hpp"

namespace acq::bench {
namespace {

constexpr std::int64_t settled_ms = 180'000;

struct RefusalKind {
  const char* name;
  bool sign;
  bool forge;
  int status;
};
constexpr RefusalKind refusals[] = {
    {"unsigned", false, false, 401},  // nothing to verify: the cheapest that the gateway has
    {"forged", true, true, 401},      // digest and signature are computed, and are wrong
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

std::vector<std::string> Sides::requests(std::size_t count, bool sign) {
  const auto callback = accept_options().callbacks ? system_.callback_url() : std::string();
  return payment_requests(signer_, {"bench-" + std::to_string(runs_++) + "-", callback, sign}, count);
}

SideFigures Sides::drive(pid_t pid, std::uint16_t port, const std::vector<std::string>& requests, int status,
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
  INFO("answers with " << status << " of " << load.sent << " requests");
  REQUIRE(load.with(status) == requests.size());
  const auto count = static_cast<double>(requests.size());
  SideFigures figures;
  figures.requests = requests.size();
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
  const auto asked = requests(count, true);
  const auto on_log = system_.topic().records_in_all();
  const auto stored = system_.database().number("SELECT COUNT(*) FROM payments");
  const auto settlement = system_.pid("settlement-1");
  const double settlement_before = cpu_of(settlement);
  auto figures = drive(system_.pid("gateway-1"), system_.port_of("gateway-1"), asked, 202, per_second);
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
  const RefusalKind* chosen = nullptr;
  for (const auto& refusal : refusals) {
    if (kind == refusal.name) chosen = &refusal;
  }
  INFO("--refusal " << kind << " is none that this benchmark knows");
  REQUIRE(chosen != nullptr);
  const auto on_log = system_.topic().records_in_all();
  if (chosen->forge) signer_.key = crypto::Secret(std::string(32, 'f'));
  const auto asked = requests(count, chosen->sign);
  if (chosen->forge) signer_.key = http::parse_key_secret(system_.key_secret()).value();
  auto figures = drive(system_.pid("gateway-1"), system_.port_of("gateway-1"), asked, chosen->status, 0);
  REQUIRE(system_.topic().records_in_all() == on_log);
  return figures;
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
  return drive(server.pid(), port, requests(count, true), 200, 0);
}

double Sides::resting_share(double seconds) {
  const auto pid = system_.pid("gateway-1");
  const double before = cpu_of(pid);
  const auto began = runtime::steady_ms();
  ::poll(nullptr, 0, static_cast<int>(seconds * 1000));
  return (cpu_of(pid) - before) * 1000.0 / static_cast<double>(runtime::steady_ms() - began);
}

}  // namespace acq::bench
