// Configuration: which layer wins, and that every mistake is refused with a sentence that names it.
#include "common/runtime/config.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "common/runtime/command_line.hpp"
#include "common/runtime/edit_distance.hpp"

using namespace acq::runtime;

namespace {

constexpr ConfigKey keys[] = {
    {"gateway.port", ConfigType::integer, "18080", false, "Where merchants connect.", 1, 65535},
    {"gateway.instance", ConfigType::text, "gateway-1", false, "Its name in logs."},
    {"kafka.brokers", ConfigType::text, "", true, "host:port, separated by commas."},
    {"callbacks.http_allowed", ConfigType::flag, "false", false, "Development only."},
};

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    char name[] = "/tmp/acq-config-XXXXXX";
    ::close(::mkstemp(name));
    path = name;
    std::ofstream(path) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path.c_str()); }
  std::string path;
};

class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const char* value) : name_(name) {
    ::setenv(name, value, 1);  // NOLINT(concurrency-mt-unsafe)
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() { ::unsetenv(name_); }  // NOLINT(concurrency-mt-unsafe)

 private:
  const char* name_;
};

template <class Act>
std::string refusal_of(Act act) {
  try {
    act();
  } catch (const acq::StartError& error) {
    CHECK(error.exit_code == 2);
    return error.what();
  }
  return "not refused";
}

std::string refusal_of_file(std::string_view content) {
  const TemporaryFile file(content);
  return refusal_of([&file] { Config::load(keys, file.path, {"kafka.brokers=b:1"}); });
}

std::string refusal_of_flag(const std::string& flag) {
  return refusal_of([&flag] { Config::load(keys, "", {"kafka.brokers=b:1", flag}); });
}

}  // namespace

TEST_CASE("flags go over the environment, the environment over the file, the file over the default") {
  const TemporaryFile file(
      "[kafka]\nbrokers = \"file:9092\"\n[gateway]\nport = 1\ninstance = \"f\"\n"
      "[callbacks]\nhttp_allowed = true\n");
  const EnvironmentVariable port("ACQ_GATEWAY__PORT", "2");
  const EnvironmentVariable instance("ACQ_GATEWAY__INSTANCE", "from environment");
  const Config config = Config::load(keys, file.path, {"gateway.port=3"});
  CHECK(config.integer("gateway.port") == 3);
  CHECK(config.text("gateway.instance") == "from environment");
  CHECK(config.text("kafka.brokers") == "file:9092");
  CHECK(config.flag("callbacks.http_allowed"));
  CHECK(config.describe() ==
        "callbacks.http_allowed = true (file)\n"
        "gateway.instance = \"from environment\" (environment)\n"
        "gateway.port = 3 (flag)\n"
        "kafka.brokers = \"file:9092\" (file)\n");
}

TEST_CASE("without a file the defaults hold and a required key is asked for by all its names") {
  CHECK(Config::load(keys, "", {"kafka.brokers=b:1"}).integer("gateway.port") == 18080);
  const auto sentence = refusal_of([] { Config::load(keys, "", {}); });
  CHECK_THAT(sentence, Catch::Contains("ACQ_KAFKA__BROKERS") && Catch::Contains("--set kafka.brokers=VALUE"));
}

TEST_CASE("an unknown key names the nearest known one") {
  CHECK_THAT(refusal_of_file("[gateway]\nporr = 1\n"),
             Catch::Contains("line 2") && Catch::Contains("did you mean \"gateway.port\""));
  CHECK_THAT(refusal_of_file("port = 1\n"), Catch::Contains("did you mean"));
  CHECK_THAT(refusal_of_file("[gateway.port]\nx = 1\n"), Catch::Contains("gateway.port"));
  CHECK_THAT(refusal_of_flag("kafka.broker=b"), Catch::Contains("did you mean \"kafka.brokers\""));
  const EnvironmentVariable mistyped("ACQ_GATEWAY__INSTANEC", "x");
  CHECK_THAT(refusal_of([] { Config::load(keys, "", {"kafka.brokers=b:1"}); }),
             Catch::Contains("ACQ_GATEWAY__INSTANEC") && Catch::Contains("did you mean \"gateway.instance\""));
}

TEST_CASE("the environment of another program of ours is passed over") {
  const EnvironmentVariable other("ACQ_SETTLEMENT__WORKER", "settlement-1");
  const EnvironmentVariable plain("ACQ_URL", "http://127.0.0.1:18080");
  CHECK_NOTHROW(Config::load(keys, "", {"kafka.brokers=b:1"}));
}

