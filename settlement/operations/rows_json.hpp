// A look-up's columns named once: what to select, and how a cell is shown. Keeps the operator's many reads to a table
// of columns each.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/codec/json_document.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

enum class Cell : std::uint8_t {
  number,
  words,
  time,      ///< Unix ms as RFC 3339; 0 is null
  payment,   ///< pay_…
  refund,    ///< ref_…
  intent,    ///< int_…
  merchant,  ///< mer_…
  hex,
};

struct ShownColumn {
  std::string_view sql;   ///< what is selected
  std::string_view name;  ///< the member
  Cell cell = Cell::words;
};

/// "SELECT a, b, c ".
std::string select_of(std::span<const ShownColumn> columns);
/// The members of one row, inside an object of the caller's. NULL is null.
void write_row(codec::JsonWriter& writer, std::span<const ShownColumn> columns, const mariadb::Row& row);
/// `name`: [ {…}, … ].
void write_rows(codec::JsonWriter& writer, std::string_view name, std::span<const ShownColumn> columns,
                const std::vector<mariadb::Row>& rows);
/// RFC 3339, or null for 0.
void write_time(codec::JsonWriter& writer, std::string_view name, std::int64_t unix_ms);

}  // namespace acq::settlement::operations
