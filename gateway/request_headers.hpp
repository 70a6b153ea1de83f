// Small questions about a request's headers and query, answered without keeping anything.
#pragma once
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace acq::gateway {

/// The value; empty when there is none.
std::string_view header(const http::Request& request, std::string_view name);

/// "application/json", with or without parameters.
bool is_json(std::string_view content_type);
/// Whether an Accept header leaves room for JSON (RFC 9110, section 12.5.1, ranges and q=0 only).
bool accepts_json(std::string_view accept);
/// RFC 9110, section 13.1.2: weak comparison, a list or "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);
/// What openapi.yaml allows as merchant_order_id: 1 to 64 of A-Za-z0-9_-.
bool is_order_number(std::string_view text);
/// W3C Trace Context, version 00: the header itself when valid, else a new one.
std::string traceparent_or_new(std::string_view header);

}  // namespace acq::gateway
