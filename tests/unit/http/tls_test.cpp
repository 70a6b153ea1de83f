// The server over TLS: what is spoken and what is not, and a certificate that changes while requests run.
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "common/http/server.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/files.hpp"

using namespace acq;
using namespace acq::http;
using acq::test::write_certificate;
namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

asio::awaitable<Response> echo(const Request& request) {
  Response response;
  response.body = std::string(request.method) + ' ' + std::string(request.target) + ' ' + std::string(request.body);
  co_return response;
}
Response error_answer(Errc code, std::string_view) {
  return {.status = http_status(code), .body = std::string(name_of(code))};
}

/// What a client insists on, and what it got.
struct Caller {
  int version_min = TLS1_2_VERSION;
  int version_max = TLS1_3_VERSION;
  std::string ciphers{};
  std::string protocols{};  ///< as ALPN sends them
  SSL_SESSION* resume = nullptr;
  std::string bytes = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
};
struct Seen {
  bool handshake = false;
  std::string answer;
  std::string protocol;
  std::string subject;
  bool resumed = false;
  std::shared_ptr<SSL_SESSION> session;
};

ServerOptions options_of(TlsContext tls, std::uint32_t header_timeout_ms = limits::header_timeout_ms) {
  ServerOptions options;
  options.tls = std::move(tls);
  options.header_timeout_ms = header_timeout_ms;
  return options;
}

struct Bench {
  explicit Bench(std::uint32_t header_timeout_ms = limits::header_timeout_ms)
      : folder("/tmp/acq-tls-" + test::random_name()),
        files(write_certificate(folder.path(), "first")),
        keeper(context, files, [this](TlsContext next) { server.use_tls(std::move(next)); }),
        server(context, options_of(keeper.first(), header_timeout_ms), echo, error_answer) {}

  test::Folder folder;
  TlsFiles files;
  asio::io_context context{1};
  TlsKeeper keeper;
  Server server;

  void run(std::function<asio::awaitable<void>()> test) {
    std::exception_ptr failure = std::make_exception_ptr(std::runtime_error("it did not end in time"));
    asio::co_spawn(context, std::move(test), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      context.stop();
    });
    context.run_for(20s);
    if (failure) std::rethrow_exception(failure);
  }
  asio::awaitable<void> pause_for(std::chrono::milliseconds time) {
    asio::steady_timer timer(context, time);
    co_await timer.async_wait(asio::use_awaitable);
  }
  asio::awaitable<tcp::socket> connect() {
    tcp::socket socket(context);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), server.port()}, asio::use_awaitable);
    co_return socket;
  }
  asio::awaitable<Seen> call(Caller caller) {
    ssl::context client(ssl::context::tls_client);
    auto* native = client.native_handle();
    ::SSL_CTX_set_security_level(native, 0);  // the refusal must be the server's
    ::SSL_CTX_set_min_proto_version(native, caller.version_min);
    ::SSL_CTX_set_max_proto_version(native, caller.version_max);
    if (!caller.ciphers.empty()) ::SSL_CTX_set_cipher_list(native, caller.ciphers.c_str());
    if (!caller.protocols.empty()) {
      ::SSL_CTX_set_alpn_protos(native, reinterpret_cast<const unsigned char*>(caller.protocols.data()),
                                static_cast<unsigned>(caller.protocols.size()));
    }
    tcp::socket socket = co_await connect();
    ssl::stream<tcp::socket&> stream(socket, client);
    if (caller.resume != nullptr) ::SSL_set_session(stream.native_handle(), caller.resume);
    Seen seen;
    const auto [failed] = co_await stream.async_handshake(ssl::stream_base::client, awaited);
    seen.handshake = !failed;
    if (failed) co_return seen;
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    ::SSL_get0_alpn_selected(stream.native_handle(), &protocol, &length);
    seen.protocol.assign(reinterpret_cast<const char*>(protocol), length);
    seen.resumed = ::SSL_session_reused(stream.native_handle()) == 1;
    if (const std::unique_ptr<X509, decltype(&::X509_free)> peer(::SSL_get1_peer_certificate(stream.native_handle()),
                                                                 ::X509_free);
        peer) {
      char name[128] = {};
      ::X509_NAME_get_text_by_NID(::X509_get_subject_name(peer.get()), NID_commonName, name, sizeof name);
      seen.subject = name;
    }
    co_await asio::async_write(stream, asio::buffer(caller.bytes), awaited);
    co_await asio::async_read(stream, asio::dynamic_buffer(seen.answer), awaited);
    co_await stream.async_shutdown(awaited);  // a session that was cut off is never resumed
    seen.session = std::shared_ptr<SSL_SESSION>(::SSL_get1_session(stream.native_handle()), ::SSL_SESSION_free);
    co_return seen;
  }
  asio::awaitable<std::string> talk_plainly(std::string bytes) {
    tcp::socket socket = co_await connect();
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
    std::string answer;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer), awaited);
    co_return answer;
  }
  asio::awaitable<std::string> subject_served() {
    Caller caller;
    const auto seen = co_await call(caller);
    co_return seen.subject;
  }
  /// New connections get the certificate with this name, within a time.
  asio::awaitable<bool> comes_to_serve(std::string name) {
    for (const auto end = runtime::steady_ms() + 5'000; runtime::steady_ms() < end;) {
      const auto now = co_await subject_served();
      if (now == name) co_return true;
      co_await pause_for(20ms);
    }
    co_return false;
  }
  void replace_by(const TlsFiles& other) {
    std::filesystem::rename(other.certificate_file, files.certificate_file);
    std::filesystem::rename(other.key_file, files.key_file);
  }
};

