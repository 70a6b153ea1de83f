// acq merchant: merchants, their keys and limits. They apply at once; secrets are shown this once.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "common/crypto/bytes.hpp"
#include "common/crypto/ed25519.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/cli/show.hpp"

namespace acq::cli {
namespace {

struct Options {
  std::string name;
  std::string currency = "CNY";
  std::string merchant;
  std::string key;
  std::string algorithm = "hmac-sha256";
  std::string public_key_file;
  std::string after;
  std::string life;
  std::string reason;
  std::int64_t limit = 100;
  std::int64_t rate = -1;
  std::int64_t in_flight = -1;
  bool live = false;
  bool last_too = false;
  bool json = false;
};

int print(const Reply& reply, bool json) {
  if (json)
    std::printf("%s\n", reply.raw.c_str());
  else
    print_members(reply.json);
  return done;
}

int print_secrets(const Reply& reply, bool json) {
  print(reply, json);
  if (!json && reply.raw.find("_secret") != std::string::npos) say("Secrets are shown this once: keep them now.");
  return done;
}

int print_merchant(const Reply& reply, bool json) {
  print(reply, json);
  if (!json) print_section("keys", reply.json.find("keys"));
  return done;
}

std::string naming(const Options& options) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("merchant_id", std::string_view(options.merchant));
  if (!options.reason.empty()) writer.member("reason", std::string_view(options.reason));
  writer.end_object();
  return body;
}

int create(const Options& options) {
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .member("name", std::string_view(options.name))
      .member("currency", std::string_view(options.currency))
      .member("live", options.live)
      .end_object();
  return print_secrets(ask_port("POST", "/merchants", body), options.json);
}

int list(const Options& options) {
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .member("limit", options.limit)
      .member("after", std::string_view(options.after))
      .end_object();
  const auto reply = ask_port("POST", "/merchants/list", body);
  if (options.json) return print(reply, true);
  print_section("merchants", reply.json.find("merchants"));
  return done;
}

int change_limits(const Options& options) {
  if (options.rate < 0 && options.in_flight < 0) throw Failed(usage, "--rate or --in-flight says what is to change");
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("merchant_id", std::string_view(options.merchant));
  if (options.rate >= 0) writer.member("rate_per_second", options.rate);
  if (options.in_flight >= 0) writer.member("in_flight_max", options.in_flight);
  writer.end_object();
  return print_merchant(ask_port("POST", "/merchants/limits", body), options.json);
}

/// PEM as openssl writes it, or base64 of the 32 bytes; "-" is standard input. As base64.
std::string read_public_key(const std::string& file) {
  constexpr std::size_t text_max = 4096;
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& input = file == "-" ? std::cin : opened;
  std::string text{std::istreambuf_iterator<char>(input), {}};
  if (input.bad() || text.empty() || text.size() > text_max)
    throw Failed(usage, file + " cannot be read as a public key");
  auto raw = crypto::ed25519_from_pem(text);
  if (raw.empty()) {
    text.erase(text.find_last_not_of(" \r\n\t") + 1);
    raw = crypto::base64_decode(text).value_or("");
  }
  if (raw.size() != crypto::ed25519_key_bytes) {
    throw Failed(usage, file +
                            " holds no Ed25519 public key: make one with 'openssl genpkey -algorithm ed25519 -out "
                            "key.pem' and 'openssl pkey -in key.pem -pubout'");
  }
  return crypto::base64_encode(raw);
}

int add_key(const Options& options) {
  const bool asymmetric = options.algorithm == "ed25519";
  if (asymmetric && options.public_key_file.empty())
    throw Failed(usage, "an Ed25519 key is made by the merchant: --public-key FILE is its public half");
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object()
      .member("merchant_id", std::string_view(options.merchant))
      .member("algorithm", std::string_view(options.algorithm))
      .member("live", options.live);
  if (asymmetric) writer.member("public_key", std::string_view(read_public_key(options.public_key_file)));
  if (!options.life.empty()) writer.member("expires_in_s", duration_ms("--expires-in", options.life) / 1000);
  writer.end_object();
  return print_secrets(ask_port("POST", "/merchants/keys/add", body), options.json);
}

int list_keys(const Options& options) {
  const auto reply = ask_port("POST", "/merchants/show", naming(options));
  if (options.json) return print(reply, true);
  print_section("keys", reply.json.find("keys"));
  return done;
}

int expire_key(const Options& options) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().member("key_id", std::string_view(options.key)).member("last_too", options.last_too);
  if (!options.life.empty()) writer.member("in_s", duration_ms("--in", options.life) / 1000);
  writer.end_object();
  return print(ask_port("POST", "/merchants/keys/expire", body), options.json);
}

