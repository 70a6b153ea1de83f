// Files and folders of a test case, free ports, and the end of a log.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acq::test {

std::string read_file(const std::string& path);
/// Mode 600: some of them are secrets.
void write_file(const std::string& path, std::string_view content);
std::string last_lines(const std::string& path, std::size_t count);
std::vector<std::string> files_in(const std::string& folder);

/// Removed with all it holds, unless kept.
class Folder {
 public:
  explicit Folder(std::string path);  ///< made, with what is above it
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const noexcept { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  void keep() noexcept { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

/// A TCP port of 127.0.0.1 that nobody listens on, below the range from which the kernel takes outgoing ones.
std::uint16_t free_port();

/// Eight random letters and digits: names of topics, databases, groups and orders.
std::string random_name();

}  // namespace acq::test
