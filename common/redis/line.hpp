// The wire below Connection: hiredis' asynchronous context driven by an Asio descriptor that we watch but do not own.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/redis/handles.hpp"

namespace acq::redis {

/// One attempt to be connected. Made by open(), dead after `lost` was called; then a new one is made.
class Line : public std::enable_shared_from_this<Line> {
 public:
  struct Events {
    std::function<void()> connected;
    std::function<void()> lost;  ///< once, for a failed connect too; all commands have been answered with null before
  };

  Line(boost::asio::io_context& context, Events events);
  ~Line();
  /// False when the socket cannot even be opened: `lost` is not called then.
  bool open(const std::string& socket);
  /// Ends it: pending commands get null, then `lost` is called.
  void close();
  bool send(const std::vector<std::string>& args, redisCallbackFn* callback, void* data);

 private:
  static void add_read(void* self);
  static void del_read(void* self);
  static void add_write(void* self);
  static void del_write(void* self);
  static void cleanup(void* self);
  static void on_connect(const redisAsyncContext* context, int status);
  void arm_read();
  void arm_write();
  void post_write();

  boost::asio::io_context& context_;
  Events events_;
  boost::asio::posix::stream_descriptor descriptor_;
  redisAsyncContext* redis_ = nullptr;
  bool established_ = false;
  bool wants_read_ = false;
  bool read_armed_ = false;
  bool wants_write_ = false;
  bool write_armed_ = false;
  bool writing_ = false;  ///< inside redisAsyncHandleWrite: a further wish to write means that the socket is full
  std::vector<const char*> argv_;
  std::vector<std::size_t> lengths_;
};

}  // namespace acq::redis
