// What identifies a request in the book, kept small and compared. Private to the book's own files.
#pragma once
#include "loadtest/channel_sim/channel_book.hpp"

namespace acq::channel_sim {

template <class Request, class Kept>
void ChannelBook::keep_identity(const Request& request, Kept& record) {
  record.merchant_id = &*merchants_.insert(request.merchant_id).first;
  record.order = &*orders_.try_emplace(request.merchant_order_id).first;
  record.amount = request.amount;
  record.currency = *Currency::parse(request.currency);  // the codec has checked it
  record.reference = next_reference_++;
}

template <class Request, class Kept>
bool ChannelBook::same_identity(const Request& request, const Kept& record) {
  return *record.merchant_id == request.merchant_id && record.order->first == request.merchant_order_id &&
         record.amount == request.amount && record.currency.code() == request.currency;
}

}  // namespace acq::channel_sim
