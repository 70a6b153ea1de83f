// What an intent's bytes say of where it belongs: enough to offer them again, whatever kind of intent they are. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"
#include "common/error/result.hpp"

namespace acq::settlement::operations {

struct IntentNames {
  IntentId intent_id;
  std::string key;  ///< the record's key on the log: the payment id's text for a first attempt, else the intent id's
  MerchantId merchant_id;         ///< zeros where the kind of intent does not name it
  std::string merchant_order_id;  ///< likewise empty
  std::string kind;               ///< "payment_requested", …
};

/// Errc::undecodable, with the codec's reason.
Result<IntentNames> names_of(std::string_view intent_bytes);

/// The partition that all ids of one route go to.
std::int32_t home_of(const IntentId& id, std::int32_t partitions) noexcept;

/// The bytes as an operator may see them: at most `characters`, control and non-ASCII bytes as \xNN, the ciphertext of
/// a payment code masked (P24).
std::string shown_bytes(std::string_view bytes, std::size_t characters);

}  // namespace acq::settlement::operations
