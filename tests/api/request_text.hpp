// A request as bytes, signed by RFC 9421 in the gateway's profile, with every part of it open to be wrong.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/api/bad_requests.hpp"

namespace acq::test {

struct RequestText {
  std::string method = "POST";
  std::string path = "/v1/payments";
  std::string query{};  ///< without its '?'
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> more{};  ///< headers beside

  // The signature's.
  bool is_signed = true;
  std::int64_t created_ago_s = 0;
  std::int64_t expires_in_s = 0;  ///< 0: not said
  std::string algorithm = "hmac-sha256";
  std::vector<std::string> components{};  ///< empty: the profile's
  std::string digest{};                   ///< empty: of the body; "none": no such header
  bool flip_signature = false;

  // Changed behind the signer's back.
  std::string sent_body{};
  std::string sent_query{};
};

std::string text_of(const RequestText& request, const Signer& signer);
std::string digest_of(const std::string& body);

}  // namespace acq::test
