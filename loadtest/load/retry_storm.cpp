// acq-load retry-storm: one order number sent many times at once. One payment and one charge must come of it.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "common/codec/api_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/crypto/bytes.hpp"
#include "loadtest/load/merchant.hpp"
#include "loadtest/load/retry_rules.hpp"
#include "loadtest/load/scenarios.hpp"
#include "loadtest/load/tasks.hpp"
#include "loadtest/load/witnesses.hpp"

namespace acq::load {
namespace {

namespace asio = boost::asio;

struct Options {
  std::string order;
  std::size_t connections = 100;
  std::size_t repeats = 1;
  std::int64_t amount = 1'000;
  std::string currency = "CNY";
  std::int64_t wait_s = 30;
};

class RetryStorm {
 public:
  RetryStorm(asio::io_context& context, const Environment& environment, const Options& options, PaymentRequest request)
      : environment_(environment),
        options_(options),
        body_(codec::write_payment_request(request)),
        client_(context, client_options(environment, options)),
        merchant_(client_, environment_),
        witnesses_(client_, environment_) {}

  asio::awaitable<int> run() {
    deadline_us_ = steady_us() + options_.wait_s * 1'000'000;
    co_await run_all(options_.connections, [this](std::size_t) { return ask_all(); });
    if (!ever_answered_) throw StartError(3, "the gateway does not answer at " + environment_.gateway_url);
    co_await settle();
    print();
    const bool one_payment = canonical_.size() <= 1;
    const bool all_answered = unanswered_ == 0 && !told_.empty();
    co_return one_payment&& all_answered&& charges_.value_or(0) <= 1 ? 0 : 1;
  }

 private:
  static http::ClientOptions client_options(const Environment& environment, const Options& options) {
    http::ClientOptions client;
    client.connections_per_destination_max = options.connections;
    client.idle_per_destination_max = options.connections;
    client.ca_file = environment.ca_file;
    return client;
  }

  asio::awaitable<void> ask_all() {
    for (std::size_t i = 0; i < options_.repeats; ++i) co_await ask_until_answered();
  }

  asio::awaitable<void> ask_until_answered() {
    for (std::int32_t tries = 1;; ++tries) {
      const auto answer = co_await merchant_.create(body_);
      ever_answered_ = ever_answered_ || answer;
      const Judgement judged = judge_create(answer ? &*answer : nullptr);
      ++statuses_[answer ? std::to_string(answer->status) : "no_answer"];
      if (judged.payment_id) (judged.next == Next::accepted ? told_ : hinted_).insert(*judged.payment_id);
      if (judged.next == Next::accepted) co_return;
      const std::int64_t delay_ms = retry_delay_ms(judged.retry_after_ms, tries, crypto::random_unit());
      if (judged.next == Next::refused || steady_us() + delay_ms * 1'000 > deadline_us_) {
        ++unanswered_;
        ++codes_[judged.code];
        co_return;
      }
      co_await pause_ms(delay_ms);
    }
  }

  /// Waits until every payment that the number has is final, then counts what the channel charged.
  asio::awaitable<void> settle() {
    std::set<PaymentId> all = told_;
    all.insert(hinted_.begin(), hinted_.end());
    const std::vector<PaymentId> ids(all.begin(), all.end());
    canonical_ = told_;
    while (environment_.has_operator()) {
      const auto rows = co_await witnesses_.look_up(ids);
      if (rows && note(*rows)) break;
      if (steady_us() > deadline_us_) break;
      co_await pause_ms(100);
    }
    if (environment_.channel_url.empty()) co_return;
    const auto charged = co_await witnesses_.charges_of(options_.order);
    if (!charged) throw StartError(3, "the simulator's books cannot be read: " + charged.error().detail);
    charges_ = charged->charges;
  }

  /// True when all that was told is stored and final.
  bool note(const Lookups& rows) {
    canonical_.clear();
    bool settled = true;
    for (const auto& [asked, row] : rows) {
      if (row.verdict == Verdict::absent || row.verdict == Verdict::parked) {
        settled = settled && !told_.contains(asked);
        continue;
      }
      canonical_.insert(row.payment_id);
      state_ = name_of(row.state);
      settled = settled && is_final(row.state);
    }
    return settled;
  }

  void print() const {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member("merchant_order_id", options_.order).member("requests", options_.connections * options_.repeats);
    json.key("statuses").begin_object();
    for (const auto& [status, count] : statuses_) json.member(status, count);
    json.end_object();
    write_ids(json, "payment_ids", told_);
    write_ids(json, "canonical", canonical_);
    if (!state_.empty()) json.member("state", state_);
    if (charges_) json.member("charges", *charges_);
    json.member("unanswered", unanswered_);
    json.key("unanswered_codes").begin_object();
    for (const auto& [code, count] : codes_) json.member(code, count);
    json.end_object();
    json.end_object();
    std::printf("%s\n", out.c_str());
  }

  static void write_ids(codec::JsonWriter& json, std::string_view name, const std::set<PaymentId>& ids) {
    json.key(name).begin_array();
    for (const PaymentId& id : ids) json.value(id.text());
    json.end_array();
  }

  const Environment& environment_;
  const Options& options_;
  std::string body_;
  http::Client client_;
  Merchant merchant_;
  Witnesses witnesses_;
  std::int64_t deadline_us_ = 0;
  bool ever_answered_ = false;
  std::map<std::string, std::int64_t> statuses_;  ///< of every try
  std::map<std::string, std::int64_t> codes_;     ///< of those who got no 2xx
  std::set<PaymentId> told_;                      ///< by a 2xx
  std::set<PaymentId> hinted_;                    ///< by outcome_unknown
  std::set<PaymentId> canonical_;
  std::string state_;
  std::optional<std::int64_t> charges_;
  std::int64_t unanswered_ = 0;
};

int retry_storm(const Options& options) {
  const Environment environment = read_environment();
  need_merchant(environment);
  const auto currency = Currency::parse(options.currency);
  if (!currency) throw StartError(2, "--currency is not an ISO 4217 code that is known");
  PaymentRequest request;
  request.merchant_order_id = options.order;
  request.amount = options.amount;
  request.currency = *currency;
  request.callback_url = environment.callback_url;
  asio::io_context context(1);
  RetryStorm storm(context, environment, options, std::move(request));
  return run_blocking(context, storm.run());
}

}  // namespace

void add_retry_storm(CLI::App& app, Chosen& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("retry-storm", "Send one order number many times at once; prints JSON");
  command->add_option("--order", options->order, "merchant_order_id")->required();
  command->add_option("--connections", options->connections, "requests at once")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{4'096}));
  command->add_option("--repeats", options->repeats, "requests of each, one after another, each until it is answered")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
  command->add_option("--amount", options->amount, "minor units")->capture_default_str();
  command->add_option("--currency", options->currency, "ISO 4217 code")->capture_default_str();
  command->add_option("--wait", options->wait_s, "seconds for answers and the final state")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{3'600}));
  command->callback([options, &chosen] { chosen = [options] { return retry_storm(*options); }; });
}

}  // namespace acq::load
