// Columns of a bulk statement from a list of rows, and IN lists of few lengths. Internal to the stores.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/mariadb/connection.hpp"

namespace acq::settlement {

/// IN lists come in powers of two, padded with the last value, so that few statements are ever prepared.
template <class Id>
void add_padded(std::vector<mariadb::Value>& parameters, std::span<const Id> ids, std::size_t padded) {
  const auto raw = [](const Id& id) {
    if constexpr (requires { id.raw(); })
      return std::string(id.raw());
    else
      return std::string(reinterpret_cast<const char*>(id.data()), id.size());
  };
  for (std::size_t i = 0; i < padded; ++i) parameters.emplace_back(raw(ids[std::min(i, ids.size() - 1)]));
}
inline std::size_t padded_size(std::size_t count) {
  std::size_t size = 1;
  while (size < count) size *= 2;
  return size;
}

template <class Source>
mariadb::Column numbers(std::span<const Source> from, const std::function<std::int64_t(const Source&)>& of) {
  std::vector<std::int64_t> column;
  column.reserve(from.size());
  for (const auto& one : from) column.push_back(of(one));
  return column;
}
template <class Source>
mariadb::Column texts(std::span<const Source> from, const std::function<std::string_view(const Source&)>& of) {
  std::vector<std::string_view> column;
  column.reserve(from.size());
  for (const auto& one : from) column.push_back(of(one));
  return column;
}

template <class Done>
Result<void> only_failure(const Result<Done>& done) {
  if (!done) return done.error();
  return {};
}

}  // namespace acq::settlement
