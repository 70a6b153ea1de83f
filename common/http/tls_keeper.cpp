// The pair of certificate and key, kept current while the server runs.
#include <sys/stat.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "common/error/result.hpp"
#include "common/http/tls.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"

namespace acq::http {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::seconds look_every{1};
constexpr std::int64_t renew_tickets_ms = 12LL * 3600 * 1000;

/// What tells one version of a file from another; all zero when it is not there.
using FileStamp = std::array<std::int64_t, 6>;

FileStamp stamp_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return {};
  // The time of its last change of status too: a key that could not be read may be given to us afterwards.
  return {static_cast<std::int64_t>(facts.st_ino),
          facts.st_size,
          facts.st_mtim.tv_sec,
          facts.st_mtim.tv_nsec,
          facts.st_ctim.tv_sec,
          facts.st_ctim.tv_nsec};
}

runtime::Counter reloads(const char* result) {
  return runtime::counter("acq_tls_reloads_total", "Certificates loaded after the start, by result",
                          {{"result", result}});
}

}  // namespace

struct TlsKeeper::State : std::enable_shared_from_this<State> {
  State(asio::io_context& c, TlsFiles f, Publish p)
      : context(c), files(std::move(f)), publish(std::move(p)), timer(c), stamps(stamps_now()) {
    auto pair = load_tls(files);
    first = std::move(pair.context);
    loaded(pair.expires_at_s);
  }

  asio::io_context& context;
  TlsFiles files;
  Publish publish;
  asio::steady_timer timer;
  /// Read before the files are: a change while they are read is seen at the next look.
  std::array<FileStamp, 2> stamps;
  TlsContext first;
  std::int64_t loaded_at_ms = 0;
  runtime::Counter taken = reloads("taken");
  runtime::Counter refused = reloads("refused");
  runtime::Gauge expiry = runtime::gauge("acq_tls_certificate_expiry_timestamp_seconds",
                                         "When the certificate in use ends, in seconds since 1970");

  std::array<FileStamp, 2> stamps_now() const { return {stamp_of(files.certificate_file), stamp_of(files.key_file)}; }

  void loaded(std::int64_t expires_at_s) {
    loaded_at_ms = runtime::steady_ms();
    expiry.set(static_cast<double>(expires_at_s));
  }

  void load(const char* because) {
    stamps = stamps_now();
    try {
      auto pair = load_tls(files);
      loaded(pair.expires_at_s);
      publish(std::move(pair.context));
      taken.add();
      runtime::log_info("tls_certificate_loaded", {{"because", because}, {"expires_at", pair.expires_at_s}});
    } catch (const StartError& error) {
      loaded_at_ms = runtime::steady_ms();
      refused.add();
      runtime::log_error("tls_certificate_refused", {{"because", because}, {"detail", error.what()}});
    }
  }

  void look() {
    timer.expires_after(look_every);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error) return;
      if (self->stamps != self->stamps_now()) {
        self->load("the files changed");
      } else if (runtime::steady_ms() - self->loaded_at_ms >= renew_tickets_ms) {
        self->load("ticket keys are renewed");
      }
      self->look();
    });
  }
};

TlsKeeper::TlsKeeper(asio::io_context& context, TlsFiles files, Publish publish)
    : state_(std::make_shared<State>(context, std::move(files), std::move(publish))) {}

TlsKeeper::~TlsKeeper() {
  state_->timer.cancel();
}

TlsContext TlsKeeper::first() const noexcept {
  return state_->first;
}
void TlsKeeper::start() {
  state_->look();
}
void TlsKeeper::reload() {
  asio::post(state_->context, [state = state_] { state->load("asked to"); });
}

}  // namespace acq::http
