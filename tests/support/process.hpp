// A program of ours (or redis-server) as a real process: started with posix_spawn, its output in a file, ended by its
// pid in the destructor. Nothing outlives the test: the kernel kills what is left when the test binary dies.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace acq::test {

using Variables = std::map<std::string, std::string>;

struct Launch {
  std::vector<std::string> command;
  Variables variables{};      ///< beside PATH, HOME and TMPDIR; nothing else is inherited
  std::string output_file{};  ///< stdout, appended to
  std::string errors_file{};  ///< stderr; empty: the same file
};

class Process {
 public:
  explicit Process(Launch launch);
  ~Process();  ///< SIGKILL, if it still runs
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const noexcept { return pid_; }
  bool running();
  void signal(int number) const;
  /// The exit code (128 + signal when killed), or nothing when it still runs after `within_ms`.
  std::optional<int> exit_code(std::int64_t within_ms);
  /// SIGTERM, and at the latest after `within_ms` SIGKILL. The exit code.
  int stop(std::int64_t within_ms);
  /// kill -9, as a power cut or the out-of-memory killer does it.
  void kill_now();

 private:
  void end() noexcept;
  pid_t pid_ = -1;
  std::optional<int> code_;
};

struct Finished {
  int code = -1;
  std::string output;
  std::string errors;
};
/// Runs it to its end; fails the test when that does not come within `within_ms`. `folder` keeps both outputs.
Finished run(std::vector<std::string> command, Variables variables, const std::string& folder, const std::string& name,
             std::int64_t within_ms);

}  // namespace acq::test
