// One path of the operator port, and what its handler is given. Handlers parse, call one use case, answer.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "common/codec/json_document.hpp"
#include "common/crypto/secret.hpp"
#include "common/http/message.hpp"
#include "common/mariadb/connection.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

/// What the port has at hand, on its own thread.
struct Desk {
  mariadb::Connection& connection;
  LogDesk& log;
  const crypto::Secret& master;
};

struct Asked {
  const std::string& operator_name;
  const codec::JsonValue& body;  ///< an object; empty for GET
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< behind /operator/v1
  Result<http::Response> (*handle)(Desk&, const Asked&);
};

std::span<const Route> reading_routes();
std::span<const Route> acting_routes();
std::span<const Route> balance_routes();
std::span<const Route> merchant_routes();

// What handlers share.
http::Response json_response(int status, std::string body);
Failure field(std::string pointer, std::string code);
/// "reason" (1 to 512 characters, also for a preview where it is given) and "apply". Errc::invalid_field.
Result<Act> act_of(const Asked& asked);
/// "limit", 1 to `most`; `fallback` when absent.
Result<std::size_t> limit_of(const Asked& asked, std::size_t fallback, std::size_t most);
/// A whole number of at least 0. `fallback` when absent; a negative fallback makes it required.
Result<std::int64_t> number_of(const Asked& asked, std::string_view name, std::int64_t fallback);
bool flag_of(const Asked& asked, std::string_view name);
/// "pay_…", "int_…" or "ref_…": a refund has its intent's bytes.
std::optional<IntentId> intent_from(std::string_view text);

}  // namespace acq::settlement::operations
