// The gateway's edge as a balancer and a merchant meet it: it stops without cutting anybody, speaks TLS, and outlives a
// crowd that takes all its file descriptors.
#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <set>
#include <sstream>
#include <stop_token>
#include <thread>

#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

std::string create_bytes(System& system, const std::string& number) {
  const auto key = http::parse_key_secret(system.key_secret()).value();
  const std::string body = Order{.number = number}.json();
  std::string bytes = "POST /v1/payments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
  for (const auto& [name, value] :
       http::sign_request("POST", "/v1/payments", "", body, system.key_id(), key, runtime::unix_ms() / 1000)) {
    bytes += std::string(name) + ": " + std::string(value) + "\r\n";
  }
  return bytes + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// What a merchant's connections met while the gateway went away under them.
struct Tally {
  std::atomic<int> accepted{0};
  std::atomic<int> draining{0};  ///< told to come again: nothing was looked at
  std::atomic<int> said_close{0};
  std::atomic<int> cut{0};  ///< connected, and then no answer
  std::atomic<int> other{0};
  std::mutex lock;
  std::set<std::string> ids;
  std::string odd;  ///< the last answer that was none of these
};

void note(Tally& tally, const RawConnection::Answer& answer) {
  if (answer.close) ++tally.said_close;
  if (answer.status == 202) {
    ++tally.accepted;
    const auto json = codec::parse_json(answer.body).value();
    const std::lock_guard guard(tally.lock);
    tally.ids.emplace(json.string_or("payment_id"));
  } else if (answer.status == 503 && answer.body.find("\"draining\"") != std::string::npos) {
    ++tally.draining;
  } else {
    ++(answer.status == 0 ? tally.cut : tally.other);
    const std::lock_guard guard(tally.lock);
    tally.odd = answer.head + answer.body;
  }
}

/// Pays, one after another on one connection for as long as it may, until nobody listens any more.
void pay_until_refused(const std::stop_token& given_up, System& system, const std::string& prefix, Tally& tally) {
  const auto port = system.port_of("gateway-1");
  for (int number = 0; !given_up.stop_requested();) {
    RawConnection connection(port);
    if (!connection.connected()) return;
    for (bool open = true; open;) {
      connection.send(create_bytes(system, prefix + "-" + std::to_string(number++)));
      const auto answer = connection.read_answer(15'000);
      note(tally, answer);
      open = answer.status != 0 && !answer.close && !given_up.stop_requested();
    }
  }
}

/// Ticks of processor time that the process has used.
std::int64_t cpu_ms(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  return (user + system) * 1'000 / ::sysconf(_SC_CLK_TCK);
}

std::size_t descriptors_of(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

Finished curl(System& system, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"curl", "-sS", "-m", "10", "-w", "\n%{http_code}"});
  return run(std::move(arguments), {}, system.folder().path(), "curl", soon_ms);
}

}  // namespace

