// Which payments a load makes: order number, amount, method and fate of the n-th, from a seed. Pure: the n-th is the
// same however often it is asked for, so that a retry sends the same fields and nothing has to be kept.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/payment.hpp"
#include "common/error/result.hpp"

namespace acq::load {

enum class Kind : std::uint8_t { qr, barcode, both };

/// Weights of fates by the last two digits of the amount; 0 stands for "success at once".
struct FateWeight {
  int digits = 0;
  std::uint32_t weight = 1;
  friend bool operator==(const FateWeight&, const FateWeight&) = default;
};

/// Only successes.
std::vector<FateWeight> plain_mix();
/// Mostly successes; some 51, 53, 54 and 56.
std::vector<FateWeight> fated_mix();
/// "success=90,51=5,53=5". Errc::invalid_field with a sentence.
Result<std::vector<FateWeight>> parse_mix(std::string_view text);

struct OrderMix {
  std::string run_id;  ///< what makes order numbers new in every run
  std::uint64_t seed = 1;
  Kind kind = Kind::qr;
  Currency currency;
  std::string callback_url;
  std::vector<FateWeight> weights = plain_mix();

  std::string number_of(std::size_t n) const;
  std::int64_t amount_of(std::size_t n) const;
  MethodType method_of(std::size_t n) const;
  PaymentRequest request_of(std::size_t n) const;
};

/// Where the channel's fate for this amount must end (docs/channel.md).
struct ExpectedEnd {
  PaymentState state = PaymentState::succeeded;
  std::string_view decline_code;
};
ExpectedEnd expected_end(std::int64_t amount) noexcept;

}  // namespace acq::load