std::string with_length(std::string_view protocol) {
  return static_cast<char>(protocol.size()) + std::string(protocol);
}

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are spoken, 1.1 and ciphers without forward secrecy are not") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    const auto spoken = [&](int version, std::string ciphers = {}) -> asio::awaitable<Seen> {
      Caller caller;
      caller.version_min = caller.version_max = version;
      caller.ciphers = std::move(ciphers);
      return bench.call(std::move(caller));
    };
    const auto newest = co_await spoken(TLS1_3_VERSION);
    CHECK_THAT(newest.answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n") && Catch::EndsWith("GET /a "));
    const auto older = co_await spoken(TLS1_2_VERSION);
    CHECK_THAT(older.answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
    const auto old = co_await spoken(TLS1_1_VERSION, "ALL");
    CHECK_FALSE(old.handshake);
    const auto oldest = co_await spoken(TLS1_VERSION, "ALL");
    CHECK_FALSE(oldest.handshake);
    const auto no_aead = co_await spoken(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA");
    CHECK_FALSE(no_aead.handshake);
    const auto aead = co_await spoken(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256");
    CHECK(aead.handshake);
  });
}

TEST_CASE("ALPN chooses http/1.1, and nothing else is agreed on") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    Caller both;
    both.protocols = with_length("h2") + with_length("http/1.1");
    const auto chosen = co_await bench.call(both);
    CHECK(chosen.protocol == "http/1.1");
    Caller only_h2;
    only_h2.protocols = with_length("h2");
    const auto refused = co_await bench.call(only_h2);
    CHECK_FALSE(refused.handshake);
    Caller silent;
    const auto none = co_await bench.call(silent);
    CHECK((none.handshake && none.protocol.empty()));
  });
}

TEST_CASE("a session is resumed by ticket, and after a new certificate is made anew") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      INFO(version);
      Caller caller;
      caller.version_min = caller.version_max = version;
      const auto first = co_await bench.call(caller);
      caller.resume = first.session.get();
      const auto second = co_await bench.call(caller);
      CHECK((!first.resumed && second.resumed));
      CHECK_THAT(second.answer, Catch::EndsWith("GET /a "));
      bench.server.use_tls(load_tls(bench.files).context);
      caller.resume = second.session.get();
      const auto third = co_await bench.call(caller);
      CHECK((third.handshake && !third.resumed));
      CHECK_THAT(third.answer, Catch::EndsWith("GET /a "));
    }
  });
}

TEST_CASE("pipelined requests and bodies go over TLS as they do without") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    Caller caller;
    const std::string body(16'000, 'b');
    caller.bytes = "POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: 16000\r\n\r\n" + body + caller.bytes;
    const auto seen = co_await bench.call(caller);
    CHECK_THAT(seen.answer, Catch::Contains("POST /one bbb") && Catch::EndsWith("GET /a "));
    Caller bad;
    bad.bytes = "GET /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + bad.bytes;
    const auto refused = co_await bench.call(bad);
    CHECK_THAT(refused.answer, Catch::StartsWith("HTTP/1.1 400 ") && !Catch::Contains("GET /a"));
  });
}

