// acq-settlement: the writer of payments. Acts: run (default), migrate, create-topic, create-operator NAME.
#include <cstdio>
#include <exception>

#include "common/faults/fault_points.hpp"
#include "common/kafka/topic_guard.hpp"
#include "common/mariadb/migrations.hpp"
#include "common/runtime/core_pool.hpp"
#include "common/runtime/log.hpp"
#include "settlement/app.hpp"
#include "settlement/operations/merchants.hpp"

namespace {

using namespace acq;

/// An index on a table of years takes its time, and must not be given up half way.
constexpr std::uint32_t migration_timeout_s = 24 * 3600;

int migrate(const settlement::Settings& settings) {
  mariadb::ConnectOptions options = settings.database;
  options.timeout_s = migration_timeout_s;
  mariadb::Connection connection(options);
  auto applied = mariadb::migrate(connection, settings.schemas);
  if (!applied) {
    throw StartError(applied.error().code == Errc::misconfigured ? 2 : 3,
                     "the schema could not be migrated (" + applied.error().detail +
                         "): migrate needs an account with DDL; set mariadb.user and mariadb.password_file");
  }
  for (const auto& name : *applied) std::printf("applied %s\n", name.c_str());
  if (applied->empty()) std::printf("nothing to apply\n");
  return 0;
}

int create_topic(const settlement::Settings& settings) {
  constexpr std::uint32_t timeout_ms = 15'000;
  const auto spec = kafka::read_topic_spec(settings.topics_file, settings.topic);
  if (auto made = kafka::create_topic(settings.brokers, spec, timeout_ms); !made) {
    throw StartError(made.error().code == Errc::misconfigured ? 2 : 3,
                     "the topic " + spec.name + " could not be created: " + made.error().detail);
  }
  kafka::require_topic(settings.brokers, spec, timeout_ms);
  std::printf("topic %s is there with %d partitions\n", spec.name.c_str(), spec.partitions);
  return 0;
}

int create_operator(const settlement::Settings& settings, const std::string& name) {
  mariadb::Connection connection(settings.database);
  auto token = settlement::operations::create_operator(connection, name);
  if (!token) throw StartError(3, "the operator could not be stored: " + token.error().detail);
  std::printf("%.*s\n", static_cast<int>(token->reveal().size()), token->reveal().data());
  return 0;
}

int act(const std::vector<std::string>& words, const settlement::Settings& settings) {
  const std::string what = words.empty() ? "run" : words.front();
  if (what == "run" && words.size() <= 1) {
    faults::arm();
    settlement::App app(settings);
    app.run();
    return 0;
  }
  if (what == "migrate" && words.size() == 1) return migrate(settings);
  if (what == "create-topic" && words.size() == 1) return create_topic(settings);
  if (what == "create-operator" && words.size() == 2) return create_operator(settings, words[1]);
  throw StartError(2, "unknown act '" + what + "': use run, migrate, create-topic or create-operator NAME");
}

}  // namespace

int main(int argc, char** argv) {
  int code = 3;
  try {
    runtime::block_stop_signals();
    std::vector<std::string> words;
    const auto config = runtime::load_for_daemon(
        argc, argv, "acq-settlement",
        "writes what the log says into MariaDB, calls the channel, tells merchants (acts: run, migrate, "
        "create-topic, create-operator NAME)",
        settlement::config_keys(), &words);
    const auto settings = settlement::settings_from(config);
    runtime::log_start("acq-settlement", settings.log_level);
    code = act(words, settings);
  } catch (const StartError& error) {
    std::fprintf(stderr, "acq-settlement: %s\n", error.what());
    code = error.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "acq-settlement: %s\n", error.what());
  }
  runtime::log_flush();
  return code;
}
