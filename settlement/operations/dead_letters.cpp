#include "settlement/operations/dead_letters.hpp"

#include <algorithm>
#include <charconv>

#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/audit.hpp"
#include "settlement/operations/transaction.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::integer;
using mariadb::text;

constexpr std::string_view columns =
    "SELECT topic_id, partition_id, log_offset, intent_id, code, reason, LENGTH(record), recorded_at_ms, replays, "
    "COALESCE(replayed_at_ms, 0)";

std::string raw(const kafka::TopicId& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

ParkedRecord letter_from(const mariadb::Row& row) {
  ParkedRecord letter;
  const auto& topic = text(row[0]);
  std::copy_n(topic.begin(), std::min(topic.size(), letter.place.topic_id.size()), letter.place.topic_id.begin());
  letter.place.partition = static_cast<std::int32_t>(integer(row[1]));
  letter.place.log_offset = integer(row[2]);
  letter.intent_id = IntentId::from_raw(text(row[3]));
  letter.code = text(row[4]);
  letter.reason = text(row[5]);
  letter.bytes = integer(row[6]);
  letter.recorded_at_ms = integer(row[7]);
  letter.replays = integer(row[8]);
  letter.replayed_at_ms = integer(row[9]);
  if (row.size() > 10) letter.record = text(row[10]);
  return letter;
}

template <class Number>
std::optional<Number> number_from(std::string_view digits) {
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty() || number < 0) return std::nullopt;
  return number;
}

struct Position {
  std::int32_t partition;
  std::int64_t log_offset;
};
std::optional<Position> position_from(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto partition = number_from<std::int32_t>(name.substr(0, colon));
  const auto log_offset = number_from<std::int64_t>(name.substr(colon + 1));
  if (!partition || !log_offset) return std::nullopt;
  return Position{*partition, *log_offset};
}

}  // namespace

std::string LetterPlace::text() const {
  return crypto::hex_encode(raw(topic_id)) + ":" + std::to_string(partition) + ":" + std::to_string(log_offset);
}

std::optional<LetterPlace> LetterPlace::parse(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto topic = crypto::hex_decode(name.substr(0, colon));
  const auto position = position_from(name.substr(colon + 1));
  if (!topic || topic->size() != 16 || !position) return std::nullopt;
  LetterPlace place;
  std::copy(topic->begin(), topic->end(), place.topic_id.begin());
  place.partition = position->partition;
  place.log_offset = position->log_offset;
  return place;
}

Result<std::vector<ParkedRecord>> list_dead_letters(mariadb::Connection& connection, bool unreplayed_only,
                                                    const std::optional<LetterPlace>& after, std::size_t limit) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  const auto from = after.value_or(LetterPlace{{}, -1, -1});
  auto rows = connection.query(std::string(columns) +
                                   " FROM dead_letters WHERE (topic_id, partition_id, log_offset) > (?, ?, ?) AND (? = "
                                   "0 OR replays = 0) ORDER BY topic_id, partition_id, log_offset LIMIT ?",
                               {raw(from.topic_id), std::int64_t{from.partition}, from.log_offset,
                                std::int64_t{unreplayed_only ? 1 : 0}, static_cast<std::int64_t>(limit)});
  if (!rows) return rows.error();
  std::vector<ParkedRecord> letters;
  letters.reserve(rows->size());
  for (const auto& row : *rows) letters.push_back(letter_from(row));
  return letters;
}

Result<ParkedRecord> find_dead_letter(mariadb::Connection& connection, std::string_view name) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  const auto select = std::string(columns) + ", record FROM dead_letters WHERE ";
  Result<std::vector<mariadb::Row>> rows = std::vector<mariadb::Row>{};
  auto intent = IntentId::parse(name);
  if (const auto payment = PaymentId::parse(name)) intent = IntentId{payment->bytes};
  if (const auto place = LetterPlace::parse(name)) {
    rows = connection.query(select + "topic_id = ? AND partition_id = ? AND log_offset = ?",
                            {raw(place->topic_id), std::int64_t{place->partition}, place->log_offset});
  } else if (const auto position = position_from(name)) {
    rows = connection.query(select + "partition_id = ? AND log_offset = ? LIMIT 2",
                            {std::int64_t{position->partition}, position->log_offset});
    if (rows && rows->size() > 1) {
      return Failure(Errc::precondition_failed,
                     "two topics have a dead letter there: name it TOPIC:PARTITION:OFFSET, as `acq dead-letter list` "
                     "shows it");
    }
  } else if (intent) {
    rows = connection.query(select + "intent_id = ? ORDER BY recorded_at_ms DESC, log_offset DESC LIMIT 1",
                            {std::string(intent->raw())});
  } else {
    return Failure(Errc::invalid_field, std::vector<FieldFault>{{"/name", "format"}});
  }
  if (!rows) return rows.error();
  if (rows->empty()) return Failure(Errc::not_found, "no dead letter is stored there");
  return letter_from(rows->front());
}

Result<LetterReplay> replay_dead_letter(mariadb::Connection& connection, LogDesk& log, std::string_view name,
                                        const Act& act) {
  auto letter = find_dead_letter(connection, name);
  if (!letter) return letter.error();
  LetterReplay replay;
  replay.letter = std::move(*letter);
  auto names = names_of(replay.letter.record);
  if (!names) {
    return Failure(Errc::precondition_failed, "these bytes cannot be read by this version either (" +
                                                  names.error().detail + "): they would be parked again");
  }
  replay.names = std::move(*names);
  if (!act.apply) return replay;

  const auto& place = replay.letter.place;
  // First the audit, then the act: what is not audited is not done.
  const auto noted = transact(connection, [&]() -> Result<void> {
    auto marked = connection.execute(
        "UPDATE dead_letters SET replays = replays + 1, replayed_at_ms = ? WHERE topic_id = ? AND partition_id = ? AND "
        "log_offset = ?",
        {runtime::unix_ms(), raw(place.topic_id), std::int64_t{place.partition}, place.log_offset});
    if (!marked) return marked.error();
    if (*marked != 1) return Failure(Errc::not_found, "the dead letter is gone");
    return append_audit(connection, {0, act.operator_name, "dead_letter_replay",
                                     PaymentId{replay.names.intent_id.bytes}.text(), place.text(), act.reason});
  });
  if (!noted) return noted.error();
  auto offered = log.offer(replay.names, replay.letter.record);
  if (!offered) return offered.error();
  replay.persistence = *offered;
  return replay;
}

}  // namespace acq::settlement::operations
