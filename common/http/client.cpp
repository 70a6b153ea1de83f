// One exchange: a slot of the pool, a connection, one write, one answer within bounds.
#include "common/http/client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/http/characters.hpp"
#include "common/http/client_connect.hpp"
#include "common/http/client_pool.hpp"
#include "common/http/message.hpp"

namespace acq::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::uint32_t answer_head_bytes_max = 16 * 1024;
constexpr int interim_answers_max = 4;

bool is_line_safe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), is_control);
}

void append_header(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  text += value;
  text += "\r\n";
}

std::string host_header(const Url& url) {
  std::string host = url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']';
  const bool usual = url.port == (url.scheme == "https" ? "443" : "80");
  return usual ? host : host + ':' + url.port;
}

/// The whole request as one flat buffer. A header that would end its own line is a defect of the caller.
Result<std::string> request_text(const ClientRequest& request, const Url& url) {
  std::string text;
  text.reserve(256 + request.body.size());
  text += request.method;
  text += ' ';
  text += url.target;
  text += " HTTP/1.1\r\n";
  append_header(text, "Host", host_header(url));
  append_header(text, "Connection", "keep-alive");
  for (const auto& [name, value] : request.headers) {
    if (!is_line_safe(name) || !is_line_safe(value)) return Failure(Errc::internal, "a header with a line end in it");
    append_header(text, name, value);
  }
  if (!request.body.empty()) append_header(text, "Content-Type", request.content_type);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    append_header(text, "Content-Length", std::to_string(request.body.size()));
  }
  text += "\r\n";
  text += request.body;
  return text;
}

using Parser = beast::http::response_parser<beast::http::string_body>;

ClientAnswer take_answer(Parser& parser) {
  auto& message = parser.get();
  ClientAnswer answer;
  answer.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto name = field.name_string();
    answer.headers.emplace_back(std::string(name.data(), name.size()),
                                std::string(field.value().data(), field.value().size()));
  }
  answer.body = std::move(message.body());
  return answer;
}

struct Exchanged {
  Result<ClientAnswer> answer = Failure(Errc::peer_away);
  bool reusable = false;
  bool silent = true;  ///< no byte of an answer came
};

/// Writes `text` and reads one final answer. The caller's watch ends it by closing the socket.
template <class Stream>
asio::awaitable<Exchanged> exchange_over(Stream& stream, const std::string& text, const ClientRequest& request) {
  Exchanged result;
  const auto [write_error, written] = co_await asio::async_write(stream, asio::buffer(text), awaited);
  if (write_error) {
    result.answer = Failure(Errc::peer_away, "send: " + write_error.message());
    co_return result;
  }
  beast::flat_buffer buffer;
  for (int interim = 0; interim <= interim_answers_max; ++interim) {
    Parser parser;
    parser.header_limit(answer_head_bytes_max);
    parser.body_limit(request.answer_bytes_max);
    parser.skip(request.method == "HEAD");
    const auto [error, count] = co_await beast::http::async_read(stream, buffer, parser, awaited);
    result.silent = result.silent && !parser.got_some();
    if (error) {
      result.answer = Failure(Errc::peer_away, "answer: " + error.message());
      co_return result;
    }
    const auto status = parser.get().result_int();
    if (status >= 100 && status < 200 && status != 101) continue;
    // Two lengths in one answer: whoever reads the other one sees another answer (RFC 9112, 6.3).
    if (status == 101 || (parser.chunked() && parser.get().count(beast::http::field::content_length) != 0)) break;
    result.reusable = parser.keep_alive() && buffer.size() == 0;
    result.answer = take_answer(parser);
    co_return result;
  }
  result.answer = Failure(Errc::peer_away, "an answer that cannot be read");
  co_return result;
}

asio::awaitable<Exchanged> exchange_on(asio::io_context& context, ClientConnection& connection, const std::string& text,
                                       const ClientRequest& request, Deadline deadline) {
  const DeadlineWatch watch(context, connection.socket, deadline);
  Exchanged result;
  if (connection.tls != nullptr)
    result = co_await exchange_over(*connection.tls, text, request);
  else
    result = co_await exchange_over(connection.socket, text, request);
  if (watch.passed()) {
    result.reusable = false;
    if (!result.answer) {
      result.answer = Failure(Errc::peer_away, "no answer within " + std::to_string(request.timeout_ms) + " ms");
    }
  }
  co_return result;
}

}  // namespace

std::string_view ClientAnswer::header(std::string_view name) const noexcept {
  for (const auto& [known, value] : headers) {
    if (same_header(known, name)) return value;
  }
  return {};
}

struct Client::State {
  State(asio::io_context& c, ClientOptions o)
      : context(c),
        options(std::move(o)),
        tls(make_tls_context(options.ca_file)),
        pool(std::make_shared<ClientPool>(context, options)) {}
  asio::io_context& context;
  ClientOptions options;
  asio::ssl::context tls;
  std::shared_ptr<ClientPool> pool;

  static asio::awaitable<Result<ClientAnswer>> send(std::shared_ptr<State> state, ClientRequest request);
};

asio::awaitable<Result<ClientAnswer>> Client::State::send(std::shared_ptr<State> state, ClientRequest request) {
  const auto url = parse_url(request.url);
  if (!url) co_return url.error();
  const auto text = request_text(request, *url);
  if (!text) co_return text.error();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(request.timeout_ms);

  auto slot = co_await state->pool->acquire(url->scheme + "://" + url->host + ' ' + url->port, deadline);
  if (!slot.granted()) co_return Failure(Errc::peer_away, "no free connection to " + url->host + " in time");
  // Only a GET is repeated, and only once, when a kept connection turns out closed: a POST may have been executed.
  bool may_repeat = slot.connection != nullptr && request.method == "GET";
  while (true) {
    if (slot.connection == nullptr) {
      auto opened = co_await open_connection(state->context, state->tls, *url, state->options.addresses, deadline);
      if (!opened) co_return opened.error();
      slot.connection = std::move(*opened);
    }
    auto result = co_await exchange_on(state->context, *slot.connection, *text, request, deadline);
    if (!result.answer && result.silent && may_repeat && std::chrono::steady_clock::now() < deadline) {
      may_repeat = false;
      slot.connection.reset();
      continue;
    }
    slot.reusable = result.reusable;
    co_return std::move(result.answer);
  }
}

Client::Client(asio::io_context& context, ClientOptions options)
    : state_(std::make_shared<State>(context, std::move(options))) {}
Client::~Client() {
  close_idle();
}

asio::awaitable<Result<ClientAnswer>> Client::send(ClientRequest request) {
  return State::send(state_, std::move(request));
}

void Client::close_idle() {
  state_->pool->close_idle();
}

Result<ClientAnswer> send_blocking(const ClientRequest& request, const ClientOptions& options) {
  asio::io_context context(1);
  Client client(context, options);
  Result<ClientAnswer> answer = Failure(Errc::peer_away, "no answer");
  std::exception_ptr failure;
  asio::co_spawn(context, client.send(request), [&](std::exception_ptr thrown, Result<ClientAnswer> got) {
    failure = std::move(thrown);
    answer = std::move(got);
    context.stop();
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return answer;
}

}  // namespace acq::http
