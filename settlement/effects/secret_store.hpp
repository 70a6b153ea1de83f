// What settlement must know of merchants to serve them: that they exist, their callback secrets, and the day keys of
// payment codes. A snapshot read from MariaDB each second when the revision moved; also keeps the day keys (P24).
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "common/crypto/secret.hpp"
#include "common/domain/payment.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement {

class SecretStore {
 public:
  /// Reads once (StartError 3 when it cannot), makes today's and tomorrow's day key, then follows on its own thread.
  SecretStore(mariadb::ConnectOptions options, crypto::Secret master);
  ~SecretStore();

  bool knows(const MerchantId& merchant) const;
  /// Reads now, on the calling thread: a merchant may be newer than the snapshot.
  bool knows_after_refresh(const MerchantId& merchant);
  /// Errc::not_found when the merchant is not known.
  Result<crypto::Secret> webhook_secret(const MerchantId& merchant) const;
  /// The payer's digits of a barcode payment (P24). Errc::not_found without its day key, undecodable otherwise.
  Result<crypto::Secret> open_code(const Payment& payment) const;
  const crypto::Secret& master() const noexcept { return master_; }

 private:
  struct Snapshot {
    std::int64_t revision = 0;
    std::unordered_map<MerchantId, crypto::Secret> webhook_secrets;
    std::unordered_map<std::int64_t, crypto::Secret> code_keys;  ///< by day
  };
  Result<void> refresh(bool always);
  Result<void> keep_day_keys(std::int64_t today);
  void follow();

  const crypto::Secret master_;
  std::mutex connection_mutex_;
  mariadb::Connection connection_;
  std::atomic<std::shared_ptr<const Snapshot>> snapshot_;
  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::int64_t keys_kept_for_ = 0;
  std::thread follower_;
};

}  // namespace acq::settlement
