// acq-load pay: sends one signed payment and shows its way as it happens, each step told by whoever knows it.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <boost/asio/awaitable.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "common/codec/api_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/crypto/bytes.hpp"
#include "loadtest/load/merchant.hpp"
#include "loadtest/load/order_mix.hpp"
#include "loadtest/load/retry_rules.hpp"
#include "loadtest/load/scenarios.hpp"
#include "loadtest/load/tasks.hpp"
#include "loadtest/load/terminal.hpp"
#include "loadtest/load/witnesses.hpp"

namespace acq::load {
namespace {

namespace asio = boost::asio;

struct Options {
  std::int64_t amount = 1'000;
  std::string currency = "CNY";
  std::string method = "qr";
  std::string order;
  std::int64_t wait_s = 20;
  bool json = false;
};

/// A step that has been seen: when, and what it says.
struct Step {
  std::string name;
  std::optional<std::int64_t> elapsed_us;  ///< none: nobody was asked
  std::string text;
};

class PaymentWay {
 public:
  PaymentWay(asio::io_context& context, const Environment& environment, const Options& options, PaymentRequest request)
      : environment_(environment),
        options_(options),
        request_(std::move(request)),
        client_(context, client_options(environment)),
        merchant_(client_, environment_),
        witnesses_(client_, environment_) {}

  asio::awaitable<int> run() {
    started_us_ = steady_us();
    if (!options_.json) {
      std::printf("%s %s by %s, order %s\n", terminal_.paint(Ink::bold, "payment").c_str(),
                  money_text(request_.amount, request_.currency).c_str(), std::string(name_of(request_.method)).c_str(),
                  request_.merchant_order_id.c_str());
    }
    const int accepted = co_await accept();
    if (accepted == 0) co_await follow();
    const bool good = accepted == 0 && complete();
    finish(good);
    co_return accepted != 0 ? accepted : good ? 0 : 1;
  }

 private:
  static http::ClientOptions client_options(const Environment& environment) {
    http::ClientOptions options;
    options.ca_file = environment.ca_file;
    return options;
  }

  std::int64_t elapsed_us() const { return steady_us() - started_us_; }
  bool over() const { return elapsed_us() > options_.wait_s * 1'000'000; }

  void say(std::optional<std::int64_t> us, std::string_view name, const std::string& text, Ink ink) {
    if (options_.json) return;
    const std::string when =
        us ? fmt::format("{:>8.1f} ms", static_cast<double>(*us) / 1e3) : fmt::format("{:>11}", "-");
    std::printf("%s  %s %s\n", terminal_.paint(Ink::dim, when).c_str(),
                terminal_.paint(ink, fmt::format("{:<12}", name)).c_str(), text.c_str());
    std::fflush(stdout);
  }
  void reached(std::string_view name, std::string text) {
    const std::int64_t us = elapsed_us();
    say(us, name, text, Ink::green);
    steps_.push_back({std::string(name), us, std::move(text)});
  }
  void not_asked(std::string_view name, std::string_view variable) {
    const std::string text = fmt::format("not asked: {} is not set", variable);
    say(std::nullopt, name, text, Ink::dim);
    steps_.push_back({std::string(name), std::nullopt, text});
  }
  bool has(std::string_view name) const {
    for (const Step& step : steps_) {
      if (step.name == name) return true;
    }
    return false;
  }

  asio::awaitable<int> accept() {
    const std::string body = codec::write_payment_request(request_);
    bool ever_answered = false;
    for (std::int32_t tries = 1;; ++tries) {
      const auto answer = co_await merchant_.create(body);
      ever_answered = ever_answered || answer;
      const Judgement judged = judge_create(answer ? &*answer : nullptr);
      if (judged.next == Next::accepted) {
        id_ = *judged.payment_id;
        reached("accepted", fmt::format("{}, {}", answer->status, id_.text()));
        co_return 0;
      }
      if (judged.next == Next::refused) {
        failure_ = fmt::format("refused: {} {}", answer->status, judged.code);
        std::fprintf(stderr, "%s\n", answer->body.c_str());
        co_return 1;
      }
      if (!ever_answered && (tries >= 3 || over())) {
        failure_ = fmt::format("the gateway does not answer at {} ({}); ./dev status shows what runs",
                               environment_.gateway_url, answer.error().detail);
        co_return 3;
      }
      if (over()) {
        failure_ = fmt::format("not accepted within {} s: {}", options_.wait_s, judged.code);
        co_return 1;
      }
      const std::int64_t delay_ms = retry_delay_ms(judged.retry_after_ms, tries, crypto::random_unit());
      say(elapsed_us(), "again", fmt::format("{}, the same number in {} ms", judged.code, delay_ms), Ink::yellow);
      co_await pause_ms(delay_ms);
    }
  }

