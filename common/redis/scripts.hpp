// All Lua that we have. Each script is one atomic act on one key; what it means is its caller's.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "common/error/result.hpp"
#include "common/redis/connection.hpp"

namespace acq::redis {

/// Stores `value` where nothing is; else returns what is there and changes nothing.
boost::asio::awaitable<Result<std::optional<std::string>>> reserve(Connection& connection, std::string key,
                                                                   std::string value, std::int64_t ttl_s);

/// True when `expected` was there and `value` now is.
boost::asio::awaitable<Result<bool>> compare_and_set(Connection& connection, std::string key, std::string expected,
                                                     std::string value, std::int64_t ttl_s);
void compare_and_set_and_forget(Connection& connection, std::string key, std::string expected, std::string value,
                                std::int64_t ttl_s);

/// True when `expected` was there and the key is now gone.
boost::asio::awaitable<Result<bool>> compare_and_delete(Connection& connection, std::string key, std::string expected);

/// What is published when a state was stored.
struct Told {
  std::string channel;
  std::string message;
};
/// `value` is "epoch|sequence|…" in decimal. A later epoch replaces an earlier one whatever its sequence; within one
/// epoch only a higher sequence does; an earlier epoch never does (P25). True when it was stored, and told.
boost::asio::awaitable<Result<bool>> set_state_if_newer(Connection& connection, std::string key, std::string value,
                                                        std::int64_t ttl_s, Told told);

}  // namespace acq::redis
