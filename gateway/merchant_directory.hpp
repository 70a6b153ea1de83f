// Merchants, their keys and the day keys of payment codes, as an immutable snapshot that each core holds a pointer to.
// A thread of its own asks MariaDB each second whether anything changed; no core ever waits for it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "common/crypto/secret.hpp"
#include "common/domain/ids.hpp"
#include "common/domain/money.hpp"
#include "common/http/message_signature.hpp"
#include "common/limits.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::gateway {

struct Merchant {
  MerchantId id;
  Currency currency;
  bool active = false;
  std::int32_t rate_per_second = 0;  ///< 0: the gateway's default
  std::int32_t in_flight_max = 0;    ///< 0: the gateway's default
};

/// When a key was used last. One for all snapshots of a key; written by the cores, at most once a minute.
class KeyUse {
 public:
  void note(std::int64_t now_ms) noexcept {
    if (now_ms - at_ms_.load(std::memory_order_relaxed) >= limits::key_use_noted_ms)
      at_ms_.store(now_ms, std::memory_order_relaxed);
  }
  std::int64_t at_ms() const noexcept { return at_ms_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> at_ms_{0};
};

struct MerchantKey {
  Merchant merchant;
  http::SignatureAlgorithm algorithm = http::SignatureAlgorithm::hmac_sha256;
  crypto::Secret key;              ///< HMAC's secret, or Ed25519's public key
  std::int64_t expires_at_ms = 0;  ///< 0: never
  std::shared_ptr<KeyUse> use = std::make_shared<KeyUse>();
};

struct KeyIdHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view id) const noexcept { return std::hash<std::string_view>{}(id); }
};

struct DirectorySnapshot {
  std::unordered_map<std::string, MerchantKey, KeyIdHash, std::equal_to<>> keys;
  std::map<std::int64_t, crypto::Secret> code_keys;  ///< by day since the epoch, UTC (P24)

  const MerchantKey* find_key(std::string_view key_id, std::int64_t now_ms) const;
  /// The key of the day in which `at_ms` lies; nullptr when settlement has not made it (or destroyed it).
  const crypto::Secret* code_key_at(std::int64_t at_ms) const;
};

class MerchantDirectory {
 public:
  using Publish = std::function<void(std::shared_ptr<const DirectorySnapshot>)>;

  /// `publish` is called on the directory's thread with every new snapshot (and by load() on the caller's).
  MerchantDirectory(mariadb::ConnectOptions database, crypto::Secret master_key, Publish publish);
  ~MerchantDirectory();  ///< stop()

  /// The first snapshot, read by the caller. StartError (3) names the fix.
  void load();
  void start();
  void stop();

  /// When MariaDB last said that the snapshot is the newest. Unix milliseconds. Any thread.
  std::int64_t checked_at_ms() const noexcept { return checked_at_ms_.load(std::memory_order_relaxed); }

 private:
  Result<void> refresh();
  /// Tells MariaDB which keys were used since it was told last.
  Result<void> note_uses();
  void run();

  struct Use {
    std::shared_ptr<KeyUse> seen = std::make_shared<KeyUse>();
    std::int64_t noted_ms = 0;
  };

  mariadb::Connection connection_;
  const crypto::Secret master_key_;
  const Publish publish_;
  std::unordered_map<std::string, Use> uses_;  ///< by key id
  std::string version_;                        ///< of what was published last: the revision, and the day keys' boxes
  std::atomic<std::int64_t> checked_at_ms_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace acq::gateway