  asio::awaitable<void> follow() {
    if (!environment_.has_operator()) {
      not_asked("on the log", "ACQ_OPERATOR_URL or ACQ_OPERATOR_TOKEN_FILE");
      not_asked("stored", "ACQ_OPERATOR_URL or ACQ_OPERATOR_TOKEN_FILE");
    }
    if (environment_.channel_url.empty()) not_asked("charged", "ACQ_CHANNEL_URL");
    if (environment_.receiver_url.empty()) not_asked("called back", "ACQ_CALLBACK_URL");
    while (!complete() && !hopeless() && !over()) {
      if (!is_final(state_)) co_await look_at_payment();
      if (!has("charged")) co_await look_at_charges();
      if (!has("called back")) co_await look_at_callbacks();
      // The state last, so that a way that happens between two looks is told in its order.
      if (!has("final") && is_final(state_) && has("charged") && has("called back")) tell_final();
      co_await pause_ms(elapsed_us() < 2'000'000 ? 5 : 100);
    }
    if (!has("final") && is_final(state_)) tell_final();
    if (!environment_.channel_url.empty()) {  // once more: a second charge would have come after the first was seen
      if (const auto charged = co_await witnesses_.charges_of(request_.merchant_order_id)) charges_ = charged->charges;
    }
  }

  asio::awaitable<void> look_at_payment() {
    if (!environment_.has_operator()) {
      const auto answer = co_await merchant_.get(id_);
      if (!answer || answer->status != 200) co_return;
      if (const auto payment = codec::read_payment(answer->body)) state_ = payment->state;
      co_return;
    }
    const std::vector<PaymentId> ids{id_};
    const auto rows = co_await witnesses_.look_up(ids);
    if (!rows) {
      last_trouble_ = rows.error().detail;
      co_return;
    }
    const auto row = rows->find(id_);
    if (row == rows->end() || row->second.verdict == Verdict::absent) co_return;
    if (row->second.verdict == Verdict::parked) {
      last_trouble_ = "the payment is parked for an operator";
      co_return;
    }
    state_ = row->second.state;
    if (has("stored")) co_return;
    reached("on the log", fmt::format("partition {}, offset {}", row->second.partition, row->second.offset));
    reached("stored", std::string(name_of(state_)));
  }

  asio::awaitable<void> look_at_charges() {
    const auto charged = co_await witnesses_.charges_of(request_.merchant_order_id);
    if (!charged) {
      last_trouble_ = charged.error().detail;
      co_return;
    }
    charges_ = charged->charges;
    if (charged->charges > 0) {
      reached("charged", fmt::format("{} {}, {}", charges_, charges_ == 1 ? "time" : "times",
                                     money_text(charged->charged_amount, request_.currency)));
    } else if (is_final(state_) && state_ != PaymentState::succeeded) {
      reached("charged", "not charged");
    }
  }

  asio::awaitable<void> look_at_callbacks() {
    const auto page = co_await witnesses_.received("payment_id=" + id_.text());
    if (!page) {
      last_trouble_ = page.error().detail;
      co_return;
    }
    for (const ReceivedEvent& event : page->events) {
      if (!is_final(event.content.payment.state)) continue;
      reached("called back", fmt::format("{}, {}, signature verified", event.content.type, event.id));
      called_back_state_ = event.content.payment.state;
      co_return;
    }
  }

  void tell_final() { reached("final", std::string(name_of(state_))); }

