#include "common/error/result.hpp"

namespace acq {

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw std::logic_error("value of a failed result: " + std::string(name_of(failure.code)) + ": " + failure.detail);
}

}  // namespace acq
