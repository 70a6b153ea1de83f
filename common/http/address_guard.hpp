// Which addresses our callbacks may reach (SSRF): decided on every resolved address, never on the name.
// Special-purpose ranges: IANA registries of RFC 6890, with IPv4 embedded in IPv6 unwrapped.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>

#include "common/error/result.hpp"

namespace acq::http {

struct AddressRules {
  bool check = false;             ///< false: an address from our own configuration (the channel, the gateway)
  bool loopback_allowed = false;  ///< development only
};

bool may_call(const boost::asio::ip::address& address, const AddressRules& rules);

struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< without brackets
  std::string port;    ///< always set
  std::string target;  ///< path and query, at least "/"
};
/// Strict: no userinfo, no fragment, no control characters, no decimal/octal/hex spelled IPv4.
Result<Url> parse_url(std::string_view text);

}  // namespace acq::http
