#include "common/journal/segment.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "common/journal/record.hpp"

namespace acq::journal {
namespace {

Failure failed(std::string_view what, const std::string& path) {
  return Failure(Errc::journal_failed, std::string(what) + " " + path + ": " + std::generic_category().message(errno));
}

Result<void> sync_directory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failed("open", directory);
  const int synced = ::fsync(descriptor);
  auto answer = synced == 0 ? Result<void>() : Result<void>(failed("sync", directory));
  ::close(descriptor);
  return answer;
}

}  // namespace

std::string segment_name(std::string_view instance, std::int64_t start_ms, std::uint32_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
  return std::string(instance) + "-" + std::to_string(start_ms) + "-" + digits + std::string(segment_suffix);
}

Segment::~Segment() {
  close();
}

Segment::Segment(Segment&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_), path_(std::move(other.path_)) {}

Segment& Segment::operator=(Segment&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    bytes_ = other.bytes_;
    path_ = std::move(other.path_);
  }
  return *this;
}

Result<Segment> Segment::create(const std::string& directory, const std::string& name) {
  Segment made;
  made.path_ = directory + "/" + name;
  made.descriptor_ = ::open(made.path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (made.descriptor_ < 0) return failed("create", made.path_);
  if (auto written = made.write(segment_magic); !written) return written.error();
  if (auto synced = made.sync(); !synced) return synced.error();
  if (auto named = sync_directory(directory); !named) return named.error();
  return made;
}

Result<void> Segment::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path_);
    bytes_ += static_cast<std::size_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> Segment::sync() {
  if (::fdatasync(descriptor_) != 0) return failed("sync", path_);
  return {};
}

void Segment::close() noexcept {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  if (bytes_ <= segment_magic.size()) ::unlink(path_.c_str());
}

}  // namespace acq::journal
