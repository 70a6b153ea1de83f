// A payment as operators name it: by an id (pay_…, int_…) or by its merchant's order number.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "settlement/operations/cli/command.hpp"

namespace acq::cli {

struct Subject {
  std::string name;      ///< ID or ORDER
  std::string merchant;  ///< mer_…, when the number alone is not enough
};
void add_subject(CLI::App& command, Subject& subject, bool required);

bool is_id(const std::string& name);
/// The payment's story. Failed (1) listing the merchants when the number is ambiguous.
Reply story_of(const Subject& subject);
/// The id itself, or the payment id behind the order number.
std::string id_of(const Subject& subject);

}  // namespace acq::cli
