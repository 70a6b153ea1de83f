#include "common/redis/reply.hpp"

#include "common/redis/handles.hpp"

namespace acq::redis {

Reply copy_reply(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return Reply{static_cast<std::int64_t>(reply.integer)};
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      return Reply{std::string(reply.str, reply.len)};
    case REDIS_REPLY_ARRAY: {
      Reply::Array elements;
      elements.reserve(reply.elements);
      for (std::size_t i = 0; i < reply.elements; ++i) elements.push_back(copy_reply(*reply.element[i]));
      return Reply{std::move(elements)};
    }
    default:
      return Reply{};
  }
}

}  // namespace acq::redis