TEST_CASE("a gateway that stops under load cuts nobody, and every 202 is accounted for") {
  System system({.drain_delay_ms = 700});
  Tally tally;
  std::vector<std::jthread> shoppers;
  for (int i = 0; i < 6; ++i) {
    shoppers.emplace_back([&, i](const std::stop_token& given_up) {
      pay_until_refused(given_up, system, "drain-" + std::to_string(i), tally);
    });
  }
  const bool runs = comes_true(soon_ms, [&] { return tally.accepted > 100; });
  INFO(tally.odd);
  REQUIRE(runs);
  system.signal("gateway-1", SIGTERM);
  await("/readyz is off", soon_ms, [&] { return ask("GET", system.admin_url("gateway-1") + "/readyz").status == 503; });
  const int accepted_when_off = tally.accepted;
  for (auto& shopper : shoppers) shopper.join();
  await("the gateway ends", soon_ms, [&] { return !system.running("gateway-1"); });
  CHECK(system.exit_code("gateway-1") == 0);
  INFO(tally.accepted << " accepted, " << tally.draining << " told to come again, " << tally.said_close
                      << " said close");
  CHECK(tally.cut == 0);
  CHECK(tally.other == 0);
  CHECK(tally.accepted > accepted_when_off);  // off is not yet shut
  CHECK(tally.said_close > 0);
  REQUIRE(tally.ids.size() == static_cast<std::size_t>(tally.accepted));
  system.start("gateway-1");
  system.await_settled(at_last_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM payments WHERE state = 'succeeded'") >= tally.accepted);
  for (const auto& id : tally.ids) {
    const auto payment = system.merchant().payment(id);
    INFO(id);
    REQUIRE(payment.status == 200);
    REQUIRE(payment.text("state") == "succeeded");
  }
  system.check_books();
}

TEST_CASE("a second signal ends the gateway at once") {
  System system({.drain_delay_ms = 30'000});
  system.signal("gateway-1", SIGTERM);
  await("the drain has begun", soon_ms,
        [&] { return ask("GET", system.admin_url("gateway-1") + "/readyz").status == 503; });
  system.signal("gateway-1", SIGTERM);
  await("the gateway is gone", soon_ms, [&] { return !system.running("gateway-1"); });
  CHECK(system.exit_code("gateway-1") == 128 + SIGTERM);
}

TEST_CASE("a gateway with a certificate speaks TLS 1.2 and 1.3, and takes a new one without a restart") {
  System system;
  const auto files = write_certificate(system.folder().path(), "merchant-port");
  system.configure("gateway-2", "[tls]\ncertificate_file = \"" + files.certificate_file + "\"\nkey_file = \"" +
                                    files.key_file + "\"\n");
  system.start("gateway-2");
  const auto port = std::to_string(system.port_of("gateway-2"));
  const std::string url = "https://127.0.0.1:" + port + "/v1/payments?merchant_order_id=tls-1";
  for (const std::string version : {"1.2", "1.3"}) {
    const auto answer =
        curl(system, {"--cacert", files.certificate_file, "--tlsv" + version, "--tls-max", version, url});
    INFO(version << ": " << answer.errors);
    CHECK(answer.output.ends_with("\n401"));
  }
  // The client's library must be willing, so that the refusal is ours.
  const auto old =
      run({"openssl", "s_client", "-connect", "127.0.0.1:" + port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, {},
          system.folder().path(), "s_client", soon_ms);
  CHECK(old.code != 0);
  CHECK_THAT(old.errors + old.output, Catch::Contains("protocol version"));
  const auto plain = curl(system, {"http://127.0.0.1:" + port + "/v1/payments"});
  CHECK_THAT(plain.output, Catch::Contains("bad_framing") && Catch::EndsWith("\n400"));

  std::vector<std::string> pay{"--cacert", files.certificate_file, "--data-binary", Order{.number = "tls-1"}.json(),
                               "https://127.0.0.1:" + port + "/v1/payments"};
  for (const auto& [name, value] :
       http::sign_request("POST", "/v1/payments", "", Order{.number = "tls-1"}.json(), system.key_id(),
                          http::parse_key_secret(system.key_secret()).value(), runtime::unix_ms() / 1000)) {
    pay.insert(pay.begin(), {"-H", std::string(name) + ": " + std::string(value)});
  }
  pay.insert(pay.begin(), {"-H", "Content-Type: application/json"});
  const auto paid = curl(system, pay);
  INFO(paid.output << paid.errors);
  CHECK(paid.output.ends_with("\n202"));

  const auto trusts = [&](const std::string& authority) {
    return curl(system, {"--cacert", authority, url}).output.ends_with("\n401");
  };
  const auto swap = [&](const http::TlsFiles& by) {
    std::filesystem::copy_file(by.certificate_file, files.certificate_file,
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(by.key_file, files.key_file, std::filesystem::copy_options::overwrite_existing);
  };
  const auto renewed = write_certificate(system.folder().path(), "renewed");
  CHECK_FALSE(trusts(renewed.certificate_file));
  swap(renewed);
  await("the renewed certificate is served", soon_ms, [&] { return trusts(renewed.certificate_file); });
  const auto by_signal = write_certificate(system.folder().path(), "by-signal");
  swap(by_signal);
  system.signal("gateway-2", SIGHUP);
  await("the one that SIGHUP announced is served", soon_ms, [&] { return trusts(by_signal.certificate_file); });
  write_file(files.key_file, "not a key\n");
  system.signal("gateway-2", SIGHUP);
  await("the bad pair is refused, aloud", soon_ms,
        [&] { return read_file(system.log_of("gateway-2")).find("tls_certificate_refused") != std::string::npos; });
  CHECK(trusts(by_signal.certificate_file));
  const auto metrics = ask("GET", system.admin_url("gateway-2") + "/metrics").body;
  CHECK_THAT(metrics, Catch::Contains("acq_tls_certificate_expiry_timestamp_seconds "));
  CHECK_THAT(metrics, !Catch::Contains("acq_tls_reloads_total{result=\"refused\"} 0"));
  system.stop("gateway-2");
}

TEST_CASE("a certificate without its key does not let a gateway start") {
  System system({.start = false});
  const auto half = system.run_daemon("acq-gateway", {"tls.certificate_file=/nowhere.crt"});
  CHECK(half.code == 2);
  CHECK_THAT(half.errors, Catch::Contains("set both"));
  const auto absent =
      system.run_daemon("acq-gateway", {"tls.certificate_file=/nowhere.crt", "tls.key_file=/nowhere.key"});
  CHECK(absent.code == 2);
  CHECK_THAT(absent.errors, Catch::Contains("/nowhere.crt"));
}

TEST_CASE("with 64 descriptors and a crowd at the door the gateway does not spin, and serves when they go") {
  System system;
  const pid_t pid = system.pid("gateway-1");
  const auto used = descriptors_of(pid);
  INFO("the gateway alone has " << used << " descriptors");
  const rlimit few{std::max<rlim_t>(64, used + 4), std::max<rlim_t>(64, used + 4)};
  REQUIRE(::prlimit(pid, RLIMIT_NOFILE, &few, nullptr) == 0);
  {
    std::vector<RawConnection> crowd;
    for (int i = 0; i < 150; ++i) crowd.emplace_back(system.port_of("gateway-1"));
    await("they have taken what there is", soon_ms,
          [&] { return read_file(system.log_of("gateway-1")).find("accept_paused") != std::string::npos; });
    const auto began_ms = runtime::steady_ms();
    const auto began_cpu_ms = cpu_ms(pid);
    await("a second has passed", soon_ms, [&] { return runtime::steady_ms() - began_ms >= 1'000; });
    const double busy =
        static_cast<double>(cpu_ms(pid) - began_cpu_ms) / static_cast<double>(runtime::steady_ms() - began_ms);
    INFO(busy << " of one core");
    CHECK(busy < 0.5);
  }
  await("it serves again", soon_ms,
        [&] { return system.merchant().create(Order{.number = "after-the-crowd"}).status / 100 == 2; });
  system.stop("gateway-1");
}
