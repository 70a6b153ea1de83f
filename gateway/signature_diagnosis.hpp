// What is wrong with a request's signature, in words for whoever sent it: the answer of POST /v1/signature-check. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"
#include "gateway/merchant_directory.hpp"

namespace acq::gateway {

struct SignatureCheck {
  std::string_view part;  ///< openapi.yaml's words: a header, a parameter or a component of the base
  bool ok = false;
  std::string detail{};  ///< what to change, when it is not ok
};

struct SignatureDiagnosis {
  bool verified = false;              ///< authenticate() lets this request in
  std::optional<std::string> base{};  ///< RFC 9421, section 2.5; none while Signature-Input cannot be read
  std::vector<SignatureCheck> checks{};
};

/// It speaks of what the request itself shows. Of keys it says more only to who has signed with one (P29): an unknown
/// key, an ended one, one of another algorithm and a wrong secret are one sentence, at one price.
SignatureDiagnosis diagnose(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms);

}  // namespace acq::gateway
