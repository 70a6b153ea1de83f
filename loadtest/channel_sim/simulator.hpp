// The channel's wire over a ChannelBook (docs/channel.md): parse, one call, answer; with the faults that tests ask for.
#pragma once
#include <cstdint>

#include "common/http/server.hpp"
#include "loadtest/channel_sim/channel_book.hpp"
#include "loadtest/channel_sim/faults.hpp"

namespace acq::channel_sim {

/// An answer and how long it is to be held back. Status 0 is none at all (http::Response).
struct Answered {
  http::Response response;
  std::int64_t delay_ms = 0;
};

/// Single-threaded; no I/O and no clock of its own.
class Simulator {
 public:
  Simulator(BookOptions options, std::uint64_t seed) : book_(options), seed_(seed), dice_(seed) {}

  Answered answer(const http::Request& request, std::int64_t now_ms);
  ChannelBook& book() noexcept { return book_; }

 private:
  Answered answer_as_channel(const http::Request& request, std::int64_t now_ms);
  Answered act(const http::Request& request, const Hit& hit, std::int64_t now_ms);
  Answered charge(const http::Request& request, const Hit& hit, std::int64_t now_ms);
  http::Response end_charge(const http::Request& request, std::string_view name, const Hit& hit, std::int64_t now_ms);
  http::Response refund(const http::Request& request, const Hit& hit, std::int64_t now_ms);
  http::Response answer_as_tool(const http::Request& request, std::int64_t now_ms);
  http::Response set_faults(const http::Request& request);
  http::Response flip(const http::Request& request, std::int64_t now_ms);
  void reset();

  ChannelBook book_;
  std::uint64_t seed_;
  Dice dice_;
  Faults faults_;
  bool faulty_ = false;  ///< faults_.any(), asked by every request
};

/// `simulator` outlives the server. A slow answer waits on a timer of its own connection and holds up no other.
http::Handler make_handler(Simulator& simulator);

/// Framing errors and the like, as problem answers.
http::Response error_answer(Errc code, std::string_view request_id);

}  // namespace acq::channel_sim
