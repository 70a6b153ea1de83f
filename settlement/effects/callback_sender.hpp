// Tells a merchant the newest state of a payment: Standard Webhooks, stamped and signed anew at each try.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "common/domain/outcomes.hpp"
#include "common/http/client.hpp"
#include "settlement/effects/secret_store.hpp"

namespace acq::settlement {

class CallbackSender {
 public:
  /// `client` checks addresses: callback URLs are the merchant's words.
  CallbackSender(http::Client& client, const SecretStore& secrets) : client_(client), secrets_(secrets) {}
  /// Never fails: anything but 2xx is `failed` and tried again.
  boost::asio::awaitable<CallbackAnswer> tell(Payment payment);

 private:
  http::Client& client_;
  const SecretStore& secrets_;
};

}  // namespace acq::settlement
