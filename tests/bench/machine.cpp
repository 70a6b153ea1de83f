#include "tests/bench/machine.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace acq::bench {
namespace {

double ticks() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

double cpu_of_self() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return no_value;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpu_of(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return no_value;
  std::istringstream rest(line.substr(line.rfind(')') + 1));  // the name before it may hold anything
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0;
  double system = 0;
  return rest >> user >> system ? (user + system) / ticks() : no_value;
}

double cpu_of_box() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double waiting = 0;
  double interrupts = 0;
  double soft_interrupts = 0;
  file >> name >> user >> nice >> system >> idle >> waiting >> interrupts >> soft_interrupts;
  return (user + nice + system + interrupts + soft_interrupts) / ticks();
}

std::string machine() {
  std::string model = "a processor without a name";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    model = line.substr(line.find(':') + 2);
    break;
  }
  utsname system{};
  ::uname(&system);
  return std::to_string(std::thread::hardware_concurrency()) + " cores, " + model + ", " + system.sysname + " " +
         system.release;
}

}  // namespace acq::bench
