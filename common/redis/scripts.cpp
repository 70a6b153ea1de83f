#include "common/redis/scripts.hpp"

namespace acq::redis {
namespace {

namespace asio = boost::asio;

constexpr Script reserve_script{R"lua(
local known = redis.call('GET', KEYS[1])
if known then return known end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return false)lua"};

constexpr Script compare_and_set_script{R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1)lua"};

constexpr Script compare_and_delete_script{R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1]))lua"};

// What is there but cannot be read is replaced. Lua's numbers are exact up to 2^53, which no epoch reaches.
constexpr Script set_state_if_newer_script{R"lua(
local known = redis.call('GET', KEYS[1])
if known then
  local epoch, sequence = string.match(known, '^(%d+)|(%d+)|')
  local new_epoch, new_sequence = string.match(ARGV[1], '^(%d+)|(%d+)|')
  if epoch and new_epoch then
    epoch, sequence = tonumber(epoch), tonumber(sequence)
    new_epoch, new_sequence = tonumber(new_epoch), tonumber(new_sequence)
    if new_epoch < epoch or (new_epoch == epoch and new_sequence <= sequence) then return 0 end
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1)lua"};

Result<bool> as_flag(const Result<Reply>& reply) {
  if (!reply) return reply.error();
  const auto* number = reply->integer();
  return number != nullptr && *number == 1;
}

}  // namespace

asio::awaitable<Result<std::optional<std::string>>> reserve(Connection& connection, std::string key, std::string value,
                                                            std::int64_t ttl_s) {
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(value), std::to_string(ttl_s)};
  auto reply = co_await connection.eval(reserve_script, std::move(keys), std::move(args));
  if (!reply) co_return reply.error();
  if (auto* text = reply->text()) co_return std::optional<std::string>(std::move(*text));
  co_return std::optional<std::string>();
}

asio::awaitable<Result<bool>> compare_and_set(Connection& connection, std::string key, std::string expected,
                                              std::string value, std::int64_t ttl_s) {
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(expected), std::move(value), std::to_string(ttl_s)};
  const auto reply = co_await connection.eval(compare_and_set_script, std::move(keys), std::move(args));
  co_return as_flag(reply);
}

void compare_and_set_and_forget(Connection& connection, std::string key, std::string expected, std::string value,
                                std::int64_t ttl_s) {
  connection.eval_and_forget(compare_and_set_script, {std::move(key)},
                             {std::move(expected), std::move(value), std::to_string(ttl_s)});
}

asio::awaitable<Result<bool>> compare_and_delete(Connection& connection, std::string key, std::string expected) {
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(expected)};
  const auto reply = co_await connection.eval(compare_and_delete_script, std::move(keys), std::move(args));
  co_return as_flag(reply);
}

asio::awaitable<Result<bool>> set_state_if_newer(Connection& connection, std::string key, std::string value,
                                                 std::int64_t ttl_s, Told told) {
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(value), std::to_string(ttl_s), std::move(told.channel),
                                std::move(told.message)};
  const auto reply = co_await connection.eval(set_state_if_newer_script, std::move(keys), std::move(args));
  co_return as_flag(reply);
}

}  // namespace acq::redis
