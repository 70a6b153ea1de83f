#include "tests/support/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "tests/support/await.hpp"
#include "tests/support/files.hpp"

namespace acq::test {
namespace {

class SpawnFiles {
 public:
  SpawnFiles() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnFiles() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnFiles(const SpawnFiles&) = delete;
  SpawnFiles& operator=(const SpawnFiles&) = delete;
  void open(int descriptor, const std::string& path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, descriptor, path.c_str(), flags, 0600);
  }
  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Process::Process(Launch launch) {
  constexpr int append = O_WRONLY | O_CREAT | O_APPEND;
  SpawnFiles files;
  files.open(0, "/dev/null", O_RDONLY);
  files.open(1, launch.output_file, append);
  if (launch.errors_file.empty()) {
    files.duplicate(1, 2);
  } else {
    files.open(2, launch.errors_file, append);
  }
  std::vector<std::string> command{"setpriv", "--pdeathsig", "KILL", "--"};
  command.insert(command.end(), launch.command.begin(), launch.command.end());
  std::vector<std::string> variables;
  for (const char* name : {"PATH", "HOME", "TMPDIR"}) {
    if (const char* value = std::getenv(name); value != nullptr) variables.push_back(std::string(name) + "=" + value);
  }
  for (const auto& [name, value] : launch.variables) variables.push_back(name + "=" + value);
  const int error =
      posix_spawnp(&pid_, "setpriv", files.get(), nullptr, pointers(command).data(), pointers(variables).data());
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start " + launch.command.front());
}

Process::~Process() {
  end();
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    code_ = other.code_;
  }
  return *this;
}

void Process::end() noexcept {
  if (pid_ < 0 || code_) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  code_ = code_of(status);
}

bool Process::running() {
  return !exit_code(0);
}

void Process::signal(int number) const {
  if (!code_) ::kill(pid_, number);
}

std::optional<int> Process::exit_code(std::int64_t within_ms) {
  comes_true(within_ms, [this] {
    int status = 0;
    if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) code_ = code_of(status);
    return code_.has_value();
  });
  return code_;
}

int Process::stop(std::int64_t within_ms) {
  signal(SIGTERM);
  if (!exit_code(within_ms)) end();
  return *code_;
}

void Process::kill_now() {
  end();
}

Finished run(std::vector<std::string> command, Variables variables, const std::string& folder, const std::string& name,
             std::int64_t within_ms) {
  const std::string output = folder + "/" + name + ".out";
  const std::string errors = folder + "/" + name + ".log";
  write_file(output, "");
  write_file(errors, "");
  Process process({std::move(command), std::move(variables), output, errors});
  const auto code = process.exit_code(within_ms);
  INFO(name << " said: " << read_file(errors));
  if (!code) FAIL(name << " did not end within " << within_ms << " ms");
  return {*code, read_file(output), read_file(errors)};
}

}  // namespace acq::test
