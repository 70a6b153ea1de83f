// The variables of .local/env: the one place where acq-load learns where a run lives and who the merchant is.
#pragma once
#include <string>

#include "common/crypto/secret.hpp"

namespace acq::load {

/// Empty where a variable is not set. URLs have no slash at their end.
struct Environment {
  std::string gateway_url;        ///< ACQ_URL
  std::string key_id;             ///< ACQ_KEY_ID
  crypto::Secret key;             ///< ACQ_KEY_SECRET, decoded
  std::string operator_url;       ///< ACQ_OPERATOR_URL
  crypto::Secret operator_token;  ///< from ACQ_OPERATOR_TOKEN_FILE
  std::string channel_url;        ///< ACQ_CHANNEL_URL: the simulator
  std::string callback_url;       ///< ACQ_CALLBACK_URL, or its /callbacks when only the receiver's origin was given
  std::string receiver_url;       ///< the origin of callback_url: where /received is asked
  crypto::Secret webhook_key;     ///< ACQ_WEBHOOK_SECRET or the file ACQ_WEBHOOK_SECRET_FILE, decoded
  std::string ca_file;            ///< ACQ_CA_FILE

  bool has_operator() const { return !operator_url.empty() && !operator_token.empty(); }
};

/// StartError (2) for a variable that is set and wrong; never prints a secret's value.
Environment read_environment();
/// StartError (2) naming what is missing of ACQ_URL, ACQ_KEY_ID, ACQ_KEY_SECRET.
void need_merchant(const Environment& environment);
/// The same of ACQ_OPERATOR_URL, ACQ_OPERATOR_TOKEN_FILE, ACQ_CHANNEL_URL: what an audit asks.
void need_audit(const Environment& environment);

/// The decoded webhook secret of a file that holds "whsec_…". StartError (2).
crypto::Secret read_webhook_secret_file(const std::string& path);

}  // namespace acq::load
