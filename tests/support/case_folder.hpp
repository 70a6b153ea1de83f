// The folder of the running test case, under ACQ_TEST_LOCAL/it. When the case fails, the end of every log in it is
// printed and the folder stays; else it goes.
#pragma once
#include "tests/support/files.hpp"

namespace acq::test {

const Folder& case_folder();

}  // namespace acq::test
