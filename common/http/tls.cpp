// What we speak: one SSL_CTX, set up once and read by all cores.
#include "common/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>
#include <ctime>

#include "common/error/result.hpp"

namespace acq::http {
namespace {

namespace ssl = boost::asio::ssl;

/// TLS 1.2: ephemeral keys and authenticated ciphers only. TLS 1.3's own three need no list.
constexpr auto ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr auto groups = "X25519:P-256:P-384";
constexpr long resumable_s = 3600;
constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// Who offers protocols but not ours would be misunderstood: the handshake ends (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  unsigned char* found = nullptr;
  const int picked = ::SSL_select_next_proto(&found, length, http_1_1, sizeof http_1_1, offered, offered_length);
  if (picked != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

[[noreturn]] void throw_unusable(const std::string& file, const std::string& why, const std::string& mend) {
  throw StartError(2, "\"" + file + "\" " + why + ": " + mend);
}

std::int64_t expiry_of(SSL_CTX* context) {
  std::tm utc{};
  const X509* certificate = ::SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || ::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &utc) != 1) return 0;
  return ::timegm(&utc);
}

void set_up(SSL_CTX* context) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);          // an idle connection keeps no record buffers
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // a ticket is kept by the client
  ::SSL_CTX_set_num_tickets(context, 1);
  ::SSL_CTX_set_timeout(context, resumable_s);
  constexpr unsigned char session_context[] = {'a', 'c', 'q'};
  ::SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
  ::SSL_CTX_set_max_early_data(context, 0);  // early data can be replayed
  ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (::SSL_CTX_set_cipher_list(context, ciphers) != 1 || ::SSL_CTX_set1_groups_list(context, groups) != 1) {
    throw StartError(3, "OpenSSL does not know our ciphers or groups: it must be 3.0 or newer.");
  }
}

}  // namespace

TlsPair load_tls(const TlsFiles& files) {
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  set_up(made->native_handle());
  boost::system::error_code error;
  made->use_certificate_chain_file(files.certificate_file, error);
  if (error) {
    throw_unusable(files.certificate_file, "holds no certificate that can be used (" + error.message() + ")",
                   "tls.certificate_file wants PEM, our certificate first.");
  }
  made->use_private_key_file(files.key_file, ssl::context::pem, error);
  if (error) {
    ::ERR_clear_error();
    throw_unusable(
        files.key_file, "holds no key of that certificate (" + error.message() + ")",
        "tls.key_file wants the PEM key, without a passphrase, that belongs to " + files.certificate_file + ".");
  }
  const auto expires_at_s = expiry_of(made->native_handle());
  if (expires_at_s <= std::time(nullptr)) {
    throw_unusable(files.certificate_file, "has expired", "put a renewed certificate and its key there.");
  }
  return {std::move(made), expires_at_s};
}

}  // namespace acq::http
