// hiredis frees its context from inside its own calls, so each of ours looks again whether it is still there.
#include "common/redis/line.hpp"

#include <boost/asio/post.hpp>

namespace acq::redis {

Line::Line(boost::asio::io_context& context, Events events)
    : context_(context), events_(std::move(events)), descriptor_(context) {}

Line::~Line() {
  events_ = {};
  close();
}

bool Line::open(const std::string& socket) {
  redisAsyncContext* made = redisAsyncConnectUnix(socket.c_str());
  if (made == nullptr) return false;
  if (made->err != 0) {
    redisAsyncFree(made);
    return false;
  }
  redis_ = made;
  redis_->data = this;
  redis_->ev.data = this;
  redis_->ev.addRead = &Line::add_read;
  redis_->ev.delRead = &Line::del_read;
  redis_->ev.addWrite = &Line::add_write;
  redis_->ev.delWrite = &Line::del_write;
  redis_->ev.cleanup = &Line::cleanup;
  descriptor_.assign(redis_->c.fd);
  redisAsyncSetConnectCallback(redis_, &Line::on_connect);  // asks for a write event, by which connecting ends
  return true;
}

void Line::close() {
  if (redis_ != nullptr) redisAsyncFree(redis_);
}

bool Line::send(const std::vector<std::string>& args, redisCallbackFn* callback, void* data) {
  if (redis_ == nullptr) return false;
  argv_.clear();
  lengths_.clear();
  for (const auto& arg : args) {
    argv_.push_back(arg.data());
    lengths_.push_back(arg.size());
  }
  return redisAsyncCommandArgv(redis_, callback, data, static_cast<int>(args.size()), argv_.data(), lengths_.data()) ==
         REDIS_OK;
}

void Line::on_connect(const redisAsyncContext* context, int status) {
  auto& self = *static_cast<Line*>(context->data);
  if (status != REDIS_OK) return;  // cleanup follows
  self.established_ = true;
  if (self.events_.connected) self.events_.connected();
}

void Line::add_read(void* data) {
  auto& self = *static_cast<Line*>(data);
  self.wants_read_ = true;
  self.arm_read();
}

void Line::del_read(void* data) {
  static_cast<Line*>(data)->wants_read_ = false;
}

void Line::add_write(void* data) {
  auto& self = *static_cast<Line*>(data);
  self.wants_write_ = true;
  // Connecting and a full socket need the reactor; otherwise everything that this turn of the loop sends is written by
  // one call at its end, without asking epoll.
  if (!self.established_ || self.writing_) {
    self.arm_write();
  } else {
    self.post_write();
  }
}

void Line::del_write(void* data) {
  static_cast<Line*>(data)->wants_write_ = false;
}

void Line::cleanup(void* data) {
  // hiredis closes the descriptor after this; ours must have let go of the number before somebody else gets it.
  auto self = static_cast<Line*>(data)->weak_from_this().lock();
  auto& line = *static_cast<Line*>(data);
  line.descriptor_.release();
  line.redis_ = nullptr;
  if (line.events_.lost) line.events_.lost();
}

void Line::arm_read() {
  if (read_armed_) return;
  read_armed_ = true;
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [weak = weak_from_this()](const boost::system::error_code& error) {
                           const auto self = weak.lock();
                           if (!self) return;
                           self->read_armed_ = false;
                           if (error || self->redis_ == nullptr || !self->wants_read_) return;
                           redisAsyncHandleRead(self->redis_);  // asks for the next read itself
                         });
}

void Line::arm_write() {
  if (write_armed_) return;
  write_armed_ = true;
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                         [weak = weak_from_this()](const boost::system::error_code& error) {
                           const auto self = weak.lock();
                           if (!self) return;
                           self->write_armed_ = false;
                           if (error || self->redis_ == nullptr || !self->wants_write_) return;
                           self->writing_ = true;
                           redisAsyncHandleWrite(self->redis_);
                           self->writing_ = false;
                         });
}

void Line::post_write() {
  if (write_armed_) return;
  write_armed_ = true;
  boost::asio::post(context_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->write_armed_ = false;
    if (self->redis_ == nullptr || !self->wants_write_) return;
    self->writing_ = true;
    redisAsyncHandleWrite(self->redis_);
    self->writing_ = false;
  });
}

}  // namespace acq::redis
