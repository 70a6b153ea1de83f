#include "gateway/signature_diagnosis.hpp"

#include <array>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/http/message_signature.hpp"
#include "common/limits.hpp"
#include "gateway/authentication.hpp"

namespace acq::gateway {
namespace {

using http::Request;
using http::SignatureHeaders;

constexpr std::string_view mismatch =
    "no live key of this id made this signature over signature_base. Compare your base with it, byte for byte; where "
    "they are equal, the key id, its algorithm or its secret is another than you think, or the key has ended";
constexpr std::string_view no_algorithm = ". No alg was sent, which stands for hmac-sha256";
constexpr std::string_view another_base = "it is right, but over another base than signature_base";

/// A mistake that clients make: the base as they signed it. When a key of ours has signed that one, its holder is told
/// which; nobody else can make it match, so it betrays nothing (P29).
struct Slip {
  std::string_view part;
  std::string_view detail;
  std::string (*base)(const Request& request, const SignatureHeaders& headers);
};

std::string right_base(const Request& request, const SignatureHeaders& headers) {
  return http::signature_base(request, headers.parameters);
}

std::string with_path(const Request& request, const SignatureHeaders& headers, std::string_view path,
                      std::string_view query) {
  Request other = request;
  other.path = path;
  other.query = query;
  return right_base(other, headers);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string lower_case_method(const Request& request, const SignatureHeaders& headers) {
  std::string method(request.method);
  for (auto& c : method) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  Request other = request;
  other.method = method;
  return right_base(other, headers);
}

std::string bare_digest(const Request& request, const SignatureHeaders& headers) {
  return replaced(replaced(right_base(request, headers), "\"content-digest\": sha-256=:", "\"content-digest\": "),
                  "=:\n", "=\n");
}

/// The parameters as most libraries write them, whatever spelling was sent.
std::string usual_parameters(const Request& request, const SignatureHeaders& headers) {
  const auto list = headers.parameters.substr(0, headers.parameters.find(')') + 1);
  std::string parameters = std::string(list) + ";created=" + std::to_string(headers.created_s) + ";keyid=\"" +
                           std::string(headers.key_id) + '"';
  if (headers.algorithm) parameters += ";alg=\"" + std::string(http::name_of(*headers.algorithm)) + '"';
  return http::signature_base(request, parameters);
}

constexpr std::array slips{
    Slip{"@path", "signed for /v1/payments, not for the path that this request was sent to",
         [](const Request& request, const SignatureHeaders& headers) {
           return with_path(request, headers, "/v1/payments", request.query);
         }},
    Slip{"@path", "signed with the query behind it: the path ends before the '?'",
         [](const Request& request, const SignatureHeaders& headers) {
           return with_path(request, headers, request.target, request.query);
         }},
    Slip{"@query", "signed without the '?' that it starts with, also when there is no query",
         [](const Request& request, const SignatureHeaders& headers) {
           return replaced(right_base(request, headers), "\"@query\": ?", "\"@query\": ");
         }},
    Slip{"@query", "signed as if there were none",
         [](const Request& request, const SignatureHeaders& headers) {
           return with_path(request, headers, request.path, {});
         }},
    Slip{"@method", "signed in lower case", lower_case_method},
    Slip{"content-digest", "signed without sha-256=: and : around the base64: the header's whole value is signed",
         bare_digest},
    Slip{"@signature-params", "signed with the label in front: the value starts with the '(' behind it",
         [](const Request& request, const SignatureHeaders& headers) {
           return http::signature_base(request, std::string(headers.label) + "=" + std::string(headers.parameters));
         }},
    Slip{"@signature-params",
         "signed in another spelling than Signature-Input's: what is sent is signed, byte for byte", usual_parameters},
    Slip{"line-ends", "signed with a line end behind the last line: the base ends with the parameters",
         [](const Request& request, const SignatureHeaders& headers) { return right_base(request, headers) + '\n'; }},
    Slip{"line-ends", "signed with CR LF between the lines: it is LF alone",
         [](const Request& request, const SignatureHeaders& headers) {
           return replaced(right_base(request, headers), "\n", "\r\n");
         }},
};

/// Which text the key's bytes were taken from, HMAC only.
struct KeySlip {
  std::string_view prefix;
  std::string_view detail;
};
constexpr std::array key_slips{
    KeySlip{"mksec_", "the secret's text was used as the key: the key is the bytes of the base64 behind mksec_"},
    KeySlip{"", "the base64 behind mksec_ was used as the key as it is written: decode it first"},
};

/// Every one is tried whatever matched before, so that a known key takes no other time than an unknown one.
std::optional<SignatureCheck> find_slip(const Request& request, const SignatureHeaders& headers, const Signer& signer) {
  std::optional<SignatureCheck> found;
  for (const auto& slip : slips) {
    const bool match = http::verify(slip.base(request, headers), headers.signature, signer.algorithm, signer.key);
    if (match && signer.known != nullptr && !found) found = {slip.part, false, std::string(slip.detail)};
  }
  if (signer.algorithm != http::SignatureAlgorithm::hmac_sha256) return found;
  const auto base = right_base(request, headers);
  for (const auto& slip : key_slips) {
    const std::string key = std::string(slip.prefix) + crypto::base64_encode(signer.key);
    const bool match = http::verify(base, headers.signature, signer.algorithm, key);
    if (match && signer.known != nullptr && !found) found = {"key", false, std::string(slip.detail)};
  }
  return found;
}

class Diagnosing {
 public:
  Diagnosing(const Request& request, const DirectorySnapshot& directory, std::int64_t now_ms)
      : request_(request), directory_(directory), now_ms_(now_ms) {}

  SignatureDiagnosis run() {
    // What counts is what lets requests in; the checks below explain it.
    said_.verified = authenticate(request_, directory_, now_ms_).has_value();
    const auto input = http::read_signature_input(request_);
    if (!input) {
      add("signature-input", false, input.error().detail + "; wanted: " + wanted_input());
      check_digest();
      return std::move(said_);
    }
    add("signature-input", true);
    said_.base = right_base(request_, *input);
    const bool in_time = check_times(*input);
    check_digest();
    check_signature(in_time);
    return std::move(said_);
  }

 private:
  void add(std::string_view part, bool ok, std::string detail = {}) {
    said_.checks.push_back({part, ok, ok ? std::string() : std::move(detail)});
  }

  std::string wanted_input() const {
    return "LABEL=" + http::component_list(request_.body) +
           ";created=UNIX_SECONDS;keyid=\"KEY_ID\";alg=\"hmac-sha256\" (or \"ed25519\"), and one label only";
  }

  bool check_times(SignatureHeaders input) {
    const std::int64_t now_s = now_ms_ / 1000;
    const std::string clock = ": our clock says " + std::to_string(now_s);
    const std::int64_t expires_s = std::exchange(input.expires_s, 0);
    const auto created = http::check_times(input, now_s, limits::signature_age_s_max);
    add("created", created.has_value(), created ? std::string() : created.error().detail + clock);
    if (expires_s == 0) return created.has_value();
    add("expires", expires_s > now_s, "it has passed" + clock);
    return created.has_value() && expires_s > now_s;
  }

  void check_digest() {
    if (request_.body.empty()) return;
    const auto digest = http::check_digest(request_);
    const std::string computed =
        "; we computed sha-256=:" + crypto::base64_encode(crypto::raw(crypto::sha256(request_.body))) + ": over the " +
        std::to_string(request_.body.size()) + " bytes that came";
    add("content-digest", digest.has_value(), digest ? std::string() : digest.error().detail + computed);
  }

  /// Of a signature whose time is over it says nothing: who has only recorded it would learn whether its key still
  /// lives.
  void check_signature(bool in_time) {
    const auto headers = http::read_signature(request_);
    if (!headers) return add("signature", false, headers.error().detail + "; wanted: LABEL=:BASE64:, the same label");
    if (!in_time) return add("signature", false, "not looked at while the times do not hold");
    if (said_.verified) return add("signature", true);
    const auto signer = signer_of(*headers, directory_, now_ms_);
    const bool match = http::verify(*said_.base, headers->signature, signer.algorithm, signer.key);
    const bool right = match && signer.known != nullptr;
    const auto slip = find_slip(request_, *headers, signer);
    std::string why(slip ? another_base : mismatch);
    if (!slip && !headers->algorithm) why += no_algorithm;
    add("signature", right, std::move(why));
    if (slip && !right) said_.checks.push_back(*slip);
  }

  const Request& request_;
  const DirectorySnapshot& directory_;
  const std::int64_t now_ms_;
  SignatureDiagnosis said_;
};

}  // namespace

SignatureDiagnosis diagnose(const Request& request, const DirectorySnapshot& directory, std::int64_t now_ms) {
  return Diagnosing(request, directory, now_ms).run();
}

}  // namespace acq::gateway
