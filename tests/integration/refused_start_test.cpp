// A start that could lose something is refused with a sentence that names the fix: exit 2 for what the operator must
// correct, 3 for a dependency that is away.
#include <catch2/catch.hpp>

#include "tests/support/await.hpp"
#include "tests/support/settings.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

namespace {

void check_refused(System& system, int code, const std::vector<std::string>& sets,
                   const std::vector<std::string>& words) {
  for (const char* program : {"acq-gateway", "acq-settlement"}) {
    const auto ended = system.run_daemon(program, sets);
    INFO(program << " said: " << ended.errors << ended.output);
    CHECK(ended.code == code);
    CHECK(ended.errors.starts_with(std::string(program) + ": "));
    for (const auto& word : words) CHECK(ended.errors.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("A start is refused with a sentence that names the fix (P10, P30)") {
  System system({.start = false});

  SECTION("a key that nobody knows names the nearest that is known") {
    check_refused(system, 2, {"kafka.broker=127.0.0.1:1"}, {"kafka.broker", "kafka.brokers"});
  }
  SECTION("the broker is away") {
    const auto nobody = "127.0.0.1:" + std::to_string(free_port());
    check_refused(system, 3, {"kafka.brokers=" + nobody}, {nobody, "kafka.brokers"});
  }
  SECTION("the database is away") {
    check_refused(system, 3, {"mariadb.socket=" + system.folder().path() + "/nobody.sock"},
                  {"MariaDB", "mariadb.socket"});
  }
  SECTION("the topic is not described, or not there") {
    check_refused(system, 2, {"kafka.topic=acq.nothing"}, {"acq.nothing", "kafka.topic"});
    const auto other = system.folder().path() + "/other.yaml";
    auto yaml = read_file(system.topic().topics_file());
    const auto at = yaml.find(system.topic().name());
    write_file(other, yaml.replace(at, system.topic().name().size(), "acq.it.nowhere"));
    check_refused(system, 2, {"kafka.topic=acq.it.nowhere", "kafka.topics_file=" + other},
                  {"acq.it.nowhere", "create-topic"});
  }
  SECTION("a retention that would delete unread payments, as in the incident") {
    system.topic().change_setting("retention.ms", "60000");
    check_refused(system, 2, {}, {"retention.ms is 60000", "1209600000", "kafka-configs.sh"});
  }
  SECTION("MariaDB would lose commits in a power cut") {
    const GlobalVariable unsafe("innodb_flush_log_at_trx_commit", 2);
    check_refused(system, 2, {}, {"innodb_flush_log_at_trx_commit is 2", "set it to 1"});
  }
  SECTION("a port is busy") {
    // The simulator's: somebody listens there.
    const auto url = system.url("channel-sim");
    const auto port = url.substr(url.rfind(':') + 1);
    for (const auto& [program, key] :
         {std::pair{"acq-gateway", "gateway.port="}, std::pair{"acq-gateway", "gateway.admin_port="},
          std::pair{"acq-settlement", "settlement.operator_port="},
          std::pair{"acq-settlement", "settlement.admin_port="}}) {
      const auto ended = system.run_daemon(program, {key + port});
      INFO(program << " said: " << ended.errors);
      CHECK(ended.code == 3);
      CHECK(ended.errors.find(port) != std::string::npos);
      CHECK(ended.errors.find("another port") != std::string::npos);
    }
  }
}
