#include "gateway/merchant_directory.hpp"

#include <chrono>
#include <vector>

#include "common/crypto/sealed_box.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::gateway {
namespace {

using mariadb::integer;
using mariadb::Row;
using mariadb::text;

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;

/// HMAC's secret is sealed, a public key is not.
Result<crypto::Secret> key_of(const Row& row, http::SignatureAlgorithm algorithm, const crypto::Secret& master_key) {
  if (algorithm == http::SignatureAlgorithm::ed25519) return crypto::Secret(text(row[4]));
  return crypto::open(master_key, "key:" + text(row[0]), text(row[3]));
}

constexpr std::string_view keys_sql =
    "SELECT k.key_id, k.merchant_id, k.algorithm, k.secret, k.public_key, k.expires_at_ms, m.currency, m.status, "
    "m.rate_per_second, m.in_flight_max FROM merchant_keys k JOIN merchants m ON m.merchant_id = k.merchant_id";

void add_key(DirectorySnapshot& snapshot, const crypto::Secret& master_key, const Row& row,
             std::shared_ptr<KeyUse> use) {
  const std::string& key_id = text(row[0]);
  const auto merchant = MerchantId::from_raw(text(row[1]));
  const auto algorithm = http::signature_algorithm_from_name(text(row[2]));
  const auto currency = Currency::parse(text(row[6]));
  if (!merchant || !algorithm || !currency) {
    runtime::log_error("merchant_key_unreadable", {{"key_id", key_id}});
    return;
  }
  auto key = key_of(row, *algorithm, master_key);
  if (!key) {  // another master key, or a changed row
    runtime::log_error("merchant_key_unreadable", {{"key_id", key_id}});
    return;
  }
  const Merchant owner{*merchant, *currency, text(row[7]) == "active", static_cast<std::int32_t>(integer(row[8])),
                       static_cast<std::int32_t>(integer(row[9]))};
  snapshot.keys.emplace(key_id, MerchantKey{owner, *algorithm, std::move(*key), integer(row[5]), std::move(use)});
}

void add_code_key(DirectorySnapshot& snapshot, const crypto::Secret& master_key, const Row& row) {
  const std::int64_t day = integer(row[0]);
  auto key = crypto::open(master_key, "code_key:" + std::to_string(day), text(row[1]));
  if (!key) {
    runtime::log_error("code_key_unreadable", {{"day", day}});
    return;
  }
  snapshot.code_keys.emplace(day, std::move(*key));
}

std::string version_of(const std::vector<Row>& revision, const std::vector<Row>& code_keys) {
  std::string version = revision.empty() ? "none" : std::to_string(integer(revision[0][0]));
  for (const auto& row : code_keys) version += "|" + std::to_string(integer(row[0])) + ":" + text(row[1]);
  return version;
}

}  // namespace

const MerchantKey* DirectorySnapshot::find_key(std::string_view key_id, std::int64_t now_ms) const {
  const auto found = keys.find(key_id);
  if (found == keys.end()) return nullptr;
  const auto& key = found->second;
  return key.expires_at_ms != 0 && key.expires_at_ms <= now_ms ? nullptr : &key;
}

const crypto::Secret* DirectorySnapshot::code_key_at(std::int64_t at_ms) const {
  const auto found = code_keys.find(at_ms / day_ms);
  return found == code_keys.end() ? nullptr : &found->second;
}

MerchantDirectory::MerchantDirectory(mariadb::ConnectOptions database, crypto::Secret master_key, Publish publish)
    : connection_(std::move(database)), master_key_(std::move(master_key)), publish_(std::move(publish)) {}

MerchantDirectory::~MerchantDirectory() {
  stop();
}

void MerchantDirectory::load() {
  const auto loaded = refresh();
  if (loaded) return;
  throw StartError(3, "Merchants cannot be read from MariaDB (" + loaded.error().detail +
                          "): is it running, and has 'acq-settlement migrate' been run?");
}

Result<void> MerchantDirectory::refresh() {
  if (auto connected = connection_.connect(); !connected) return connected.error();
  // The revision first: what changes after it was read is loaded again by the next look.
  auto revision = connection_.query("SELECT revision FROM merchant_revision WHERE id = 1");
  if (!revision) return revision.error();
  auto code_keys = connection_.query("SELECT day, code_key FROM code_keys WHERE day >= ? ORDER BY day",
                                     {runtime::unix_ms() / day_ms - 2});
  if (!code_keys) return code_keys.error();
  std::string version = version_of(*revision, *code_keys);
  if (version != version_) {
    auto keys = connection_.query(keys_sql);
    if (!keys) return keys.error();
    auto snapshot = std::make_shared<DirectorySnapshot>();
    for (const auto& row : *keys) add_key(*snapshot, master_key_, row, uses_[text(row[0])].seen);
    for (const auto& row : *code_keys) add_code_key(*snapshot, master_key_, row);
    publish_(std::move(snapshot));
    version_ = std::move(version);
  }
  checked_at_ms_.store(runtime::unix_ms(), std::memory_order_relaxed);
  return {};
}

Result<void> MerchantDirectory::note_uses() {
  for (auto& [key_id, use] : uses_) {
    const std::int64_t seen_ms = use.seen->at_ms();
    if (seen_ms <= use.noted_ms) continue;
    auto noted = connection_.execute("CALL note_key_use(?, ?)", {key_id, seen_ms});
    if (!noted) return noted.error();
    use.noted_ms = seen_ms;
  }
  return {};
}

void MerchantDirectory::start() {
  thread_ = std::thread([this] { run(); });
}

void MerchantDirectory::run() {
  bool away = false;
  bool unnoted = false;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds(limits::directory_refresh_ms), [this] { return stopping_; })) {
    lock.unlock();
    const auto refreshed = refresh();
    if (!refreshed && !away) runtime::log_warning("directory_stale", {{"detail", refreshed.error().detail}});
    if (refreshed && away) runtime::log_info("directory_fresh");
    away = !refreshed;
    // A last use that cannot be told is no reason to call what was read stale.
    const auto noted = refreshed ? note_uses() : Result<void>();
    if (!noted && !unnoted) runtime::log_warning("key_use_not_noted", {{"detail", noted.error().detail}});
    unnoted = !noted;
    lock.lock();
  }
}

void MerchantDirectory::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace acq::gateway
