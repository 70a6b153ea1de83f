// A request that is held by Prefer: wait (P25): read, compare with what is waited for, sleep, again.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "gateway/answers.hpp"
#include "gateway/waiting.hpp"

namespace acq::gateway {

/// What would end the wait.
struct WaitGoal {
  std::int32_t attempt = 1;  ///< of this attempt or a later one
  /// Not empty: the payment is another one than this If-None-Match names. Empty: it is final, or its code_url is known.
  std::string other_than{};
};
/// How a payment stands to those who wait for it.
struct Stand {
  bool is_final = false;
  bool enough = false;
};
Stand stand_of(const Shown& shown, const WaitGoal& goal);

/// Which of two readings a held request keeps: never one of an earlier attempt or an earlier change than it has told
/// of.
Reading newer(Reading known, Reading read);

struct Hold {
  WaitGoal goal;
  std::int64_t until_ms = 0;  ///< monotonic
  std::function<boost::asio::awaitable<Reading>()> read;
};
/// Until enough, until_ms, the peer has gone, or we stop. `known` is what was read or accepted just now; not_yet_known
/// is waited on, any other refusal is an answer. `place` and `request` outlive this.
boost::asio::awaitable<Reading> hold(Waiting::Place& place, const http::Request& request, Reading known, Hold wanted);

}  // namespace acq::gateway
