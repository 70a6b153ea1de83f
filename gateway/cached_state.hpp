// A payment's newest state as settlement publishes it in Redis: "EPOCH|SEQUENCE|MERCHANT HEX|JSON" (P25).
#pragma once
#include <optional>
#include <string_view>

#include "common/domain/ids.hpp"
#include "gateway/answers.hpp"

namespace acq::gateway {

/// The state, when its epoch is the partition's epoch and the merchant owns it; else nothing, and MariaDB is asked.
std::optional<Shown> believe(std::string_view state, std::string_view epoch, const MerchantId& merchant);

}  // namespace acq::gateway
