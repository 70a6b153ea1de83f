// Requests that must be refused, made up without end from a seed: each knows the status and the code that it must be
// answered with. What is signed is signed here, by RFC 9421's text and not by the gateway's code.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace acq::test {

struct Signer {
  std::string key_id;
  std::string key;  ///< its bytes
};

/// What the generator may talk about.
struct World {
  Signer merchant;
  Signer stranger;  ///< another merchant, who has nothing
  std::string payment_id;
  std::string order_number;    ///< of that payment
  std::string old_payment_id;  ///< another one, so old that its id says nothing more (P7)
  std::string refund_number;
};

struct BadRequest {
  std::string_view kind;
  std::string bytes;
  int status = 0;  ///< 0: it is cut off, and no answer comes
  std::string_view code;
  bool closes = false;  ///< the connection ends with it
};

using Random = std::mt19937_64;

struct Kind {
  std::string_view name;
  BadRequest (*make)(const World& world, Random& random);
};

/// Every kind there is.
const std::vector<Kind>& bad_kinds();
/// One that must be accepted: what a watcher who finds nothing would miss.
std::string valid_create(const World& world, Random& random);

}  // namespace acq::test
