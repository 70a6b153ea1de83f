// How far the next request has arrived, decided from the bytes alone: no socket here, so it is tested without one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/http/framing.hpp"
#include "common/http/message.hpp"

namespace acq::http {

enum class ReadStep : std::uint8_t {
  need_more,
  head_complete,  ///< once, when asked for: the head passed the gate; advance() again to go on
  say_continue,   ///< once: the client waits for "100 Continue" before it sends the body
  ready,          ///< `request` is filled; bytes from consumed() on belong to the next request
  refused,        ///< answer with refusal() and close
};

/// One request. Call advance() with all bytes received since its beginning whenever there are more.
class RequestReader {
 public:
  /// `stop_at_head`: advance() says head_complete before it looks for the body.
  explicit RequestReader(std::size_t body_bytes_max, bool stop_at_head = false) noexcept
      : body_bytes_max_(body_bytes_max), stop_at_head_(stop_at_head) {}

  ReadStep advance(std::string_view bytes, Request& request);
  Errc refusal() const noexcept { return refusal_; }
  bool head_complete() const noexcept { return head_bytes_ != 0; }
  std::size_t head_bytes() const noexcept { return head_bytes_; }
  /// The client may wait for "100 Continue": nobody knows whether the body of a refused request will come.
  bool awaits_continue() const noexcept { return framing_.expects_continue && !continue_said_; }
  bool keep_alive() const noexcept { return framing_.keep_alive; }
  std::size_t consumed() const noexcept { return head_bytes_ + framing_.content_length; }
  /// Bytes that the buffer must be able to hold for advance() to come further.
  std::size_t wanted() const noexcept;

 private:
  ReadStep refuse(Errc why) noexcept;

  std::size_t body_bytes_max_;
  bool stop_at_head_;
  std::size_t scanned_ = 0;
  std::size_t head_bytes_ = 0;
  Framing framing_;
  bool continue_said_ = false;
  Errc refusal_ = Errc::bad_framing;
};

}  // namespace acq::http
