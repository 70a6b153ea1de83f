// The names of states, methods and fields: the same words in JSON, SQL, metrics and docs.
#include "common/domain/payment.hpp"

#include <cstdlib>

namespace acq {

std::string_view name_of(PaymentState state) noexcept {
  switch (state) {
    case PaymentState::accepted:
      return "accepted";
    case PaymentState::processing:
      return "processing";
    case PaymentState::awaiting_payer:
      return "awaiting_payer";
    case PaymentState::succeeded:
      return "succeeded";
    case PaymentState::declined:
      return "declined";
    case PaymentState::closed:
      return "closed";
    case PaymentState::refused:
      return "refused";
    case PaymentState::unknown:
      return "unknown";
    case PaymentState::reversed:
      return "reversed";
  }
  std::abort();  // a state that is not one was made by a cast
}

std::optional<PaymentState> payment_state_from_name(std::string_view name) noexcept {
  for (const auto state : all_payment_states) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

bool is_final(PaymentState state) noexcept {
  switch (state) {
    case PaymentState::succeeded:
    case PaymentState::declined:
    case PaymentState::closed:
    case PaymentState::refused:
    case PaymentState::reversed:
      return true;
    case PaymentState::accepted:
    case PaymentState::processing:
    case PaymentState::awaiting_payer:
    case PaymentState::unknown:
      return false;
  }
  std::abort();
}

std::string_view next_action(PaymentState state) noexcept {
  switch (state) {
    case PaymentState::accepted:
    case PaymentState::processing:
    case PaymentState::awaiting_payer:
      return "wait";
    case PaymentState::unknown:
      return "query_after";
    case PaymentState::declined:
    case PaymentState::closed:
      return "retry_same_number";
    case PaymentState::refused:
      return "use_new_number";
    case PaymentState::succeeded:
    case PaymentState::reversed:
      return "none";
  }
  std::abort();
}

std::string_view name_of(CloseState state) noexcept {
  switch (state) {
    case CloseState::none:
      return "none";
    case CloseState::asked:
      return "asked";
    case CloseState::closed:
      return "closed";
    case CloseState::refused:
      return "refused";
  }
  std::abort();
}

std::optional<CloseState> close_state_from_name(std::string_view name) noexcept {
  for (const auto state : {CloseState::none, CloseState::asked, CloseState::closed, CloseState::refused}) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

std::string_view name_of(MethodType method) noexcept {
  switch (method) {
    case MethodType::barcode:
      return "barcode";
    case MethodType::qr:
      return "qr";
  }
  std::abort();
}

std::optional<MethodType> method_type_from_name(std::string_view name) noexcept {
  if (name == "barcode") return MethodType::barcode;
  if (name == "qr") return MethodType::qr;
  return std::nullopt;
}

std::string_view name_of(Field field) noexcept {
  switch (field) {
    case Field::amount:
      return "amount";
    case Field::currency:
      return "currency";
    case Field::method:
      return "method";
    case Field::description:
      return "description";
    case Field::callback_url:
      return "callback_url";
    case Field::expires_at:
      return "expires_at";
    case Field::metadata:
      return "metadata";
  }
  std::abort();
}

}  // namespace acq