class Builder {
 public:
  Builder(Tree& tree, std::shared_ptr<Options> options) : tree_(tree), options_(std::move(options)) {}

  /// A command with --json that runs `act`.
  CLI::App& command(CLI::App& parent, const std::string& name, const std::string& what, int (*act)(const Options&)) {
    auto* made = parent.add_subcommand(name, what);
    add_json(*made, options_->json);
    made->callback(
        [tree = &tree_, options = options_, act] { tree->chosen = [options, act] { return act(*options); }; });
    return *made;
  }
  CLI::App& about_merchant(CLI::App& parent, const std::string& name, const std::string& what,
                           int (*act)(const Options&)) {
    auto& made = command(parent, name, what, act);
    made.add_option("MERCHANT_ID", options_->merchant, "mer_…")->required();
    return made;
  }

 private:
  Tree& tree_;
  std::shared_ptr<Options> options_;
};

void add_keys(CLI::App& merchants, Builder& build, const std::shared_ptr<Options>& options) {
  auto* keys = merchants.add_subcommand("key", "signing keys")->require_subcommand(1);
  auto& added = build.about_merchant(*keys, "add", "a second live key of its algorithm, for rotation", add_key);
  added.add_option("--algorithm", options->algorithm, "hmac-sha256 or ed25519")
      ->capture_default_str()
      ->check(CLI::IsMember({"hmac-sha256", "ed25519"}));
  added.add_option("--public-key", options->public_key_file,
                   "Ed25519's public half, PEM or base64; - reads it from stdin");
  added.add_option("--expires-in", options->life, "such as 90d; without it, never");
  added.add_flag("--live", options->live, "name it mk_live_…");
  build.about_merchant(*keys, "list", "all of them, and when each was used last", list_keys);
  auto& expired = build.command(*keys, "expire", "a key ends, now or later", expire_key);
  expired.add_option("KEY_ID", options->key, "mk_…")->required();
  expired.add_option("--in", options->life, "such as 24h; without it, now");
  expired.add_flag("--last-too", options->last_too, "even the merchant's last live key");
}

}  // namespace

void add_merchant(Tree& tree) {
  auto options = std::make_shared<Options>();
  Builder build(tree, options);
  auto* merchants = tree.app.add_subcommand("merchant", "merchants, their keys and limits")->require_subcommand(1);
  auto& created = build.command(*merchants, "create", "a new merchant, with its first key and callback secret", create);
  created.add_option("NAME", options->name, "1 to 128 bytes")->required();
  created.add_option("--currency", options->currency, "ISO 4217")->capture_default_str();
  created.add_flag("--live", options->live, "name its key mk_live_…");
  auto& listed = build.command(*merchants, "list", "in the order in which they were made", list);
  listed.add_option("--limit", options->limit, "1 to 500")->capture_default_str()->check(CLI::Range(1, 500));
  listed.add_option("--after", options->after, "those made after this MERCHANT_ID");
  build.about_merchant(*merchants, "show", "one of them, and its keys", [](const Options& chosen) {
    return print_merchant(ask_port("POST", "/merchants/show", naming(chosen)), chosen.json);
  });
  auto& suspended = build.about_merchant(
      *merchants, "suspend", "asks for nothing new; reads and callbacks go on", [](const Options& chosen) {
        return print_merchant(ask_port("POST", "/merchants/suspend", naming(chosen)), chosen.json);
      });
  auto& resumed = build.about_merchant(*merchants, "resume", "ends a suspension", [](const Options& chosen) {
    return print_merchant(ask_port("POST", "/merchants/resume", naming(chosen)), chosen.json);
  });
  for (auto* command : {&suspended, &resumed})
    command->add_option("--reason", options->reason, "for the audit, 1 to 512 characters")->required();
  auto& limited = build.about_merchant(*merchants, "limits", "what it may ask at once", change_limits);
  limited.add_option("--rate", options->rate, "requests per second; 0: the gateway's default")
      ->check(CLI::NonNegativeNumber);
  limited.add_option("--in-flight", options->in_flight, "requests at once; 0: the gateway's default")
      ->check(CLI::NonNegativeNumber);
  add_keys(*merchants, build, options);
}

}  // namespace acq::cli
