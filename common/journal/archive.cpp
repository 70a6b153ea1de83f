#include "common/journal/archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include "common/journal/segment.hpp"

namespace acq::journal {
namespace {

Failure failed(std::string_view what, const std::string& path) {
  const int error = errno;
  return Failure(error == ENOENT ? Errc::not_found : Errc::journal_failed,
                 std::string(what) + " " + path + ": " + std::generic_category().message(error));
}

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

}  // namespace

Result<std::vector<SegmentFile>> list_segment_files(const std::string& directory) {
  std::error_code error;
  std::vector<SegmentFile> files;
  std::set<std::string> marks;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    std::string name = entry.path().filename().native();
    if (name.ends_with(balanced_suffix)) {
      marks.insert(name.substr(0, name.size() - balanced_suffix.size()));
    } else if (is_segment_name(name)) {
      struct stat status {};
      if (::stat(entry.path().c_str(), &status) != 0) continue;  // removed just now
      files.push_back({std::move(name), static_cast<std::size_t>(status.st_size),
                       status.st_mtim.tv_sec * 1'000 + status.st_mtim.tv_nsec / 1'000'000, false});
    }
  }
  if (error) return Failure(Errc::journal_failed, "cannot list " + directory + ": " + error.message());
  for (auto& file : files) file.balanced = marks.erase(file.name) == 1;
  for (const auto& orphan : marks) ::unlink((directory + "/" + orphan + std::string(balanced_suffix)).c_str());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

bool is_segment_name(std::string_view name) noexcept {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (name.size() > 128 || !name.ends_with(segment_suffix)) return false;
  name.remove_suffix(segment_suffix.size());
  return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

Result<std::string> read_piece(const std::string& path, std::size_t offset, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.number < 0) return failed("open", path);
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return failed("read", path);
  const auto size = static_cast<std::size_t>(status.st_size);
  std::string bytes(offset >= size ? 0 : std::min(bytes_max, size - offset), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(file.number, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> mark_balanced(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name + std::string(balanced_suffix);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.number < 0) return failed("create", path);
  return {};
}

Result<void> remove_segment(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  if (::unlink(path.c_str()) != 0) return failed("remove", path);
  ::unlink((path + std::string(balanced_suffix)).c_str());
  return {};
}

}  // namespace acq::journal
