// The framing table through HAProxy, configured as deploy/haproxy has it. Two readers stand in a row, so what counts is
// that they never see different requests: everything served carries the mark of one request that HAProxy believes it
// sent and answered, and no request that stood in a body is ever served.
#include <catch2/catch.hpp>
#include <map>

#include "tests/contract/framing/runner.hpp"
#include "tests/support/await.hpp"
#include "tests/support/files.hpp"
#include "tests/support/process.hpp"

using namespace acq::test;

namespace {

void replace(std::string& text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  INFO("deploy/haproxy/haproxy.cfg no longer says: " << what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), with);
}

/// The shipped configuration with our ports, quicker timeouts and a mark on each request and its answer.
std::string derived_config(std::uint16_t port, std::uint16_t backend) {
  auto text = read_file(std::string(ACQ_SOURCE_DIR) + "/deploy/haproxy/haproxy.cfg");
  replace(text, "maxconn 20000", "maxconn 200");  // what a developer's descriptors allow
  replace(text, "timeout client 35s", "timeout client 1s");
  replace(text, "timeout server 65s", "timeout server 3s");
  replace(text, "timeout http-request 10s", "timeout http-request 1s");
  replace(text, "    bind :8080\n",
          "    bind 127.0.0.1:" + std::to_string(port) +
              "\n    http-request set-var(txn.mark) uuid\n"
              "    http-request set-header X-Proxy-Mark %[var(txn.mark)]\n"
              "    http-after-response set-header X-Proxy-Mark %[var(txn.mark)]\n");
  replace(text, "    balance leastconn\n", "    balance leastconn\n    http-reuse always\n");
  replace(text, "    server gateway-1 gateway-1:18080\n",
          "    server gateway-1 127.0.0.1:" + std::to_string(backend) + "\n");
  replace(text, "    server gateway-2 gateway-2:18080\n", "");
  replace(text, "check inter 1s", "inter 1s");
  return text;
}

class Haproxy {
 public:
  explicit Haproxy(std::uint16_t backend)
      : folder_("/tmp/acq-haproxy-" + random_name()),
        port_(free_port()),
        config_(folder_ / "haproxy.cfg"),
        process_(launch(backend)) {
    await("haproxy answers (it is one of the packages that ./dev installs)", soon_ms, [this] {
      if (!process_.running()) FAIL("haproxy ended:\n" << last_lines(folder_ / "haproxy.log", 10));
      return can_connect(port_);
    });
  }
  std::uint16_t port() const noexcept { return port_; }

 private:
  Process launch(std::uint16_t backend) {
    write_file(config_, derived_config(port_, backend));
    return Process({{"/usr/sbin/haproxy", "-db", "-f", config_}, {}, folder_ / "haproxy.log", {}});
  }

  Folder folder_;
  std::uint16_t port_;
  std::string config_;
  Process process_;
};

/// What is wrong with a conversation that went through HAProxy, in words.
std::string violation(const FramingCase& one, const std::vector<RecordingServer::Asked>& asked,
                      const Conversation& heard) {
  std::map<std::string, int> believed;
  for (const auto& answer : heard.answers) {
    if (!answer.mark.empty()) ++believed[answer.mark];
  }
  for (const auto& request : asked) {
    // What is refused here may be two good requests to HAProxy (a POST without a length and what follows it, say), and
    // then they come as two, marked. What is one request here is one there.
    const bool is_smuggled = request.what.find("/smuggled") != std::string::npos;
    if (is_smuggled && one.status == 0) return "smuggled: " + request.what;
    if (request.marks != 1) return request.what + " carries " + std::to_string(request.marks) + " marks";
    if (--believed[request.mark] < 0) return request.what + " was not sent by HAProxy, or was sent twice";
  }
  const auto canary_served = !asked.empty() && asked.back().what == "GET /canary 0";
  const bool one_refused = heard.answers.empty() || heard.answers.back().status != 200;
  if (canary_served && one_refused) return "something was served behind a refusal";
  if (one.status == 0 && one.served.size() + 1 < asked.size()) return "more was served than was sent";
  return {};
}

}  // namespace

TEST_CASE("through HAProxy nobody serves a request that HAProxy did not send") {
  RecordingServer server;
  const Haproxy haproxy(server.port());
  std::size_t served_cases = 0;
  std::size_t reached = 0;
  for (const auto& one : framing_cases()) {
    server.take();
    const auto heard = talk(haproxy.port(), one.bytes + canary);
    const auto asked = server.take();
    INFO(one.name << "\n" << heard.raw.substr(0, 300));
    CHECK(violation(one, asked, heard) == "");
    reached += asked.size();
    if (one.status != 0) continue;
    ++served_cases;
    CHECK(asked.size() <= one.served.size() + 1);
  }
  INFO(reached << " requests came through");
  CHECK(reached > served_cases);
}

TEST_CASE("the judge of the HAProxy run sees a smuggled, an unmarked and a doubled request") {
  const FramingCase one = served("two", "", {"GET /a 0"});
  Conversation heard;
  heard.answers = {{200, "", "m1"}, {200, "", "m2"}};
  CHECK(violation(one, {{"GET /a 0", "m1", 1}, {"GET /canary 0", "m2", 1}}, heard) == "");
  CHECK(violation(one, {{"GET /smuggled 0", "m1", 1}}, heard) != "");
  CHECK(violation(one, {{"GET /a 0", "", 0}}, heard) != "");
  CHECK(violation(one, {{"GET /a 0", "m1", 1}, {"GET /b 0", "m1", 1}}, heard) != "");
  CHECK(violation(one, {{"GET /a 0", "forged", 1}}, heard) != "");
  heard.answers.back().status = 400;
  CHECK(violation(one, {{"GET /a 0", "m1", 1}, {"GET /canary 0", "m2", 1}}, heard) != "");
}
