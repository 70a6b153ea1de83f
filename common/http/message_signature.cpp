// RFC 9421 in one profile: what is signed is fixed, so nothing that matters can be left out of a signature.
#include "common/http/message_signature.hpp"

#include <array>
#include <span>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/http/characters.hpp"
#include "common/http/structured_field.hpp"

namespace acq::http {
namespace {

constexpr std::array<std::string_view, 4> components{"@method", "@path", "@query", "content-digest"};
constexpr std::string_view secret_prefix = "mksec_";
constexpr std::size_t key_bytes_min = 32;
constexpr std::size_t key_bytes_max = 64;
constexpr std::size_t parameters_max = 16;

Failure refused(const char* why) {
  return {Errc::unauthorized, why};
}

/// A request without a body leaves "content-digest" out.
std::span<const std::string_view> components_of(std::string_view body) {
  return std::span(components).first(body.empty() ? components.size() - 1 : components.size());
}

bool take_components(FieldReader& reader, std::span<const std::string_view> expected) {
  if (!reader.take('(')) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto before = reader.rest().size();
    reader.skip_spaces();
    if (i > 0 && reader.rest().size() == before) return false;
    if (reader.quoted() != expected[i]) return false;  // a component's own parameters (";req") end here as well
  }
  reader.skip_spaces();
  return reader.take(')');
}

enum Parameter : std::size_t { created, expires, keyid, alg, nonce, tag };
constexpr std::array<std::string_view, 6> parameter_names{"created", "expires", "keyid", "alg", "nonce", "tag"};

/// Reads ";name=value" into `headers`. Unknown names are passed over, but may not hide a second known one.
class ParameterReader {
 public:
  explicit ParameterReader(SignatureHeaders& headers) : headers_(headers) {}

  Result<void> take(FieldReader& reader) {
    if (++count_ > parameters_max) return refused("too many signature parameters");
    reader.skip_spaces();
    const auto name = reader.key();
    if (!name) return refused("odd signature parameter name");
    const auto* const known = std::find(parameter_names.begin(), parameter_names.end(), *name);
    if (known == parameter_names.end()) {
      if (reader.take('=') && !reader.skip_item()) return refused("odd value of an unknown signature parameter");
      return {};
    }
    const auto index = static_cast<std::size_t>(known - parameter_names.begin());
    if (seen_[index]) return refused("a signature parameter occurs twice");
    seen_[index] = true;
    if (!reader.take('=') || !take_value(static_cast<Parameter>(index), reader)) {
      return refused("odd value of a signature parameter");
    }
    return {};
  }

  Result<void> finish() const {
    if (!seen_[created]) return refused("no created");
    if (!seen_[keyid]) return refused("no keyid");
    return {};
  }

 private:
  bool take_value(Parameter parameter, FieldReader& reader) {
    if (parameter == created || parameter == expires) {
      const auto seconds = reader.integer();
      if (!seconds || *seconds <= 0) return false;
      (parameter == created ? headers_.created_s : headers_.expires_s) = *seconds;
      return true;
    }
    const auto text = reader.quoted();
    if (!text) return false;
    if (parameter == nonce) headers_.nonce = unescape(*text);
    // Our key ids hold no character that could be escaped, so the view needs no decoding.
    if (parameter == keyid) headers_.key_id = *text;
    if (parameter == alg) headers_.algorithm = signature_algorithm_from_name(*text);
    if (parameter == nonce) return !text->empty();
    if (parameter == alg) return headers_.algorithm.has_value();
    return parameter == tag || (!text->empty() && text->find('\\') == std::string_view::npos);
  }

  SignatureHeaders& headers_;
  std::size_t count_ = 0;
  std::array<bool, parameter_names.size()> seen_{};
};

/// Signature-Input: exactly one member, an inner list of our components with parameters.
Result<void> read_input(std::string_view field, std::string_view body, SignatureHeaders& headers) {
  FieldReader reader(trim(field));
  const auto label = reader.key();
  if (!label || !reader.take('=')) return refused("odd Signature-Input");
  headers.label = *label;
  headers.parameters = reader.rest();
  if (!take_components(reader, components_of(body))) return refused("another list of components than ours");
  ParameterReader parameters(headers);
  while (reader.take(';')) {
    if (const auto taken = parameters.take(reader); !taken) return taken.error();
  }
  if (!reader.at_end()) return refused("more than one signature, or bytes behind its parameters");
  return parameters.finish();
}

Result<void> read_signature_field(std::string_view field, SignatureHeaders& headers) {
  FieldReader reader(trim(field));
  const auto label = reader.key();
  if (!label || *label != headers.label || !reader.take('=')) return refused("Signature has another label");
  auto bytes = reader.bytes();
  if (!bytes || bytes->empty() || !reader.at_end()) return refused("odd Signature");
  headers.signature = std::move(*bytes);
  return {};
}

void append_component(std::string& base, std::string_view name, std::string_view value) {
  base += '"';
  base += name;
  base += "\": ";
  base += value;
  base += '\n';
}

/// The base without a Request at hand; `digest` is null when there is no body.
std::string make_base(std::string_view method, std::string_view path, std::string_view query,
                      const std::string_view* digest, std::string_view parameters) {
  std::string base;
  base.reserve(160 + path.size() + query.size() + parameters.size());
  append_component(base, "@method", method);
  append_component(base, "@path", path.empty() ? "/" : path);
  base += "\"@query\": ?";
  base += query;
  base += '\n';
  if (digest != nullptr) append_component(base, "content-digest", *digest);
  base += "\"@signature-params\": ";
  base += parameters;
  return base;
}

/// The sha-256 member of a Content-Digest; other algorithms beside it are passed over.
std::optional<std::string> sha256_member(std::string_view field) {
  FieldReader reader(trim(field));
  std::optional<std::string> found;
  do {
    const auto name = reader.key();
    if (!name || !reader.take('=')) return std::nullopt;
    auto bytes = reader.bytes();
    if (!bytes) return std::nullopt;
    if (*name != "sha-256") continue;
    if (found) return std::nullopt;
    found = std::move(bytes);
  } while (reader.take_comma());
  return reader.at_end() ? found : std::nullopt;
}

}  // namespace

