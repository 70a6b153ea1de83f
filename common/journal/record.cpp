#include "common/journal/record.hpp"

#include <cstring>

#include "common/journal/crc32c.hpp"
#include "common/limits.hpp"

namespace acq::journal {
namespace {

static_assert(limits::intent_bytes_max + record_body_bytes_min < record_body_bytes_max, "every intent fits a record");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little endian, and so are our machines");

template <class T>
void put(char*& at, const T& value) {
  std::memcpy(at, &value, sizeof value);
  at += sizeof value;
}
template <class T>
T get(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

}  // namespace

void encode_record(std::string& out, const Record& record) {
  const std::size_t start = out.size();
  const std::size_t body = record_body_bytes_min + record.payload.size();
  out.resize(start + record_prefix_bytes + body);
  char* at = out.data() + start + record_prefix_bytes;
  put(at, static_cast<std::uint8_t>(record.type));
  put(at, record.unix_ms);
  put(at, record.intent_id);
  put(at, record.partition);
  std::memcpy(at, record.payload.data(), record.payload.size());
  at = out.data() + start;
  put(at, static_cast<std::uint32_t>(body));
  put(at, crc32c(std::string_view(out).substr(start + record_prefix_bytes, body)));
}

Decoded decode_record(std::string_view bytes, Record& record, std::size_t& size) {
  if (bytes.size() < record_prefix_bytes) return Decoded::cut_off;
  const char* at = bytes.data();
  const auto body = get<std::uint32_t>(at);
  const auto checksum = get<std::uint32_t>(at);
  if (body < record_body_bytes_min || body > record_body_bytes_max) return Decoded::damaged;
  if (bytes.size() - record_prefix_bytes < body) return Decoded::cut_off;
  if (crc32c(bytes.substr(record_prefix_bytes, body)) != checksum) return Decoded::damaged;
  const auto type = get<std::uint8_t>(at);
  if (type < 1 || type > 4) return Decoded::damaged;
  record.type = static_cast<RecordType>(type);
  record.unix_ms = get<std::int64_t>(at);
  record.intent_id = get<std::array<std::uint8_t, 16>>(at);
  record.partition = get<std::int32_t>(at);
  record.payload.assign(at, body - record_body_bytes_min);
  size = record_prefix_bytes + body;
  return Decoded::whole;
}

}  // namespace acq::journal
