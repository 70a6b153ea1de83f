// The channel's wire over a ChannelBook (docs/channel.md): parse, one call, wait if the fate says so, answer.
#pragma once
#include "common/http/server.hpp"
#include "loadtest/channel_sim/channel_book.hpp"

namespace acq::channel_sim {

/// `book` outlives the server. A slow answer waits on a timer of its own connection and holds up no other.
http::Handler make_handler(ChannelBook& book);

/// Framing errors and the like, as problem answers.
http::Response error_answer(Errc code, std::string_view request_id);

}  // namespace acq::channel_sim