  std::int64_t right_charges() const { return state_ == PaymentState::succeeded ? 1 : 0; }
  bool hopeless() const { return charges_ > 1; }
  bool complete() const {
    if (!has("final") || !has("charged") || !has("called back")) return false;
    const bool charged_right = environment_.channel_url.empty() || charges_ == right_charges();
    return charged_right && (!called_back_state_ || *called_back_state_ == state_);
  }

  void finish(bool good) {
    if (!good && failure_.empty()) {
      failure_ = is_final(state_) && charges_ != right_charges() && !environment_.channel_url.empty()
                     ? fmt::format("{}, but charged {} times", name_of(state_), charges_)
                     : fmt::format("not complete within {} s, the state is {}", options_.wait_s, name_of(state_));
      if (!last_trouble_.empty()) failure_ += "; " + last_trouble_;
    }
    if (options_.json) print_json(good);
    if (!good) std::fprintf(stderr, "acq-load: %s\n", failure_.c_str());
  }

  void print_json(bool good) const {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member("ok", good).member("merchant_order_id", request_.merchant_order_id);
    if (has("accepted")) json.member("payment_id", id_.text()).member("state", name_of(state_));
    json.member("amount", request_.amount).member("currency", request_.currency.code());
    if (has("charged") && !environment_.channel_url.empty()) json.member("charges", charges_);
    json.key("steps").begin_array();
    for (const Step& step : steps_) {
      json.begin_object();
      json.member("step", step.name).key("elapsed_ms");
      if (step.elapsed_us) {
        json.value(static_cast<double>(*step.elapsed_us) / 1e3);
      } else {
        json.null();
      }
      json.member("text", step.text);
      json.end_object();
    }
    json.end_array();
    if (!failure_.empty()) json.member("failure", failure_);
    json.end_object();
    std::printf("%s\n", out.c_str());
  }

  const Environment& environment_;
  const Options& options_;
  PaymentRequest request_;
  http::Client client_;
  Merchant merchant_;
  Witnesses witnesses_;
  Terminal terminal_{1};
  std::int64_t started_us_ = 0;
  PaymentId id_;
  PaymentState state_ = PaymentState::accepted;
  std::int64_t charges_ = 0;
  std::optional<PaymentState> called_back_state_;
  std::vector<Step> steps_;
  std::string failure_;
  std::string last_trouble_;
};

int pay(const Options& options) {
  const Environment environment = read_environment();
  need_merchant(environment);
  const auto currency = Currency::parse(options.currency);
  const auto method = method_type_from_name(options.method);
  if (!currency || !method) throw StartError(2, "--currency or --method is not one that is known");
  PaymentRequest request;
  request.merchant_order_id =
      options.order.empty() ? fmt::format("pay-{:010x}", crypto::random_word() & 0xFFFFFFFFFFULL) : options.order;
  request.amount = options.amount;
  request.currency = *currency;
  request.method = *method;
  if (*method == MethodType::barcode)
    request.code = fmt::format("13{:016}", crypto::random_word() % 10'000'000'000'000'000ULL);
  request.callback_url = environment.callback_url;
  asio::io_context context(1);
  PaymentWay way(context, environment, options, std::move(request));
  return run_blocking(context, way.run());
}

}  // namespace

void add_pay(CLI::App& app, Chosen& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("pay", "Send one signed payment and show its way until it is final");
  command->add_option("--amount", options->amount, "minor units; the last two digits tell its fate (docs/channel.md)")
      ->capture_default_str();
  command->add_option("--currency", options->currency, "ISO 4217 code")->capture_default_str();
  command->add_option("--method", options->method, "qr or barcode")
      ->capture_default_str()
      ->check(CLI::IsMember({"qr", "barcode"}));
  command->add_option("--order", options->order, "merchant_order_id (default: a new one)");
  command->add_option("--wait", options->wait_s, "seconds until it must be final and called back")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{3600}));
  command->add_flag("--json", options->json, "one JSON object instead of lines");
  command->callback([options, &chosen] { chosen = [options] { return pay(*options); }; });
}

}  // namespace acq::load
