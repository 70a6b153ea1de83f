// SIGINT and SIGTERM: the first asks the program to stop, the second insists. SIGHUP asks it to read files again.
#include <signal.h>
#include <unistd.h>

#include <system_error>

#include "common/runtime/core_pool.hpp"

namespace acq::runtime {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

extern "C" void end_at_once(int signal) {
  ::_exit(128 + signal);
}

void block(const sigset_t& set) {
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
  }
}

}  // namespace

void block_stop_signals() {
  block(stop_signals());
}

void block_reload_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGHUP);
  block(set);
}

int wait_for_stop_signal(const std::function<void()>& reload) {
  const sigset_t set = stop_signals();
  sigset_t awaited = set;
  if (reload) ::sigaddset(&awaited, SIGHUP);
  int signal = SIGHUP;
  while (signal == SIGHUP) {
    if (const int error = ::sigwait(&awaited, &signal); error != 0) {
      throw std::system_error(error, std::generic_category(), "sigwait");
    }
    if (signal == SIGHUP) reload();
  }
  // From here on this thread takes the signals itself, so that no other thread is needed to listen for the second one.
  struct sigaction action {};
  action.sa_handler = end_at_once;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return signal;
}

}  // namespace acq::runtime
