// The API reference on the admin port (gateway/reference): GET /docs, what it loads, and /docs/errors, where the `type`
// of a problem leads. Everything is within this program, so it works without a network.
#pragma once
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace acq::gateway::handlers {

bool is_reference_path(std::string_view path) noexcept;
http::Response answer_reference(const http::Request& request);

/// docs/errors.md's content as a page of its own: each code is an anchor.
std::string errors_html();

}  // namespace acq::gateway::handlers
