#include "gateway/payment_filter.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "common/codec/json_document.hpp"
#include "common/http/message.hpp"
#include "gateway/request_headers.hpp"

namespace acq::gateway {
namespace {

constexpr std::int64_t id_time_max = (std::int64_t{1} << 48) - 1;

std::optional<std::size_t> digits(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::size_t>::max();
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

PaymentId edge(std::int64_t unix_ms, std::uint8_t fill) {
  const std::int64_t time = std::clamp(unix_ms, std::int64_t{0}, id_time_max);
  PaymentId id;
  id.bytes.fill(fill);
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(time >> (8 * (5 - i)));
  return id;
}

class QueryReader {
 public:
  Result<QueryWanted> read(std::string_view query) {
    const auto pairs = http::query_pairs(query);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto& name = pairs[i].first;
      const bool again = std::any_of(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const auto& earlier) { return earlier.first == name; });
      if (again) {
        fault(name, "duplicate");
      } else {
        take(name, pairs[i].second);
      }
    }
    if (number_ && of_list_) fault("merchant_order_id", "conflict");
    if (!faults_.empty()) return Failure(Errc::invalid_field, std::move(faults_));
    if (number_) return QueryWanted(NumberWanted{std::move(*number_)});
    return QueryWanted(std::move(list_));
  }

 private:
  void fault(std::string_view name, std::string_view what) {
    if (faults_.size() >= limits::field_faults_max) return;
    // A name that is not plain text is the whole query's fault: it is not repeated in an answer.
    faults_.push_back({is_order_number(name) ? "/" + std::string(name) : std::string(), std::string(what)});
  }

  void take(const std::string& name, const std::string& value) {
    if (name == "merchant_order_id") {
      number_ = value;
      if (!is_order_number(value)) fault(name, value.empty() ? "required" : "format");
      return;
    }
    if (name == "state") {
      list_.filter.state = payment_state_from_name(value);
      if (!list_.filter.state) fault(name, "format");
    } else if (name == "created_after") {
      list_.filter.created_after_ms = time(name, value);
    } else if (name == "created_before") {
      list_.filter.created_before_ms = time(name, value);
    } else if (name == "limit") {
      const auto wanted = digits(value);
      if (!wanted) return fault(name, "format");
      list_.limit = *wanted;
      if (*wanted < 1 || *wanted > limits::list_max) fault(name, "range");
    } else if (name == "cursor") {
      list_.cursor = value;
      if (value.empty()) fault(name, "required");
    } else {
      return fault(name, "unknown");
    }
    of_list_ = true;
  }

  std::optional<std::int64_t> time(std::string_view name, std::string_view value) {
    const auto at = codec::parse_rfc3339(value);
    if (!at) fault(name, "format");
    return at;
  }

  ListWanted list_;
  std::optional<std::string> number_;
  bool of_list_ = false;
  std::vector<FieldFault> faults_;
};

}  // namespace

Result<QueryWanted> read_payments_query(std::string_view query) {
  return QueryReader().read(query);
}

IdRange id_range(const PaymentFilter& filter) {
  IdRange range{edge(0, 0), edge(id_time_max, 0xff)};
  if (filter.created_after_ms) range.first = edge(*filter.created_after_ms + 1, 0);
  if (filter.created_before_ms) {
    // Nothing was created before the clock began: an empty range, first > last.
    if (*filter.created_before_ms <= 0) return {edge(1, 0), edge(0, 0)};
    range.last = edge(*filter.created_before_ms - 1, 0xff);
  }
  return range;
}

PaymentId before(const PaymentId& id) {
  PaymentId result = id;
  for (std::size_t i = result.bytes.size(); i-- > 0;) {
    if (result.bytes[i]-- != 0) return result;  // no borrow
  }
  return id;
}

}  // namespace acq::gateway
