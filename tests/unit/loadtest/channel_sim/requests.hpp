// Requests as the tests of the simulated bank make them.
#pragma once
#include <string>

#include "common/codec/channel_json.hpp"

namespace acq::channel_sim {

inline constexpr std::int64_t t0 = 1'000'000;

inline codec::ChargeRequest charge_of(const std::string& id, std::int64_t amount,
                                      const std::string& order = "order-1") {
  return {id, "mer_1", order, amount, "CNY", "qr", ""};
}

inline codec::EndRequest end_of(const std::string& id, std::int64_t amount, const std::string& order = "order-1") {
  return {id, "mer_1", order, amount, "CNY"};
}

inline codec::RefundRequest refund_of(const std::string& id, const std::string& charge, std::int64_t amount,
                                      const std::string& order = "order-1") {
  return {id, charge, "mer_1", order, amount, "CNY"};
}

}  // namespace acq::channel_sim
