// Reading the environment, with sentences that say what to source or set.
#include "loadtest/load/environment.hpp"

#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "common/error/result.hpp"
#include "common/http/address_guard.hpp"
#include "common/http/message_signature.hpp"
#include "common/http/webhook_signature.hpp"
#include "common/runtime/config.hpp"

namespace acq::load {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string url_variable(const char* name) {
  std::string url = variable(name);
  while (url.ends_with('/')) url.pop_back();
  if (!url.empty() && !http::parse_url(url)) {
    throw StartError(2, std::string(name) + " is no http or https URL");
  }
  return url;
}

crypto::Secret webhook_key(const std::string& text, const std::string& where) {
  auto key = http::parse_webhook_secret(text);
  if (!key) throw StartError(2, where + " does not hold a webhook secret (whsec_ and base64)");
  return std::move(*key);
}

void need(std::initializer_list<std::pair<const char*, bool>> variables) {
  std::string missing;
  for (const auto& [name, there] : variables) {
    if (!there) missing += (missing.empty() ? "" : ", ") + std::string(name);
  }
  if (!missing.empty()) {
    throw StartError(2, missing + " not set: start the system with ./dev up, then run: set -a; . .local/env; set +a");
  }
}

}  // namespace

crypto::Secret read_webhook_secret_file(const std::string& path) {
  return webhook_key(runtime::read_secret_file(path, "the webhook secret"), path);
}

Environment read_environment() {
  Environment environment;
  environment.gateway_url = url_variable("ACQ_URL");
  environment.key_id = variable("ACQ_KEY_ID");
  environment.operator_url = url_variable("ACQ_OPERATOR_URL");
  environment.channel_url = url_variable("ACQ_CHANNEL_URL");
  environment.callback_url = url_variable("ACQ_CALLBACK_URL");
  environment.ca_file = variable("ACQ_CA_FILE");
  if (const std::string secret = variable("ACQ_KEY_SECRET"); !secret.empty()) {
    auto key = http::parse_key_secret(secret);
    if (!key) throw StartError(2, "ACQ_KEY_SECRET is no merchant secret (mksec_ and base64)");
    environment.key = std::move(*key);
  }
  if (const std::string file = variable("ACQ_OPERATOR_TOKEN_FILE"); !file.empty()) {
    environment.operator_token = crypto::Secret(runtime::read_secret_file(file, "the operator's token"));
  }
  if (const std::string secret = variable("ACQ_WEBHOOK_SECRET"); !secret.empty()) {
    environment.webhook_key = webhook_key(secret, "ACQ_WEBHOOK_SECRET");
  } else if (const std::string file = variable("ACQ_WEBHOOK_SECRET_FILE"); !file.empty()) {
    environment.webhook_key = read_webhook_secret_file(file);
  }
  if (!environment.callback_url.empty()) {
    const auto url = http::parse_url(environment.callback_url);
    const std::string host = url->host.find(':') == std::string::npos ? url->host : "[" + url->host + "]";
    environment.receiver_url = url->scheme + "://" + host + ":" + url->port;
    if (url->target == "/") environment.callback_url += "/callbacks";
  }
  return environment;
}

void need_merchant(const Environment& e) {
  need({{"ACQ_URL", !e.gateway_url.empty()}, {"ACQ_KEY_ID", !e.key_id.empty()}, {"ACQ_KEY_SECRET", !e.key.empty()}});
}

void need_audit(const Environment& e) {
  need({{"ACQ_OPERATOR_URL", !e.operator_url.empty()},
        {"ACQ_OPERATOR_TOKEN_FILE", !e.operator_token.empty()},
        {"ACQ_CHANNEL_URL", !e.channel_url.empty()}});
}

}  // namespace acq::load
