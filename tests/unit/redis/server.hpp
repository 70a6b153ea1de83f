// A redis-server on a socket of its own, for the tests of this folder; they are skipped where none is installed.
#pragma once
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

extern char** environ;

namespace acq::test {

namespace asio = boost::asio;

inline constexpr auto server_path = "/usr/bin/redis-server";

/// A redis-server without persistence in a directory of its own.
class Server {
 public:
  Server() {
    char name[] = "/tmp/acq-redis-XXXXXX";
    directory_ = ::mkdtemp(name);
    start();
  }
  ~Server() {
    stop();
    std::filesystem::remove_all(directory_);
  }
  void start() {
    std::vector<std::string> words{
        server_path, "--port",   "0",          "--unixsocket", socket(),    "--save",           "",
        "--dir",     directory_, "--loglevel", "warning",      "--logfile", directory_ + "/log"};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    REQUIRE(::posix_spawn(&pid_, server_path, nullptr, nullptr, argv.data(), environ) == 0);
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void signal(int number) const { ::kill(pid_, number); }
  std::string socket() const { return directory_ + "/redis.sock"; }

 private:
  std::string directory_;
  pid_t pid_ = 0;
};

inline asio::awaitable<void> pause(int ms) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(ms));
  co_await timer.async_wait(asio::use_awaitable);
}

inline bool installed() {
  return ::access(server_path, X_OK) == 0;
}

}  // namespace acq::test
