#include "settlement/operations/rows_json.hpp"

#include "common/crypto/bytes.hpp"
#include "common/domain/ids.hpp"

namespace acq::settlement::operations {
namespace {

template <class Id>
std::string id_text(const std::string& raw) {
  const auto id = Id::from_raw(raw);
  return id ? id->text() : crypto::hex_encode(raw);
}

}  // namespace

std::string select_of(std::span<const ShownColumn> columns) {
  std::string sql = "SELECT ";
  for (const auto& column : columns) {
    if (sql.size() > 7) sql += ", ";
    sql += column.sql;
  }
  return sql + " ";
}

void write_time(codec::JsonWriter& writer, std::string_view name, std::int64_t unix_ms) {
  writer.key(name);
  if (unix_ms == 0)
    writer.null();
  else
    writer.value(std::string_view(codec::rfc3339(unix_ms)));
}

void write_row(codec::JsonWriter& writer, std::span<const ShownColumn> columns, const mariadb::Row& row) {
  for (std::size_t i = 0; i < columns.size() && i < row.size(); ++i) {
    const auto& [sql, name, cell] = columns[i];
    if (std::holds_alternative<std::monostate>(row[i])) {
      writer.key(name).null();
      continue;
    }
    const auto& text = mariadb::text(row[i]);
    switch (cell) {
      case Cell::number:
        writer.member(name, mariadb::integer(row[i]));
        break;
      case Cell::words:
        writer.member(name, std::string_view(text));
        break;
      case Cell::time:
        write_time(writer, name, mariadb::integer(row[i]));
        break;
      case Cell::payment:
        writer.member(name, std::string_view(id_text<PaymentId>(text)));
        break;
      case Cell::refund:
        writer.member(name, std::string_view(id_text<RefundId>(text)));
        break;
      case Cell::intent:
        writer.member(name, std::string_view(id_text<IntentId>(text)));
        break;
      case Cell::merchant:
        writer.member(name, std::string_view(id_text<MerchantId>(text)));
        break;
      case Cell::hex:
        writer.member(name, std::string_view(crypto::hex_encode(text)));
        break;
    }
  }
}

void write_rows(codec::JsonWriter& writer, std::string_view name, std::span<const ShownColumn> columns,
                const std::vector<mariadb::Row>& rows) {
  writer.key(name).begin_array();
  for (const auto& row : rows) {
    writer.begin_object();
    write_row(writer, columns, row);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace acq::settlement::operations
