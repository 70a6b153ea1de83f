// The server's side of TLS: what we speak, and a certificate that is replaced while we serve. OpenSSL stays in tls.cpp.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
}  // namespace boost::asio

namespace acq::http {

/// Shared by all cores: OpenSSL counts its references, and the connections made under it keep it alive.
using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

struct TlsFiles {
  std::string certificate_file;  ///< PEM: ours first, then what leads to the authority
  std::string key_file;          ///< PEM, without a passphrase
};

struct TlsPair {
  TlsContext context;
  std::int64_t expires_at_s = 0;
};

/// TLS 1.2 and 1.3 with forward secrecy only, no renegotiation, no compression, no early data; ALPN http/1.1;
/// resumption by ticket for an hour, never across two contexts. StartError (2) with a sentence: a file cannot be read,
/// the two do not belong together, the certificate has expired.
TlsPair load_tls(const TlsFiles& files);

/// Keeps a pair current: looks at the files once a second, makes a new context when they change, when it is told to,
/// and twice a day (so that ticket keys do not live for ever). A pair that cannot be used is logged and counted, and
/// the one before it stays.
class TlsKeeper {
 public:
  using Publish = std::function<void(TlsContext)>;

  /// Loads the pair: StartError (2). `publish` is called on `context` with each later one.
  TlsKeeper(boost::asio::io_context& context, TlsFiles files, Publish publish);
  ~TlsKeeper();  ///< when `context` no longer runs
  TlsContext first() const noexcept;
  /// Begins to look at the files; once.
  void start();
  /// Loads the files again now, changed or not. Any thread.
  void reload();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace acq::http
