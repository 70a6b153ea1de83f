// hiredis names, kept inside this folder.
#pragma once
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <memory>

#include "common/redis/reply.hpp"

namespace acq::redis {

/// Copies a reply out of hiredis. Error replies are the caller's business and come out as their text.
Reply copy_reply(const redisReply& reply);

}  // namespace acq::redis
