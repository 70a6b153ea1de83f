// What may be decided of a request from its head alone, before its body is read and before its fields are parsed.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "common/http/message.hpp"

namespace acq::http {

/// Views into the connection's buffer: valid until the gate returns.
struct RequestHead {
  std::string_view method;
  std::string_view path;  ///< the target up to '?'
  std::string_view request_id;
};

/// Asked once for each request that passed the framing gate, on the connection's core; must not block. An answer
/// refuses the request: it is sent at once, the body is read off within its time limit, and the connection stays
/// usable.
using HeadGate = std::function<std::optional<Response>(const RequestHead&)>;

}  // namespace acq::http