TEST_CASE("types and ranges are checked in every layer") {
  CHECK_THAT(refusal_of_file("[gateway]\nport = \"18080\"\n"), Catch::Contains("must be an integer"));
  CHECK_THAT(refusal_of_file("[gateway]\nport = 1.0\n"), Catch::Contains("must be an integer"));
  CHECK_THAT(refusal_of_file("[gateway]\nport = 65536\n"), Catch::Contains("from 1 to 65535, not 65536"));
  CHECK_THAT(refusal_of_file("[gateway]\ninstance = 7\n"), Catch::Contains("must be a text"));
  CHECK_THAT(refusal_of_file("[callbacks]\nhttp_allowed = 1\n"), Catch::Contains("must be true or false"));
  CHECK_THAT(refusal_of_file("[gateway\n"), Catch::Contains("line 1 is not TOML"));
  for (const char* value : {"", "0", "65536", "+1", "1 ", "0x10", "99999999999999999999", "-1"}) {
    INFO(value);
    CHECK_THAT(refusal_of_flag(std::string("gateway.port=") + value), Catch::Contains("gateway.port in --set"));
  }
  CHECK_THAT(refusal_of_flag("callbacks.http_allowed=yes"), Catch::Contains("true or false"));
  CHECK_THAT(refusal_of_flag("gateway.instance=a\nb"), Catch::Contains("control characters"));
  CHECK_THAT(refusal_of_flag("gateway.instance"), Catch::Contains("section.key=value"));
  CHECK_THAT(refusal_of([] { Config::load(keys, "/nonexistent.toml", {}); }), Catch::Contains("--config FILE"));
}

TEST_CASE("the example file holds every key and loads") {
  const std::string example = example_toml("acq-gateway", "the merchant API", keys);
  for (const auto& key : keys) CHECK_THAT(example, Catch::Contains(std::string(key.reason)));
  CHECK_THAT(example,
             Catch::Contains("[gateway]\n# Where merchants connect.\n# Integer from 1 to 65535; default 18080.\n"
                             "port = 18080\n"));
  CHECK_THAT(example, Catch::Contains("# Text; no default, must be set.\n# brokers = \"\"\n"));
  const TemporaryFile file(example);
  const Config config = Config::load(keys, file.path, {"kafka.brokers=b:1"});
  CHECK(config.text("gateway.instance") == "gateway-1");
  CHECK_THAT(config.describe(), Catch::Contains("gateway.port = 18080 (file)"));
}

TEST_CASE("the daemon's command line takes flags in both spellings, and acts") {
  const auto command = parse_daemon_command(
      {"create-operator", "--config", "a.toml", "--set=x.y=1", "alice", "--set", "z.q=2", "--check-config"}, "acq-x");
  CHECK(command.config_file == "a.toml");
  CHECK(command.sets == std::vector<std::string>{"x.y=1", "z.q=2"});
  CHECK(command.positionals == std::vector<std::string>{"create-operator", "alice"});
  CHECK(command.wish == DaemonWish::check_config);
  CHECK(parse_daemon_command({"help-config"}, "acq-x").wish == DaemonWish::help_config);
  CHECK(parse_daemon_command({"--help-config"}, "acq-x").wish == DaemonWish::help_config);
  CHECK(parse_daemon_command({"--version"}, "acq-x").wish == DaemonWish::version);
  CHECK_THAT(refusal_of([] { parse_daemon_command({"--confg", "a"}, "acq-x"); }), Catch::Contains("no flag --confg"));
  CHECK_THAT(refusal_of([] { parse_daemon_command({"--config"}, "acq-x"); }), Catch::Contains("needs a value"));
  CHECK_THAT(refusal_of([] {
               parse_daemon_command({"--config", "a", "--config", "b"}, "acq-x");
             }),
             Catch::Contains("twice"));
}

TEST_CASE("a program without acts refuses words, one with acts gives them back") {
  char program[] = "acq-x";
  char act[] = "migrate";
  char set[] = "--set=kafka.brokers=b:1";
  char* argv[] = {program, act, set, nullptr};
  CHECK_THAT(refusal_of([&argv] { load_for_daemon(3, argv, "acq-x", "summary", keys); }),
             Catch::Contains("not \"migrate\""));
  std::vector<std::string> acts;
  load_for_daemon(3, argv, "acq-x", "summary", keys, &acts);
  CHECK(acts == std::vector<std::string>{"migrate"});
}

TEST_CASE("edit distance counts the least edits") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(nearest_key(keys, "kafka.borkers") == "kafka.brokers");
}

TEST_CASE("a secret file gives its content without the final newline") {
  const TemporaryFile good("s3cret\n");
  CHECK(read_secret_file(good.path, "database password") == "s3cret");
  const TemporaryFile empty("\n");
  CHECK_THAT(refusal_of([&empty] { read_secret_file(empty.path, "database password"); }), Catch::Contains("is empty"));
  CHECK_THAT(refusal_of([] { read_secret_file("/nonexistent", "database password"); }),
             Catch::Contains("database password, /nonexistent"));
}
