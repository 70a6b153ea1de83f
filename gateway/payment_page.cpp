#include "gateway/payment_page.hpp"

#include <algorithm>
#include <unordered_map>

#include "gateway/payment_rows.hpp"

namespace acq::gateway {
namespace {

using mariadb::Connection;
using mariadb::integer;
using mariadb::text;
using Index = std::unordered_map<PaymentId, StoredPayment*>;

/// IN lists come in few lengths, so that few statements are prepared; the last id fills up.
constexpr std::size_t ids_step = 50;

std::string raw_of(const PaymentId& id) {
  return std::string(id.raw());
}

/// The oldest id that this page looks at, where there are more rows than it may look at.
Result<std::optional<PaymentId>> floor_of(Connection& connection, const MerchantId& merchant, const PaymentId& first,
                                          const PaymentId& last) {
  static const std::string sql =
      "SELECT payment_id FROM payments FORCE INDEX (by_merchant) WHERE merchant_id = ? AND payment_id BETWEEN ? AND ? "
      "ORDER BY payment_id DESC LIMIT 1 OFFSET " +
      std::to_string(limits::list_rows_looked_at_max - 1);
  auto rows = connection.query(sql, {std::string(merchant.raw()), raw_of(first), raw_of(last)});
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<PaymentId>();
  return PaymentId::from_raw(text(rows->front()[0]));
}

Result<std::vector<mariadb::Row>> rows_of(Connection& connection, const MerchantId& merchant,
                                          const std::optional<PaymentState>& state, const PaymentId& first,
                                          const PaymentId& last, std::size_t count) {
  static const std::string from = "SELECT " + payment_columns() +
                                  " FROM payments p FORCE INDEX (by_merchant) WHERE p.merchant_id = ? AND p.payment_id "
                                  "BETWEEN ? AND ?";
  static const std::string order = " ORDER BY p.payment_id DESC LIMIT ?";
  static const std::string of_all = from + order;
  static const std::string of_state = from + " AND p.state = ?" + order;
  std::vector<mariadb::Value> parameters{std::string(merchant.raw()), raw_of(first), raw_of(last)};
  if (state) parameters.emplace_back(std::string(acq::name_of(*state)));
  parameters.emplace_back(static_cast<std::int64_t>(count));
  return connection.query(state ? of_state : of_all, parameters);
}

std::vector<mariadb::Value> padded(const std::vector<PaymentId>& ids) {
  std::vector<mariadb::Value> values;
  for (const auto& id : ids) values.emplace_back(raw_of(id));
  while (values.size() % ids_step != 0) values.push_back(values.back());
  return values;
}

Result<void> add_earlier(Connection& connection, const Index& index) {
  std::vector<PaymentId> ids;
  for (const auto& [id, stored] : index) {
    if (stored->payment.attempt > 1) ids.push_back(id);
  }
  if (ids.empty()) return {};
  const auto values = padded(ids);
  auto rows = connection.query(
      "SELECT payment_id, attempt, state, decline_code FROM payment_attempts WHERE payment_id "
      "IN (" +
          mariadb::placeholders(values.size()) + ") ORDER BY payment_id, attempt",
      values);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    const auto id = PaymentId::from_raw(text(row[0]));
    const auto state = payment_state_from_name(text(row[2]));
    if (!id || !state) return Failure(Errc::undecodable, "a payment_attempts row cannot be read");
    Payment& payment = index.at(*id)->payment;
    const auto attempt = static_cast<std::int32_t>(integer(row[1]));
    if (attempt < payment.attempt) payment.earlier.push_back({attempt, *state, text(row[3])});
  }
  return {};
}

Result<void> add_aliases(Connection& connection, const Index& index) {
  if (index.empty()) return {};
  std::vector<PaymentId> ids;
  for (const auto& [id, stored] : index) ids.push_back(id);
  const auto values = padded(ids);
  auto rows = connection.query("SELECT payment_id, alias_id FROM payment_aliases WHERE payment_id IN (" +
                                   mariadb::placeholders(values.size()) + ") ORDER BY payment_id, alias_id",
                               values);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    const auto id = PaymentId::from_raw(text(row[0]));
    const auto alias = PaymentId::from_raw(text(row[1]));
    if (id && alias) index.at(*id)->aliases.push_back(*alias);
  }
  return {};
}

}  // namespace

Result<PaymentPage> read_page(Connection& connection, const MerchantId& merchant, const PaymentFilter& filter,
                              const std::optional<PaymentId>& after, std::size_t limit) {
  PaymentPage page;
  auto [first, last] = id_range(filter);
  if (after) {
    if (*after <= first) return page;
    last = std::min(last, before(*after));
  }
  if (last < first) return page;
  std::optional<PaymentId> looked_at_to;
  if (filter.state) {  // else every row that is looked at is told
    auto floor = floor_of(connection, merchant, first, last);
    if (!floor) return floor.error();
    looked_at_to = *floor;
    if (looked_at_to) first = *looked_at_to;
  }
  auto rows = rows_of(connection, merchant, filter.state, first, last, limit + 1);
  if (!rows) return rows.error();
  const bool more = rows->size() > limit;
  if (more) rows->pop_back();
  page.payments.reserve(rows->size());  // the index points into it
  Index index;
  for (const auto& row : *rows) {
    auto payment = payment_from_row(row);
    if (!payment) return Failure(Errc::undecodable, "a payments row cannot be read");
    auto& stored = page.payments.emplace_back(StoredPayment{std::move(*payment), {}});
    index.emplace(stored.payment.payment_id, &stored);
  }
  if (auto earlier = add_earlier(connection, index); !earlier) return earlier.error();
  if (auto aliases = add_aliases(connection, index); !aliases) return aliases.error();
  if (more) {
    page.next_after = page.payments.back().payment.payment_id;
  } else {
    page.next_after = looked_at_to;
  }
  return page;
}

}  // namespace acq::gateway
