// The witness on the admin port, for `acq account-for` and replay: GET /witness/segments lists the segments, GET
// /witness/segments/NAME?offset=N&bytes=M gives a piece of one, at most 1 MiB, and nothing behind its end.
#pragma once
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace acq::gateway::handlers {

struct WitnessPlace {
  std::string instance;
  std::string directory;
};

bool is_witness_path(std::string_view path) noexcept;
/// Blocking: file reads. `?after=NAME` goes on with a list that said "more".
http::Response answer_witness(const http::Request& request, const WitnessPlace& place);

}  // namespace acq::gateway::handlers
