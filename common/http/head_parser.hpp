// Beast's request parser over a head that the gate has passed, without copies: the fields become views into the
// connection's buffer. Private to common/http (it names Beast).
#pragma once
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

#include "common/http/message.hpp"

namespace acq::http {

/// Fills `request` with views into `head`, which must outlive it. False when Beast and the gate do not agree on the
/// head: then nobody should act on it. `request` keeps the capacity it had.
bool parse_head(std::string_view head, std::size_t content_length, Request& request);

}  // namespace acq::http