std::string_view name_of(SignatureAlgorithm algorithm) noexcept {
  return algorithm == SignatureAlgorithm::ed25519 ? "ed25519" : "hmac-sha256";
}

std::optional<SignatureAlgorithm> signature_algorithm_from_name(std::string_view name) noexcept {
  for (const auto algorithm : {SignatureAlgorithm::hmac_sha256, SignatureAlgorithm::ed25519}) {
    if (name == name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

std::string component_list(std::string_view body) {
  std::string list;
  for (const auto component : components_of(body)) {
    list += list.empty() ? "(\"" : " \"";
    list += component;
    list += '"';
  }
  return list + ')';
}

Result<SignatureHeaders> read_signature_input(const Request& request) {
  const auto* const input = request.find("Signature-Input");
  if (input == nullptr) return refused("no Signature-Input");
  SignatureHeaders headers;
  if (const auto read = read_input(*input, request.body, headers); !read) return read.error();
  return headers;
}

Result<SignatureHeaders> read_signature(const Request& request) {
  auto headers = read_signature_input(request);
  if (!headers) return headers;
  const auto* const signature = request.find("Signature");
  if (signature == nullptr) return refused("no Signature");
  if (const auto read = read_signature_field(*signature, *headers); !read) return read.error();
  return headers;
}

std::string signature_base(const Request& request, std::string_view parameters) {
  static constexpr std::string_view absent;
  const std::string_view* digest = nullptr;
  if (!request.body.empty()) {
    digest = request.find("Content-Digest");
    if (digest == nullptr) digest = &absent;
  }
  return make_base(request.method, request.path, request.query, digest, parameters);
}

Result<void> check_times(const SignatureHeaders& headers, std::int64_t now_s, std::int64_t age_s_max) {
  // Both are bounded (15 digits), so the differences cannot overflow.
  if (now_s - headers.created_s > age_s_max) return refused("created too long ago");
  if (headers.created_s - now_s > age_s_max) return refused("created in the future");
  if (headers.expires_s != 0 && headers.expires_s <= now_s) return refused("expired");
  return {};
}

bool verify(std::string_view base, std::string_view signature, SignatureAlgorithm algorithm, std::string_view key) {
  if (algorithm == SignatureAlgorithm::ed25519) return crypto::verify_ed25519(key, base, signature);
  return crypto::equal_in_constant_time(crypto::raw(crypto::hmac_sha256(key, base)), signature);
}

bool verify(const Request& request, const SignatureHeaders& headers, SignatureAlgorithm algorithm,
            std::string_view key) {
  if (headers.algorithm.value_or(algorithm) != algorithm) return false;
  return verify(signature_base(request, headers.parameters), headers.signature, algorithm, key);
}

Result<void> check_digest(const Request& request) {
  if (request.body.empty()) return {};
  const auto* const field = request.find("Content-Digest");
  if (field == nullptr) return Failure(Errc::missing_digest, "no Content-Digest");
  const auto digest = sha256_member(*field);
  if (!digest) return Failure(Errc::missing_digest, "no readable sha-256 in Content-Digest");
  if (!crypto::equal_in_constant_time(crypto::raw(crypto::sha256(request.body)), *digest)) {
    return Failure(Errc::digest_mismatch, "the body has another SHA-256");
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> sign_request(std::string_view method, std::string_view path,
                                                              std::string_view query, std::string_view body,
                                                              std::string_view key_id, const crypto::Secret& key,
                                                              std::int64_t created_s, SignatureAlgorithm algorithm) {
  std::vector<std::pair<std::string, std::string>> headers;
  const std::string parameters = component_list(body) + ";created=" + std::to_string(created_s) + ";keyid=\"" +
                                 std::string(key_id) + "\";alg=\"" + std::string(name_of(algorithm)) + "\"";
  std::string_view digest;
  if (!body.empty()) {
    headers.emplace_back("Content-Digest",
                         "sha-256=:" + crypto::base64_encode(crypto::raw(crypto::sha256(body))) + ":");
    digest = headers.back().second;
  }
  const auto base = make_base(method, path, query, body.empty() ? nullptr : &digest, parameters);
  const auto signature = algorithm == SignatureAlgorithm::ed25519
                             ? crypto::sign_ed25519(key, base)
                             : std::string(crypto::raw(crypto::hmac_sha256(key.reveal(), base)));
  headers.emplace_back("Signature-Input", "acq=" + parameters);
  headers.emplace_back("Signature", "acq=:" + crypto::base64_encode(signature) + ":");
  return headers;
}

Result<crypto::Secret> parse_key_secret(std::string_view text) {
  if (!text.starts_with(secret_prefix)) return refused("a key secret starts with mksec_");
  auto bytes = crypto::base64_decode(text.substr(secret_prefix.size()));
  if (!bytes || bytes->size() < key_bytes_min || bytes->size() > key_bytes_max) {
    return refused("a key secret is mksec_ and the base64 of 32 bytes");
  }
  return crypto::Secret(std::move(*bytes));
}

}  // namespace acq::http
