#include "settlement/effects/secret_store.hpp"

#include <chrono>

#include "common/crypto/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::settlement {
namespace {

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
constexpr std::int64_t days_kept = 2;  // P24: a code lives a minute; after 48 h nobody may open it any more

std::string code_key_context(std::int64_t day) {
  return "code_key:" + std::to_string(day);
}

}  // namespace

SecretStore::SecretStore(mariadb::ConnectOptions options, crypto::Secret master)
    : master_(std::move(master)), connection_(std::move(options)) {
  if (auto read = refresh(true); !read) throw StartError(3, "merchants cannot be read: " + read.error().detail);
  follower_ = std::thread([this] { follow(); });
}

SecretStore::~SecretStore() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  follower_.join();
}

void SecretStore::follow() {
  std::unique_lock lock(stop_mutex_);
  while (!stop_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    lock.unlock();
    if (auto read = refresh(false); !read)
      runtime::log_warning("merchants_not_read", {{"reason", read.error().detail}});
    lock.lock();
  }
}

Result<void> SecretStore::keep_day_keys(std::int64_t today) {
  for (const auto day : {today, today + 1}) {
    auto made = connection_.execute("INSERT INTO code_keys VALUES (?, ?) ON DUPLICATE KEY UPDATE day = day",
                                    {day, crypto::seal(master_, code_key_context(day), crypto::random_bytes(32))});
    if (!made) return made.error();
  }
  auto destroyed = connection_.execute("DELETE FROM code_keys WHERE day < ?", {today - days_kept});
  if (!destroyed) return destroyed.error();
  return {};
}

Result<void> SecretStore::refresh(bool always) {
  const std::lock_guard lock(connection_mutex_);
  if (auto connected = connection_.connect(); !connected) return connected.error();
  const auto today = runtime::unix_ms() / day_ms;
  if (keys_kept_for_ != today) {
    if (auto kept = keep_day_keys(today); !kept) return kept.error();
    keys_kept_for_ = today;
    always = true;
  }
  auto revision = connection_.query("SELECT revision FROM merchant_revision WHERE id = 1");
  if (!revision) return revision.error();
  if (revision->empty()) return Failure(Errc::database_rule, "merchant_revision is empty: run the migration");
  const auto now = mariadb::integer(revision->front().front());
  const auto before = snapshot_.load();
  if (!always && before && before->revision == now) return {};

  auto next = std::make_shared<Snapshot>();
  next->revision = now;
  auto merchants = connection_.query("SELECT merchant_id, webhook_secret FROM merchants");
  if (!merchants) return merchants.error();
  for (const auto& row : *merchants) {
    const auto id = MerchantId::from_raw(mariadb::text(row[0])).value();
    auto secret = crypto::open(master_, "webhook:" + id.text(), mariadb::text(row[1]));
    if (!secret)
      return Failure(Errc::misconfigured,
                     "a merchant's secret does not open: is secrets.master_key_file the right one?");
    next->webhook_secrets.emplace(id, std::move(*secret));
  }
  auto keys = connection_.query("SELECT day, code_key FROM code_keys");
  if (!keys) return keys.error();
  for (const auto& row : *keys) {
    const auto day = mariadb::integer(row[0]);
    auto key = crypto::open(master_, code_key_context(day), mariadb::text(row[1]));
    if (!key) return Failure(Errc::misconfigured, "a day key does not open: is secrets.master_key_file the right one?");
    next->code_keys.emplace(day, std::move(*key));
  }
  snapshot_.store(std::move(next));
  return {};
}

bool SecretStore::knows(const MerchantId& merchant) const {
  return snapshot_.load()->webhook_secrets.contains(merchant);
}

bool SecretStore::knows_after_refresh(const MerchantId& merchant) {
  if (knows(merchant)) return true;
  [[maybe_unused]] const auto read = refresh(true);
  return knows(merchant);
}

Result<crypto::Secret> SecretStore::webhook_secret(const MerchantId& merchant) const {
  const auto snapshot = snapshot_.load();
  const auto found = snapshot->webhook_secrets.find(merchant);
  if (found == snapshot->webhook_secrets.end()) return Failure(Errc::not_found, "no such merchant");
  return found->second;
}

Result<crypto::Secret> SecretStore::open_code(const Payment& payment) const {
  const auto snapshot = snapshot_.load();
  const std::string context = "code:" + payment.payment_id.text();
  // A later attempt was sealed on a later day than its payment was made: the box itself says which key fits.
  Result<crypto::Secret> opened = Failure(Errc::not_found, "the day key was destroyed");
  for (const auto& [day, key] : snapshot->code_keys) {
    if (day < payment.created_at_ms / day_ms) continue;
    opened = crypto::open(key, context, payment.sealed_code);
    if (opened) return opened;
  }
  return opened;
}

}  // namespace acq::settlement
