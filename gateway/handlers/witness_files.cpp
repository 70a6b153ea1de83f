#include "gateway/handlers/witness_files.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/codec/json_document.hpp"
#include "common/journal/archive.hpp"
#include "common/limits.hpp"
#include "common/runtime/log.hpp"
#include "gateway/answers.hpp"

namespace acq::gateway::handlers {
namespace {

constexpr std::string_view list_path = "/witness/segments";
constexpr std::string_view piece_prefix = "/witness/segments/";

http::Response refused(Errc code, const http::Request& request) {
  return problem_response({.code = code}, request.request_id);
}

/// Digits alone; `absent` when the parameter is not there.
std::optional<std::size_t> number(std::string_view query, std::string_view name, std::size_t absent) {
  const std::string text = http::query_value(query, name);
  if (text.empty()) return absent;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

http::Response list(const http::Request& request, const WitnessPlace& place) {
  const auto files = journal::list_segment_files(place.directory);
  if (!files) {
    runtime::log_error("witness_unreadable", {{"detail", files.error().detail}});
    return refused(Errc::internal, request);
  }
  const std::string after = http::query_value(request.query, "after");
  const auto first = std::find_if(files->begin(), files->end(), [&](const auto& file) { return file.name > after; });
  const auto left = static_cast<std::size_t>(files->end() - first);
  const std::size_t count = std::min(left, limits::witness_segments_listed_max);
  http::Response response;
  codec::JsonWriter json(response.body);
  json.begin_object().member("instance", place.instance).key("segments").begin_array();
  for (auto file = first; file != first + static_cast<std::ptrdiff_t>(count); ++file) {
    json.begin_object().member("name", file->name).member("bytes", file->bytes);
    json.member("balanced", file->balanced).end_object();
  }
  json.end_array();
  if (count < left) json.member("more", true);
  json.end_object();
  return response;
}

http::Response piece(const http::Request& request, const WitnessPlace& place) {
  const std::string name = http::percent_decode(request.path.substr(piece_prefix.size()));
  const auto offset = number(request.query, "offset", 0);
  const auto bytes = number(request.query, "bytes", limits::witness_piece_bytes_max);
  if (name.empty() || name.find('/') != std::string::npos || name.find("..") != std::string::npos || !offset ||
      !bytes) {
    return refused(Errc::bad_cursor, request);
  }
  if (!journal::is_segment_name(name)) return refused(Errc::not_found, request);
  auto read =
      journal::read_piece(place.directory + "/" + name, *offset, std::min(*bytes, limits::witness_piece_bytes_max));
  if (!read) return refused(read.error().code == Errc::not_found ? Errc::not_found : Errc::internal, request);
  http::Response response;
  response.content_type = "application/octet-stream";
  response.body = std::move(*read);
  return response;
}

}  // namespace

bool is_witness_path(std::string_view path) noexcept {
  return path == list_path || path.starts_with(piece_prefix);
}

http::Response answer_witness(const http::Request& request, const WitnessPlace& place) {
  if (request.method != "GET") {
    auto response = refused(Errc::method_not_allowed, request);
    response.headers.emplace_back("Allow", "GET");
    return response;
  }
  return request.path == list_path ? list(request, place) : piece(request, place);
}

}  // namespace acq::gateway::handlers
