// SIGINT and SIGTERM: the first asks the program to stop, the second insists.
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

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
  }
}

int wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int signal = 0;
  if (const int error = ::sigwait(&set, &signal); error != 0) {
    throw std::system_error(error, std::generic_category(), "sigwait");
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
