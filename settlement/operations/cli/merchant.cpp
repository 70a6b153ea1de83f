// acq merchant: merchants and their keys. They apply at once; secrets are shown this once.
#include <cstdio>

#include "settlement/operations/cli/command.hpp"

namespace acq::cli {
namespace {

struct Options {
  std::string name;
  std::string currency = "CNY";
  std::string merchant;
  bool json = false;
};

int print(const Reply& reply, bool json, std::initializer_list<const char*> names) {
  if (json) {
    std::printf("%s\n", reply.raw.c_str());
    return done;
  }
  for (const auto* name : names) std::printf("%-15s %s\n", name, std::string(reply.json.string_or(name)).c_str());
  std::fprintf(stderr, "Secrets are shown this once: keep them now.\n");
  return done;
}

int create(const Options& options) {
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .member("name", std::string_view(options.name))
      .member("currency", std::string_view(options.currency))
      .end_object();
  return print(ask_port("POST", "/merchants", body), options.json,
               {"merchant_id", "key_id", "key_secret", "webhook_secret"});
}

int add_key(const Options& options) {
  return print(ask_port("POST", "/merchants/" + options.merchant + "/keys", "{}"), options.json,
               {"key_id", "key_secret"});
}

}  // namespace

void add_merchant(Tree& tree) {
  auto options = std::make_shared<Options>();
  auto* merchants = tree.app.add_subcommand("merchant", "merchants and their keys")->require_subcommand(1);
  auto* created = merchants->add_subcommand("create", "a new merchant, with its first key and callback secret");
  created->add_option("NAME", options->name, "1 to 128 bytes")->required();
  created->add_option("--currency", options->currency, "ISO 4217")->capture_default_str();
  add_json(*created, options->json);
  created->callback([&tree, options] { tree.chosen = [options] { return create(*options); }; });
  auto* keys = merchants->add_subcommand("key", "signing keys")->require_subcommand(1);
  auto* added = keys->add_subcommand("add", "a second live key, for rotation");
  added->add_option("MERCHANT_ID", options->merchant, "mer_…")->required();
  add_json(*added, options->json);
  added->callback([&tree, options] { tree.chosen = [options] { return add_key(*options); }; });
}

}  // namespace acq::cli
