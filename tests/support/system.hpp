// A whole system of a test's own: topic, database, group, Redis, ports and processes, on the broker and the database
// that all tests share. Its processes can be killed, paused and started again by name.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/case_folder.hpp"
#include "tests/support/database.hpp"
#include "tests/support/merchant.hpp"
#include "tests/support/process.hpp"
#include "tests/support/topic.hpp"

namespace acq::test {

struct Setup {
  bool start = true;                  ///< settlement, a merchant, gateway and receiver; else only what lies below them
  bool settlement_calls_back = true;  ///< settlement's callbacks.http_allowed: our receiver is on loopback
  bool channel_notifies = false;      ///< the simulator tells gateway-1 of what it charged
  int log_check_every_s = 10;         ///< the gateway's kafka.check_every_s; 3600: after its start the guard is off
  int gateway_cores = 2;
  std::string admission{};   ///< lines of the gateway's [admission]
  int balance_every_s = 60;  ///< the gateway's witness.balance_every_s
  int drain_delay_ms = 0;    ///< the gateway's own
};

class System {
 public:
  explicit System(Setup setup = {});
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // Processes by name: "redis", "channel-sim", "receiver", "settlement-N", "gateway-N".
  void start(const std::string& name);   ///< and waits until it is ready
  void launch(const std::string& name);  ///< does not wait
  void await_ready(const std::string& name);
  void stop(const std::string& name);  ///< SIGTERM; it must end well
  void kill(const std::string& name);
  void signal(const std::string& name, int number);
  bool running(const std::string& name);
  /// The code it ended with (128 + signal); nothing while it runs.
  std::optional<int> exit_code(const std::string& name) { return processes_.at(name).exit_code(0); }
  /// The next start of a gateway or a settlement, and that one only, is of acq-gateway-test or acq-settlement-test with
  /// these variables (common/faults); or of the program itself, which must not heed them.
  void arm(const std::string& name, Variables variables, bool production = false) {
    armed_.insert_or_assign(name, Armed{std::move(variables), production});
  }
  /// Further sections of its configuration, from its next start on.
  void configure(const std::string& name, std::string sections) {
    sections_.insert_or_assign(name, std::move(sections));
  }
  pid_t pid(const std::string& name) { return processes_.at(name).pid(); }
  std::string log_of(const std::string& name) const { return folder_ / (name + ".log"); }

  /// A daemon with these flags over its file, until it ends by itself: what a refused start says.
  Finished run_daemon(const std::string& program, std::vector<std::string> sets, std::vector<std::string> acts = {});

  std::string url(const std::string& name);        ///< where it listens
  std::string admin_url(const std::string& name);  ///< livez, readyz, metrics
  Database& database() { return *database_; }
  Topic& topic() { return *topic_; }
  const Folder& folder() const { return folder_; }
  const Merchant& merchant() const { return *merchant_; }
  std::uint16_t port_of(const std::string& name) { return port(name); }
  const std::string& key_id() const noexcept { return key_id_; }
  const std::string& key_secret() const noexcept { return key_secret_; }
  std::string callback_url() { return url("receiver") + "/callbacks"; }
  /// A second merchant, known to the gateway when this returns.
  Merchant create_merchant(const std::string& name);
  crypto::Secret master_key() const;
  std::string redis(const std::vector<std::string>& command);

  /// `acq`, as the operator.
  Finished acq(std::vector<std::string> arguments);

  // acq-load, as the merchant.
  Finished load(const std::string& name, std::vector<std::string> arguments, std::int64_t within_ms);
  Process start_load(const std::string& name, std::vector<std::string> arguments);
  /// Its audit's verdict, and what it printed.
  Finished end_of(const std::string& name, Process& load, std::int64_t within_ms);

  /// Where the channel tells, and the secret that it signs with.
  std::string notification_url() { return url("gateway-1") + "/channel/v1/notifications"; }
  crypto::Secret notification_secret() const;

  // What the witnesses of a payment say.
  Answer charges(const std::string& number) {
    return ask("GET", url("channel-sim") + "/sim/charges?merchant_order_id=" + number);
  }
  /// POST /sim/faults (docs/channel.md).
  void channel_faults(const std::string& json);
  std::int64_t charges_in_all() { return ask("GET", url("channel-sim") + "/sim/totals").integer("charges"); }
  /// "payment.awaiting_payer payment.succeeded": verified callbacks about it, in order of arrival.
  std::string callbacks(const std::string& payment_id);
  std::int64_t partitions_owned(const std::string& settlement);

  // Conditions that many tests end with.
  void await_state(const std::string& payment_id, const std::string& state, std::int64_t within_ms);
  /// What is not at rest yet, in words; empty when everything on the log is applied, final, told, and below the
  /// watermark.
  std::string unsettled();
  /// Everything on the log is applied, final, told, and below the watermark (P17).
  void await_settled(std::int64_t within_ms);
  /// No two rows under one order number, the cursors at the log's ends, one charge per succeeded row.
  void check_books();

 private:
  std::uint16_t port(const std::string& purpose);
  std::vector<std::string> command_of(const std::string& name);
  void write_configs(const std::string& name);
  std::string common_config(const std::string& account) const;
  std::string program(const std::string& name) const;
  Variables load_variables();
  Merchant merchant_of(const codec::JsonValue& json);
  codec::JsonValue create_merchant_json(const std::string& name);

  const Setup setup_;
  const std::string name_;
  Folder folder_;         ///< within the case's, so that a case may have several systems, one after another or at once
  Folder socket_folder_;  ///< short: a unix socket's path has room for 107 bytes
  std::unique_ptr<Topic> topic_;
  std::unique_ptr<Database> database_;
  std::map<std::string, std::uint16_t> ports_;
  std::map<std::string, Process> processes_;
  struct Armed {
    Variables variables;
    bool production = false;
  };
  std::map<std::string, Armed> armed_;
  std::map<std::string, std::string> sections_;
  std::unique_ptr<Merchant> merchant_;
  std::string key_id_;
  std::string key_secret_;
};

/// A qr payment of 10.00 with a callback, accepted: its id.
std::string create(System& system, const std::string& number);
/// The first order numbers of this prefix whose payments go to this partition.
std::vector<std::string> numbers_for(const System& system, std::int32_t partition, std::size_t count,
                                     const std::string& prefix);

}  // namespace acq::test
