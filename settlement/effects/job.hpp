// A job: an effect still owed, with the snapshot that it is about. Its row is in a table; this is only its head (P17).
#pragma once
#include <cstdint>
#include <memory>

#include "common/domain/payment.hpp"
#include "common/domain/refund.hpp"
#include "settlement/effects/lease.hpp"

namespace acq::settlement {

enum class JobKind : std::uint8_t { charge, query, close, reverse, refund, query_refund, tell };

struct Job {
  JobKind kind = JobKind::query;
  Payment payment;
  std::shared_ptr<const Lease> lease;
  Refund refund;  ///< of the refund kinds; `payment` is empty then
};

}  // namespace acq::settlement
