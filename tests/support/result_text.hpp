// Lets Catch print a Result: boost's own printing asks for operator<< of the value. Include it behind catch.hpp.
#pragma once
#include <catch2/catch.hpp>
#include <string>

#include "common/error/result.hpp"

template <class T>
struct Catch::StringMaker<boost::system::result<T, acq::Failure>> {
  static std::string convert(const boost::system::result<T, acq::Failure>& result) {
    if (result.has_value()) return "a value";
    const auto failure = result.error();
    std::string text(acq::name_of(failure.code));
    text += ": " + failure.detail;
    for (const auto& fault : failure.faults) text += " " + fault.pointer + "=" + fault.code;
    return text;
  }
};
