#include "settlement/operations/payment_lookup.hpp"

#include <unordered_map>

#include "settlement/writer/payment_store.hpp"

namespace acq::settlement::operations {
namespace {

std::vector<mariadb::Value> raw_ids(std::span<const PaymentId> ids) {
  std::vector<mariadb::Value> values;
  values.reserve(ids.size());
  for (const auto& id : ids) values.emplace_back(std::string(id.raw()));
  return values;
}

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::applied:
      return "applied";
    case Verdict::alias:
      return "alias";
    case Verdict::parked:
      return "parked";
    case Verdict::absent:
      return "absent";
  }
  return "absent";
}

Result<std::vector<LookedUp>> look_up_payments(mariadb::Connection& connection, std::span<const PaymentId> ids) {
  std::vector<LookedUp> found(ids.size());
  if (ids.empty()) return found;
  if (auto connected = connection.connect(); !connected) return connected.error();
  const auto list = mariadb::placeholders(ids.size());
  auto alias_rows = connection.query(
      "SELECT alias_id, payment_id FROM payment_aliases WHERE alias_id IN (" + list + ")", raw_ids(ids));
  if (!alias_rows) return alias_rows.error();
  std::unordered_map<PaymentId, PaymentId> canonical;
  std::vector<PaymentId> wanted(ids.begin(), ids.end());
  for (const auto& row : *alias_rows) {
    const auto target = PaymentId::from_raw(mariadb::text(row[1])).value();
    canonical.emplace(PaymentId::from_raw(mariadb::text(row[0])).value(), target);
    wanted.push_back(target);
  }
  PaymentStore store(connection);
  auto payments = store.load_payments(wanted);
  if (!payments) return payments.error();
  std::unordered_map<PaymentId, const Payment*> by_id;
  for (const auto& payment : *payments) by_id.emplace(payment.payment_id, &payment);
  auto parked_rows =
      connection.query("SELECT intent_id FROM dead_letters WHERE intent_id IN (" + list + ")", raw_ids(ids));
  if (!parked_rows) return parked_rows.error();
  std::unordered_map<PaymentId, bool> parked;
  for (const auto& row : *parked_rows) parked.emplace(PaymentId::from_raw(mariadb::text(row[0])).value(), true);

  for (std::size_t i = 0; i < ids.size(); ++i) {
    found[i].asked = ids[i];
    const auto alias = canonical.find(ids[i]);
    const auto payment = by_id.find(alias == canonical.end() ? ids[i] : alias->second);
    if (payment != by_id.end()) {
      found[i].verdict = alias == canonical.end() ? Verdict::applied : Verdict::alias;
      found[i].payment = *payment->second;
    } else if (parked.contains(ids[i])) {
      found[i].verdict = Verdict::parked;
    }
  }
  return found;
}

}  // namespace acq::settlement::operations
