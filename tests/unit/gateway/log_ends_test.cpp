// The log's end: one question for many askers, never one that began before an asker came, and an end to waiting.
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <vector>

#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "gateway/log_ends.hpp"

namespace {
namespace asio = boost::asio;
using namespace acq;
using namespace acq::gateway;

asio::awaitable<void> ask_once(LogEnds& ends, std::int32_t partition, std::vector<std::int64_t>& answers) {
  const auto answer = co_await ends.ask(partition);
  answers.push_back(answer ? *answer : -1);
}
}  // namespace

TEST_CASE("log ends: who comes while a question is under way is answered by the next one") {
  std::promise<void> first_asked;
  std::promise<void> let_go;
  std::atomic<int> questions{0};
  LogEnds ends([&](std::int32_t) -> Result<std::int64_t> {
    const int number = ++questions;
    if (number == 1) {
      first_asked.set_value();
      let_go.get_future().wait();
    }
    return number * 100;
  });
  std::vector<std::int64_t> answers;
  asio::io_context io(1);
  asio::co_spawn(io, ask_once(ends, 0, answers), asio::detached);
  io.poll();
  first_asked.get_future().wait();
  for (int i = 0; i < 50; ++i) asio::co_spawn(io, ask_once(ends, 0, answers), asio::detached);
  io.poll();
  CHECK(answers.empty());
  let_go.set_value();
  io.restart();
  io.run();
  REQUIRE(answers.size() == 51);
  CHECK(answers.front() == 100);
  for (std::size_t i = 1; i < answers.size(); ++i) CHECK(answers[i] == 200);
  CHECK(questions == 2);
}

TEST_CASE("log ends: a broker that does not answer does not hold the asker") {
  std::promise<void> let_go;
  {
    asio::io_context io(1);
    LogEnds ends([&](std::int32_t) -> Result<std::int64_t> {
      let_go.get_future().wait();
      return 1;
    });
    std::vector<std::int64_t> answers;
    asio::co_spawn(io, ask_once(ends, 0, answers), asio::detached);
    const std::int64_t before = runtime::steady_ms();
    io.run();
    CHECK(answers == std::vector<std::int64_t>{-1});
    CHECK(runtime::steady_ms() - before < 2 * limits::log_end_wait_ms);
    let_go.set_value();
  }
}
