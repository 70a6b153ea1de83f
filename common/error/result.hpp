// Result<T>: what a caller can act on. Exceptions are for start-up and surprises.
#pragma once
#include <boost/system/result.hpp>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/error/errc.hpp"

namespace acq {

/// One faulty member of a request: where (a JSON pointer, RFC 6901) and what is wrong in a word.
struct FieldFault {
  std::string pointer;
  std::string code;
  friend bool operator==(const FieldFault&, const FieldFault&) = default;
};

/// Why something did not happen. `detail` goes to the log, never to a merchant; `faults` do.
struct Failure {
  Errc code;
  std::string detail;
  std::vector<FieldFault> faults;
  std::source_location where;

  /// Never seen: Boost 1.81's result::error() instantiates it for a result that has no error.
  Failure() : code(Errc::internal) {}
  Failure(Errc c, std::string d = {}, std::source_location at = std::source_location::current())
      : code(c), detail(std::move(d)), where(at) {}
  Failure(Errc c, std::vector<FieldFault> f, std::source_location at = std::source_location::current())
      : code(c), faults(std::move(f)), where(at) {}
};

template <class T>
using Result = boost::system::result<T, Failure>;

/// Start-up failures: a sentence that names the fix. Caught in main, which prints it and exits.
struct StartError : std::runtime_error {
  int exit_code;  ///< 2: usage or configuration, 3: a dependency is away
  StartError(int code, const std::string& sentence) : std::runtime_error(sentence), exit_code(code) {}
};

/// Called by Result::value() on a failure: taking a value that is not there is a defect.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

}  // namespace acq
