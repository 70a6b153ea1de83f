// What is sealed opens only whole, with its key and in its context.
#include "common/crypto/sealed_box.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "common/crypto/bytes.hpp"

using namespace acq::crypto;

namespace {
const Secret key(std::string(32, 'k'));

/// A file that goes when the test ends.
struct TemporaryFile {
  std::string path = "/tmp/acq-master-key-" + hex_encode(random_bytes(8));
  TemporaryFile(std::string_view content, mode_t mode) {
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path.c_str()); }
};

std::string refusal_of(const std::string& path) {
  try {
    read_master_key(path);
  } catch (const acq::StartError& error) {
    CHECK(error.exit_code == 2);
    return error.what();
  }
  return "accepted";
}
}  // namespace

TEST_CASE("a box opens with its key and context") {
  for (const std::string& plain : {std::string("6212345678901234567"), std::string(), std::string(5000, 'x')}) {
    const std::string box = seal(key, "code:pay_1", plain);
    CHECK(box.size() == plain.size() + 29);
    const auto opened = open(key, "code:pay_1", box);
    REQUIRE(opened.has_value());
    CHECK(opened->reveal() == plain);
  }
  CHECK(open(key, "", seal(key, "", "plain"))->reveal() == "plain");
  CHECK(seal(key, "c", "same") != seal(key, "c", "same"));
}

TEST_CASE("a box does not open with another key or context, changed or cut") {
  const std::string box = seal(key, "code:pay_1", "6212345678901234567");
  CHECK(open(Secret(std::string(32, 'j')), "code:pay_1", box).error().code == acq::Errc::undecodable);
  CHECK(open(key, "code:pay_2", box).error().code == acq::Errc::undecodable);
  CHECK(open(key, "", box).error().code == acq::Errc::undecodable);
  for (std::size_t byte = 0; byte < box.size(); ++byte) {
    std::string changed = box;
    changed[byte] = static_cast<char>(changed[byte] ^ 1);
    INFO("byte " << byte);
    CHECK_FALSE(open(key, "code:pay_1", changed).has_value());
    CHECK_FALSE(open(key, "code:pay_1", std::string_view(box).substr(0, byte)).has_value());
  }
  CHECK_FALSE(open(key, "code:pay_1", box + "x").has_value());
}

TEST_CASE("derived keys differ by purpose and are HKDF's first block") {
  const Secret master(hex_decode("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5").value());
  // RFC 5869 A.1: the first 32 bytes of the output for this key and info.
  CHECK(hex_encode(derive_key(master, hex_decode("f0f1f2f3f4f5f6f7f8f9").value()).reveal()) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  CHECK(derive_key(master, "a").reveal() != derive_key(master, "b").reveal());
  CHECK(derive_sip_key(master, "a") != derive_sip_key(master, "b"));
}

TEST_CASE("the master key file is taken only in its form and only when private") {
  const std::string digits(64, 'a');
  const TemporaryFile good(digits + "\n", 0600);
  CHECK(read_master_key(good.path).reveal() == std::string(32, '\xaa'));
  const TemporaryFile strict(digits, 0400);
  CHECK(read_master_key(strict.path).reveal().size() == 32);

  for (const mode_t mode : {0640U, 0604U, 0644U, 0620U, 0666U}) {
    const TemporaryFile open_to_others(digits + "\n", mode);
    CHECK_THAT(refusal_of(open_to_others.path), Catch::Contains("chmod 600 " + open_to_others.path));
  }
  for (const std::string& content :
       {std::string(), digits.substr(1), digits + "a", digits + "\n\n", "x" + digits.substr(1)}) {
    const TemporaryFile bad(content, 0600);
    CHECK_THAT(refusal_of(bad.path), Catch::Contains("64 hexadecimal digits"));
  }
  CHECK_THAT(refusal_of("/nonexistent/key"), Catch::Contains("openssl rand -hex 32"));
}
