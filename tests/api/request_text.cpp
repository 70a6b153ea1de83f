#include "tests/api/request_text.hpp"

#include <ctime>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"

namespace acq::test {
namespace {

std::string value_of(const RequestText& request, const std::string& component, const std::string& digest) {
  if (component == "@method") return request.method;
  if (component == "@path") return request.path;
  if (component == "@query") return "?" + request.query;
  if (component == "content-digest") return digest;
  return "127.0.0.1";
}

}  // namespace

std::string digest_of(const std::string& body) {
  return "sha-256=:" + crypto::base64_encode(crypto::raw(crypto::sha256(body))) + ":";
}

std::string text_of(const RequestText& request, const Signer& signer) {
  const std::string& query = request.sent_query.empty() ? request.query : request.sent_query;
  const std::string& body = request.sent_body.empty() ? request.body : request.sent_body;
  std::string out = request.method + " " + request.path + (query.empty() ? "" : "?" + query) + " HTTP/1.1\r\n" +
                    "Host: 127.0.0.1\r\n";
  const auto add = [&](const std::string& name, const std::string& value) { out += name + ": " + value + "\r\n"; };
  const std::string digest = request.digest.empty() ? digest_of(request.body) : request.digest;
  if (request.is_signed) {
    auto components = request.components;
    if (components.empty()) {
      components = {"@method", "@path", "@query"};
      if (!request.body.empty()) components.emplace_back("content-digest");
    }
    const std::int64_t created = static_cast<std::int64_t>(std::time(nullptr)) - request.created_ago_s;
    std::string list;
    std::string base;
    for (const auto& component : components) {
      list += (list.empty() ? "\"" : " \"") + component + "\"";
      base += "\"" + component + "\": " + value_of(request, component, digest) + "\n";
    }
    std::string parameters = "(" + list + ");created=" + std::to_string(created) + ";keyid=\"" + signer.key_id + "\"";
    if (!request.algorithm.empty()) parameters += ";alg=\"" + request.algorithm + "\"";
    if (request.expires_in_s != 0) {
      parameters += ";expires=" + std::to_string(created + request.created_ago_s + request.expires_in_s);
    }
    base += "\"@signature-params\": " + parameters;
    std::string mac(crypto::raw(crypto::hmac_sha256(signer.key, base)));
    if (request.flip_signature) mac[mac.size() / 2] = static_cast<char>(mac[mac.size() / 2] ^ 1);
    add("Signature-Input", "acq=" + parameters);
    add("Signature", "acq=:" + crypto::base64_encode(mac) + ":");
  }
  if (!body.empty()) {
    add("Content-Type", request.content_type);
    add("Content-Length", std::to_string(body.size()));
    if (request.digest != "none") add("Content-Digest", digest);
  }
  if (body.empty() && request.method != "GET") add("Content-Length", "0");
  for (const auto& [name, value] : request.more) add(name, value);
  return out + "\r\n" + body;
}

}  // namespace acq::test
