#include "common/http/address_guard.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>

#include "common/http/characters.hpp"
#include "common/limits.hpp"

namespace acq::http {
namespace {

namespace ip = boost::asio::ip;

struct RangeV4 {
  std::uint32_t network;
  unsigned bits;
};
constexpr std::uint32_t quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
/// IANA IPv4 Special-Purpose Address Registry, and multicast.
constexpr RangeV4 special_v4[] = {
    {quad(0, 0, 0, 0), 8},        // this network
    {quad(10, 0, 0, 0), 8},       // private
    {quad(100, 64, 0, 0), 10},    // shared by carriers (CGNAT)
    {quad(127, 0, 0, 0), 8},      // loopback
    {quad(169, 254, 0, 0), 16},   // link-local, cloud metadata
    {quad(172, 16, 0, 0), 12},    // private
    {quad(192, 0, 0, 0), 24},     // IETF protocols
    {quad(192, 0, 2, 0), 24},     // documentation
    {quad(192, 88, 99, 0), 24},   // 6to4 relays
    {quad(192, 168, 0, 0), 16},   // private
    {quad(198, 18, 0, 0), 15},    // benchmarks
    {quad(198, 51, 100, 0), 24},  // documentation
    {quad(203, 0, 113, 0), 24},   // documentation
    {quad(224, 0, 0, 0), 4},      // multicast
    {quad(240, 0, 0, 0), 4},      // reserved, broadcast
};

struct RangeV6 {
  std::uint16_t words[2];
  unsigned bits;
};
/// Special ranges within global unicast; everything outside 2000::/3 is refused without a list.
constexpr RangeV6 special_v6[] = {
    {{0x2001, 0x0000}, 23},  // IETF protocols, Teredo
    {{0x2001, 0x0db8}, 32},  // documentation
    {{0x3fff, 0x0000}, 20},  // documentation
};
constexpr RangeV6 global_unicast{{0x2000, 0}, 3};
constexpr RangeV6 six_to_four{{0x2002, 0}, 16};

constexpr std::uint32_t mask(unsigned bits) {
  return bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
}

bool is_special(const ip::address_v4& address) {
  for (const auto& range : special_v4) {
    if ((address.to_uint() & mask(range.bits)) == range.network) return true;
  }
  return false;
}

using Bytes = ip::address_v6::bytes_type;

std::uint32_t word_at(const Bytes& bytes, std::size_t at) {
  return quad(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool in_range(const Bytes& bytes, const RangeV6& range) {
  const std::uint32_t network = std::uint32_t{range.words[0]} << 16 | range.words[1];
  return (word_at(bytes, 0) & mask(range.bits)) == network;
}

bool may_call_v4(const ip::address_v4& address, bool loopback_allowed) {
  return (loopback_allowed && address.is_loopback()) || !is_special(address);
}

bool may_call_v6(const ip::address_v6& address, bool loopback_allowed) {
  if (address.scope_id() != 0) return false;
  if (address.is_loopback()) return loopback_allowed;
  if (address.is_v4_mapped()) return may_call_v4(ip::make_address_v4(ip::v4_mapped, address), loopback_allowed);
  const Bytes bytes = address.to_bytes();
  const bool nat64 = word_at(bytes, 0) == 0x0064ff9b && word_at(bytes, 4) == 0 && word_at(bytes, 8) == 0;
  if (nat64) return !is_special(ip::address_v4(word_at(bytes, 12)));
  if (in_range(bytes, six_to_four)) return !is_special(ip::address_v4(word_at(bytes, 2)));
  if (!in_range(bytes, global_unicast)) return false;
  for (const auto& range : special_v6) {
    if (in_range(bytes, range)) return false;
  }
  return true;
}

Failure refused(const char* why) {
  return {Errc::address_refused, why};
}

/// "ends in a number" of the URL standard: such a host is an IPv4 address in some spelling, never a name.
bool ends_in_a_number(std::string_view host) {
  const auto last = host.substr(host.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), is_digit) ||
         (last.starts_with("0x") && std::all_of(last.begin() + 2, last.end(), is_hex_digit));
}

bool is_host_name(std::string_view host) {
  constexpr std::size_t name_bytes_max = 253;
  constexpr std::size_t label_bytes_max = 63;
  if (host.empty() || host.size() > name_bytes_max) return false;
  while (true) {
    const auto label = host.substr(0, host.find('.'));
    if (label.empty() || label.size() > label_bytes_max || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
    if (label.size() == host.size()) return true;
    host.remove_prefix(label.size() + 1);
  }
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && text.front() != '0' && port <= 65'535;
}

/// Takes the scheme and "://" off `text`.
bool take_scheme(std::string_view& text, Url& url) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return false;
  for (const char c : text.substr(0, colon)) url.scheme += to_lower(c);
  text.remove_prefix(colon + 3);
  url.port = url.scheme == "https" ? "443" : "80";
  return url.scheme == "http" || url.scheme == "https";
}

/// "[v6]", "v4" or a name; `rest` is what follows (a port, or nothing).
Result<void> take_host(std::string_view authority, Url& url, std::string_view& rest) {
  boost::system::error_code error;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return refused("a bracket is not closed");
    url.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    ip::make_address_v6(url.host, error);
    if (error || url.host.find('%') != std::string::npos) return refused("not an IPv6 address");
    return {};
  }
  const auto name = authority.substr(0, authority.find(':'));
  rest = authority.substr(name.size());
  if (!is_host_name(name)) return refused("not a host name");
  for (const char c : name) url.host += to_lower(c);
  if (ends_in_a_number(url.host)) {
    const auto address = ip::make_address_v4(url.host, error);
    if (error || address.to_string() != url.host) return refused("an IPv4 address in an odd spelling");
  }
  return {};
}

}  // namespace

bool may_call(const ip::address& address, const AddressRules& rules) {
  if (!rules.check) return true;
  return address.is_v4() ? may_call_v4(address.to_v4(), rules.loopback_allowed)
                         : may_call_v6(address.to_v6(), rules.loopback_allowed);
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (text.size() > limits::target_bytes_max) return refused("the URL is too long");
  if (!take_scheme(text, url)) return refused("not an http or https URL");
  const auto authority = text.substr(0, text.find_first_of("/?#\\"));
  if (authority.find('@') != std::string_view::npos) return refused("a URL with user information");
  std::string_view port;
  if (const auto host = take_host(authority, url, port); !host) return host.error();
  if (!port.empty()) {
    if (!port.starts_with(':') || port.size() < 2 || !is_port(port.substr(1))) return refused("odd port");
    url.port = port.substr(1);
  }
  const auto target = text.substr(authority.size());
  if (!is_target(target)) return refused("odd character in the URL, or a fragment");
  if (!target.starts_with('/')) url.target = "/";
  url.target += target;
  return url;
}

}  // namespace acq::http
