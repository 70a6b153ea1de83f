// Whom the load test asks about what really happened: the operator port, the simulator's books, the receiver.
// Coroutines of one io_context; any non-200 answer is a Failure with the status in its detail.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/http/client.hpp"
#include "loadtest/load/audit.hpp"
#include "loadtest/load/environment.hpp"

namespace acq::load {

inline constexpr std::size_t lookup_ids_max = 500;  ///< the operator port takes no more at once

using Lookups = std::unordered_map<PaymentId, LookedUp>;

class Witnesses {
 public:
  /// Both outlive it.
  Witnesses(http::Client& client, const Environment& environment) : client_(client), environment_(environment) {}

  /// Any number of ids, asked in chunks.
  boost::asio::awaitable<Result<Lookups>> look_up(std::vector<PaymentId> ids);
  boost::asio::awaitable<Result<Charged>> charges_of(std::string merchant_order_id);
  boost::asio::awaitable<Result<ReceivedPage>> received(std::string query);
  boost::asio::awaitable<Result<std::int64_t>> received_count();

 private:
  boost::asio::awaitable<Result<std::string>> ask(http::ClientRequest request);

  http::Client& client_;
  const Environment& environment_;
};

/// The rows of a look-up answer, by the id that was asked.
Result<Lookups> read_lookups(std::string_view body);

}  // namespace acq::load