TEST_CASE("plain HTTP on a TLS port is told so, and a handshake that does not go on is cut") {
  Bench bench(200);
  bench.run([&]() -> asio::awaitable<void> {
    const auto plain = co_await bench.talk_plainly("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(plain, Catch::StartsWith("HTTP/1.1 400 ") && Catch::EndsWith("bad_framing"));
    CHECK_THAT(plain, Catch::Contains("Connection: close"));
    const auto began_ms = runtime::steady_ms();
    const auto cut = co_await bench.talk_plainly("\x16\x03\x01");
    CHECK(cut.empty());
    CHECK(runtime::steady_ms() - began_ms < 5'000);
    const auto garbage = co_await bench.talk_plainly("\x16\x03\x01\x00\x05hello");
    CHECK_THAT(garbage, !Catch::Contains("HTTP/1.1"));
    Caller caller;
    const auto whole = co_await bench.call(caller);
    CHECK(whole.handshake);
    CHECK(bench.server.in_flight() == 0);
  });
}

TEST_CASE("a changed certificate is taken while requests run, and none of them fails") {
  Bench bench;
  bench.keeper.start();
  bool done = false;
  int answered = 0;
  int failed = 0;
  const auto load = [&]() -> asio::awaitable<void> {
    Caller caller;
    while (!done) {
      const auto seen = co_await bench.call(caller);
      ++(seen.answer.ends_with("GET /a ") ? answered : failed);
    }
  };
  bench.run([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 4; ++i) asio::co_spawn(bench.context, load(), asio::detached);
    bench.replace_by(write_certificate(bench.folder.path(), "second"));
    const bool second = co_await bench.comes_to_serve("second");
    CHECK(second);
    bench.replace_by(write_certificate(bench.folder.path(), "third"));
    bench.keeper.reload();
    const bool third = co_await bench.comes_to_serve("third");
    CHECK(third);
    done = true;
    co_await bench.pause_for(100ms);
  });
  CHECK(failed == 0);
  CHECK(answered > 10);
}

TEST_CASE("a pair that cannot be used is refused, counted, and the one before it stays") {
  Bench bench;
  const auto refusals = [] {
    const auto text = runtime::metrics_text();
    const std::string series = "acq_tls_reloads_total{result=\"refused\"} ";
    const auto at = text.find(series);
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + series.size()));
  };
  bench.run([&]() -> asio::awaitable<void> {
    const auto before = refusals();
    const auto stays = [&](const char* why, double times) -> asio::awaitable<void> {
      bench.keeper.reload();
      co_await bench.pause_for(10ms);
      const auto subject = co_await bench.subject_served();
      INFO(why);
      CHECK(subject == "first");
      CHECK(refusals() == before + times);
    };
    const auto other = write_certificate(bench.folder.path(), "other");
    std::filesystem::rename(other.key_file, bench.files.key_file);
    co_await stays("a key of another certificate", 1);
    test::write_file(bench.files.key_file, "no key");
    co_await stays("no key", 2);
    std::filesystem::remove(bench.files.key_file);
    co_await stays("no file", 3);
    bench.replace_by(write_certificate(bench.folder.path(), "expired", -1));
    co_await stays("expired", 4);
    bench.replace_by(write_certificate(bench.folder.path(), "good"));
    bench.keeper.reload();
    const bool good = co_await bench.comes_to_serve("good");
    CHECK(good);
  });
}

TEST_CASE("a pair that cannot be used does not let the server start") {
  const test::Folder folder("/tmp/acq-tls-" + test::random_name());
  const auto good = write_certificate(folder.path(), "good");
  CHECK(load_tls(good).expires_at_s > runtime::unix_ms() / 1000);
  const auto expired = write_certificate(folder.path(), "expired", -1);
  for (const auto& [files, says] :
       {std::pair{TlsFiles{good.certificate_file, expired.key_file}, "no key of that certificate"},
        std::pair{TlsFiles{folder / "none.crt", good.key_file}, "no certificate"}, std::pair{expired, "has expired"}}) {
    try {
      load_tls(files);
      FAIL("taken: " << says);
    } catch (const StartError& error) {
      CHECK(error.exit_code == 2);
      CHECK_THAT(error.what(), Catch::Contains(says));
    }
  }
}
