#include "tests/support/system.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "common/crypto/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/http/webhook_signature.hpp"
#include "tests/support/await.hpp"
#include "tests/support/settings.hpp"

namespace acq::test {
namespace {

constexpr std::int64_t setup_ms = 30'000;

bool is_settlement(const std::string& name) {
  return name.starts_with("settlement");
}
bool is_gateway(const std::string& name) {
  return name.starts_with("gateway");
}

std::string local_url(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace

System::System(Setup setup)
    : setup_(setup), name_(random_name()), folder_(case_folder() / name_), socket_folder_("/tmp/acq-it-" + name_) {
  folder_.keep();  // the case's folder goes, or is kept, as a whole
  write_file(folder_ / "master.key", crypto::hex_encode(crypto::random_bytes(32)) + "\n");
  write_file(folder_ / "channel-notify.secret", "whsec_" + crypto::base64_encode(crypto::random_bytes(32)) + "\n");
  topic_ = std::make_unique<Topic>("acq.it." + name_, folder_.path());
  database_ = std::make_unique<Database>("acq_it_" + name_);
  write_configs("settlement-1");
  const auto admin = settings().admin;
  REQUIRE(run_daemon("acq-settlement", {"mariadb.user=" + admin.user, "mariadb.password_file=" + admin.password_file},
                     {"migrate"})
              .code == 0);
  REQUIRE(run_daemon("acq-settlement", {}, {"create-topic"}).code == 0);
  start("redis");
  start("channel-sim");
  if (!setup_.start) return;
  const auto made = run_daemon("acq-settlement", {}, {"create-operator", "tester"});
  REQUIRE(made.code == 0);
  write_file(folder_ / "operator.token", made.output);
  start("settlement-1");
  const auto json = create_merchant_json("shop");
  key_id_ = json.string_or("key_id");
  key_secret_ = json.string_or("key_secret");
  merchant_ = std::make_unique<Merchant>(merchant_of(json));
  write_file(folder_ / "webhook.secret", std::string(json.string_or("webhook_secret")) + "\n");
  start("receiver");
  start("gateway-1");
}

System::~System() {
  // In the order in which they depend on each other; the destructors would do, but leave noise in the logs.
  for (const char* kind : {"gateway", "settlement"}) {
    for (auto& [name, process] : processes_) {
      if (name.starts_with(kind)) process.kill_now();
    }
  }
}

std::string System::program(const std::string& name) const {
  return settings().programs + "/" + name;
}

std::uint16_t System::port(const std::string& purpose) {
  const auto [entry, fresh] = ports_.try_emplace(purpose, 0);
  if (fresh) entry->second = free_port();
  return entry->second;
}

std::string System::url(const std::string& name) {
  return local_url(port(name));
}
std::string System::admin_url(const std::string& name) {
  return local_url(port(name + " admin"));
}

std::string System::common_config(const std::string& account) const {
  const auto& who = account == "gateway" ? settings().gateway : settings().settlement;
  return "[kafka]\nbrokers = \"" + settings().kafka + "\"\ntopic = \"" + topic_->name() + "\"\ntopics_file = \"" +
         topic_->topics_file() + "\"\n[redis]\nsocket = \"" + (socket_folder_ / "redis.sock") +
         "\"\n[secrets]\nmaster_key_file = \"" + (folder_ / "master.key") + "\"\n[mariadb]\nsocket = \"" +
         settings().mariadb_socket + "\"\ndatabase = \"" + database_->name() + "\"\nuser = \"" + who.user +
         "\"\npassword_file = \"" + who.password_file + "\"\n";
}

void System::write_configs(const std::string& name) {
  std::string config;
  if (is_gateway(name)) {
    auto common = common_config("gateway");
    common.insert(common.find("[kafka]\n") + 8, "check_every_s = " + std::to_string(setup_.log_check_every_s) + "\n");
    config = common + "[callbacks]\nhttp_allowed = true\n[admission]\n" + setup_.admission +
             "[gateway]\ncores = " + std::to_string(setup_.gateway_cores) + "\nport = " + std::to_string(port(name)) +
             "\nadmin_port = " + std::to_string(port(name + " admin")) +
             "\ndrain_delay_ms = " + std::to_string(setup_.drain_delay_ms) + "\ninstance = \"" + name +
             "\"\n[witness]\nbalance_every_s = " + std::to_string(setup_.balance_every_s) + "\ndirectory = \"" +
             (folder_ / ("witness-" + name)) + "\"\n";
    if (setup_.channel_notifies) {
      config += "[channel]\nnotification_secret_file = \"" + (folder_ / "channel-notify.secret") + "\"\n";
    }
  } else {
    auto common = common_config("settlement");
    common.insert(common.find("[mariadb]\n") + 10, "schemas = \"" + std::string(ACQ_SOURCE_DIR) + "/schemas/db\"\n");
    common.insert(common.find("[kafka]\n") + 8, "group = \"acq-it-" + name_ + "\"\n");
    config = common + "[callbacks]\nhttp_allowed = " + (setup_.settlement_calls_back ? "true" : "false") +
             "\n[settlement]\nworker = \"" + name + "\"\nadmin_port = " + std::to_string(port(name + " admin")) +
             "\noperator_port = " + std::to_string(port(name)) + "\n[channel]\nurl = \"" + url("channel-sim") + "\"\n";
  }
  if (const auto more = sections_.find(name); more != sections_.end()) config += more->second;
  write_file(folder_ / (name + ".toml"), config);
}

std::vector<std::string> System::command_of(const std::string& name) {
  if (name == "redis") {
    return {"redis-server", "--port", "0",     "--unixsocket", socket_folder_ / "redis.sock", "--save", "",
            "--appendonly", "no",     "--dir", folder_.path()};
  }
  if (name == "channel-sim") {
    std::vector<std::string> command{program("acq-channel-sim"), "--port", std::to_string(port(name))};
    if (setup_.channel_notifies) {
      command.insert(command.end(),
                     {"--notify-url", notification_url(), "--notify-secret-file", folder_ / "channel-notify.secret"});
    }
    return command;
  }
  if (name == "receiver") {
    return {program("acq-load"),        "receive",       "--port",
            std::to_string(port(name)), "--secret-file", folder_ / "webhook.secret"};
  }
  write_configs(name);
  const std::string which = is_gateway(name) ? "acq-gateway" : "acq-settlement";
  const auto armed = armed_.find(name);
  const bool test_program = armed != armed_.end() && !armed->second.production;
  return {program(test_program ? which + "-test" : which), "--config", folder_ / (name + ".toml")};
}

void System::launch(const std::string& name) {
  REQUIRE_FALSE(running(name));
  auto command = command_of(name);
  auto armed = armed_.extract(name);
  processes_.insert_or_assign(
      name, Process({std::move(command), armed ? std::move(armed.mapped().variables) : Variables{}, log_of(name), {}}));
}

void System::start(const std::string& name) {
  launch(name);
  await_ready(name);
}

void System::await_ready(const std::string& name) {
  Process& process = processes_.at(name);
  await(name + " is ready", setup_ms, [&] {
    if (!process.running()) FAIL(name << " ended while it was starting:\n" << last_lines(log_of(name), 10));
    if (name == "redis") return redis({"ping"}) == "PONG\n";
    if (is_gateway(name)) return ask("GET", admin_url(name) + "/readyz").status == 200;
    if (is_settlement(name)) {
      const auto answer = ask("GET", admin_url(name) + "/readyz");
      // The first owns everything once it is ready; a second one waits for its share as long as the group says.
      return answer.status == 200 && (answer.integer("partitions") > 0 || name != "settlement-1");
    }
    return ask("GET", url(name) + "/livez").status == 200;
  });
}

void System::stop(const std::string& name) {
  constexpr std::int64_t stop_ms = 30'000;
  const int code = processes_.at(name).stop(stop_ms);
  INFO(name << " was asked to stop");
  REQUIRE(code == 0);
}

void System::kill(const std::string& name) {
  processes_.at(name).kill_now();
}
void System::signal(const std::string& name, int number) {
  processes_.at(name).signal(number);
}

bool System::running(const std::string& name) {
  const auto found = processes_.find(name);
  return found != processes_.end() && found->second.running();
}

Finished System::run_daemon(const std::string& program_name, std::vector<std::string> sets,
                            std::vector<std::string> acts) {
  const std::string name = program_name == "acq-gateway" ? "gateway-1" : "settlement-1";
  write_configs(name);
  std::vector<std::string> command{program(program_name)};
  command.insert(command.end(), acts.begin(), acts.end());
  command.insert(command.end(), {"--config", folder_ / (name + ".toml")});
  for (auto& set : sets) command.insert(command.end(), {"--set", std::move(set)});
  return run(std::move(command), {}, folder_.path(), "once-" + program_name, setup_ms);
}

Finished System::acq(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("acq"));
  return run(std::move(arguments),
             {{"ACQ_OPERATOR_URL", url("settlement-1")}, {"ACQ_OPERATOR_TOKEN_FILE", folder_ / "operator.token"}},
             folder_.path(), "acq", setup_ms);
}

codec::JsonValue System::create_merchant_json(const std::string& name) {
  const auto made = acq({"merchant", "create", name, "--json"});
  INFO(made.errors);
  REQUIRE(made.code == 0);
  write_file(folder_ / "acq.out", "");
  return codec::parse_json(made.output).value();
}

Merchant System::merchant_of(const codec::JsonValue& json) {
  return {url("gateway-1"), std::string(json.string_or("merchant_id")), std::string(json.string_or("key_id")),
          std::string(json.string_or("key_secret"))};
}

Merchant System::create_merchant(const std::string& name) {
  auto made = merchant_of(create_merchant_json(name));
  await("the gateway knows " + name, soon_ms, [&] { return made.by_number("nothing").status != 401; });
  return made;
}

crypto::Secret System::master_key() const {
  return crypto::read_master_key(folder_ / "master.key");
}

crypto::Secret System::notification_secret() const {
  auto text = read_file(folder_ / "channel-notify.secret");
  text.pop_back();
  return http::parse_webhook_secret(text).value();
}

std::string System::redis(const std::vector<std::string>& command) {
  std::vector<std::string> all{"redis-cli", "-s", socket_folder_ / "redis.sock"};
  all.insert(all.end(), command.begin(), command.end());
  return run(std::move(all), {}, folder_.path(), "redis-cli", setup_ms).output;
}

Variables System::load_variables() {
  return {{"ACQ_URL", url("gateway-1")},
          {"ACQ_KEY_ID", key_id_},
          {"ACQ_KEY_SECRET", key_secret_},
          {"ACQ_OPERATOR_URL", url("settlement-1")},
          {"ACQ_OPERATOR_TOKEN_FILE", folder_ / "operator.token"},
          {"ACQ_CHANNEL_URL", url("channel-sim")},
          {"ACQ_CALLBACK_URL", callback_url()},
          {"ACQ_WEBHOOK_SECRET_FILE", folder_ / "webhook.secret"}};
}

Process System::start_load(const std::string& name, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("acq-load"));
  return Process({std::move(arguments), load_variables(), folder_ / (name + ".out"), log_of(name)});
}

Finished System::end_of(const std::string& name, Process& load, std::int64_t within_ms) {
  const auto code = load.exit_code(within_ms);
  INFO(name << " said: " << last_lines(log_of(name), 5));
  if (!code) FAIL(name << " did not end within " << within_ms << " ms");
  return {*code, read_file(folder_ / (name + ".out")), read_file(log_of(name))};
}

Finished System::load(const std::string& name, std::vector<std::string> arguments, std::int64_t within_ms) {
  Process process = start_load(name, std::move(arguments));
  return end_of(name, process, within_ms);
}

std::string System::callbacks(const std::string& payment_id) {
  const auto answer = ask("GET", url("receiver") + "/received?payment_id=" + payment_id);
  std::string all;
  const auto* events = answer.json.find("events");
  if (events == nullptr || events->array() == nullptr) return "the receiver does not answer";
  for (const auto& event : *events->array()) {
    const auto* verified = event.find("verified");
    if (!all.empty()) all += ' ';
    all += event.string_or("type");
    if (verified == nullptr || verified->boolean() == nullptr || !*verified->boolean()) all += "(not verified)";
  }
  return all;
}

std::int64_t System::partitions_owned(const std::string& settlement) {
  return ask("GET", admin_url(settlement) + "/readyz").integer("partitions");
}

void System::await_state(const std::string& payment_id, const std::string& state, std::int64_t within_ms) {
  await_equal("the state of " + payment_id, within_ms, state,
              [&] { return merchant_->payment(payment_id).text("state"); });
}

std::string System::unsettled() {
  const auto ends = topic_->ends();
  std::string what;
  for (std::int32_t partition = 0; partition < Topic::partitions; ++partition) {
    const auto end = std::to_string(ends[static_cast<std::size_t>(partition)]);
    const auto rows =
        database_->rows("SELECT CONCAT(next_offset, ' ', watermark) FROM partition_cursors WHERE partition_id = ?",
                        {std::int64_t{partition}});
    const std::string is = rows.empty() ? "no row" : mariadb::text(rows.front().front());
    const std::string wanted = end + " " + end;
    if (is != wanted) {
      what += "partition " + std::to_string(partition) + ": next offset and watermark are " + is +
              ", the log's end is " + end + "; ";
    }
  }
  const auto not_final = database_->number(
      "SELECT COUNT(*) FROM payments WHERE state NOT IN ('succeeded','declined','closed','refused','reversed')");
  const auto untold = database_->number("SELECT COUNT(*) FROM payments WHERE told_sequence <> sequence");
  if (not_final != 0) what += std::to_string(not_final) + " payments are not final; ";
  if (untold != 0) what += std::to_string(untold) + " are not told; ";
  if (setup_.channel_notifies) {
    const auto waiting = ask("GET", url("channel-sim") + "/sim/totals").integer("notifications_waiting");
    if (waiting != 0) what += std::to_string(waiting) + " notifications wait; ";
  }
  const auto refunds = database_->number("SELECT COUNT(*) FROM refunds WHERE due_at_ms IS NOT NULL");
  if (refunds != 0) what += std::to_string(refunds) + " refunds are not ended; ";
  return what;
}

void System::await_settled(std::int64_t within_ms) {
  await_equal("everything is applied, final and told", within_ms, std::string(), [this] { return unsettled(); });
}

void System::channel_faults(const std::string& json) {
  const auto set = ask("POST", url("channel-sim") + "/sim/faults", json);
  INFO(set.body);
  REQUIRE(set.status / 100 == 2);
}

void System::check_books() {
  CHECK(database_->number("SELECT COUNT(*) FROM (SELECT 1 FROM payments WHERE state <> 'refused' GROUP BY merchant_id, "
                          "merchant_order_id HAVING COUNT(*) > 1) doubled") == 0);
  const auto ends = topic_->ends();
  for (std::int32_t partition = 0; partition < Topic::partitions; ++partition) {
    CHECK(database_->number("SELECT next_offset FROM partition_cursors WHERE partition_id = ?",
                            {std::int64_t{partition}}) == ends[static_cast<std::size_t>(partition)]);
  }
  const auto totals = ask("GET", url("channel-sim") + "/sim/totals");
  CHECK(database_->number("SELECT COUNT(*) FROM payments WHERE state = 'succeeded'") == totals.integer("charges"));
  CHECK(database_->number("SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM payments WHERE state = 'succeeded'") ==
        totals.integer("charged_amount"));
  CHECK(database_->number("SELECT COUNT(*) FROM incidents") == 0);
  CHECK(database_->number("SELECT COUNT(*) FROM dead_letters") == 0);
}

std::string create(System& system, const std::string& number) {
  const auto answer = system.merchant().create({.number = number, .callback_url = system.callback_url()});
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  return answer.text("payment_id");
}

std::vector<std::string> numbers_for(const System& system, std::int32_t partition, std::size_t count,
                                     const std::string& prefix) {
  std::vector<std::string> numbers;
  for (int i = 0; numbers.size() < count; ++i) {
    const auto number = prefix + std::to_string(i);
    if (partition_of(route_hash(system.merchant().id(), number), Topic::partitions) == partition)
      numbers.push_back(number);
  }
  return numbers;
}

}  // namespace acq::test
