// Text forms of bytes are one-to-one, and random bytes are not the same twice.
#include "common/crypto/bytes.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "common/crypto/secret.hpp"

using namespace acq::crypto;

TEST_CASE("base64 gives RFC 4648's examples in both directions") {
  const std::pair<std::string, std::string> pairs[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [plain, text] : pairs) {
    CHECK(base64_encode(plain) == text);
    CHECK(base64_decode(text) == plain);
  }
}

TEST_CASE("base64_decode refuses what base64_encode would not have made") {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "Z===", "====", "=", "Zg==Zg==", "Zm9v\n",
                           " Zm9v", "Zm-_", "Zm9v=", "Z=9v", "Zm=v"}) {
    INFO(text);
    CHECK_FALSE(base64_decode(text).has_value());
  }
}

TEST_CASE("every byte survives base64 and hex") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t cut = 0; cut < 4; ++cut) {
    const std::string part = all.substr(cut);
    CHECK(base64_decode(base64_encode(part)) == part);
    CHECK(hex_decode(hex_encode(part)) == part);
  }
  CHECK(hex_decode("DeadBeef") == "\xde\xad\xbe\xef");
  CHECK_FALSE(hex_decode("abc").has_value());
  CHECK_FALSE(hex_decode("0g").has_value());
}

TEST_CASE("comparing in constant time still compares") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("same", "same"));
  CHECK_FALSE(equal_in_constant_time("same", "sama"));
  CHECK_FALSE(equal_in_constant_time("same", "same "));
}

TEST_CASE("random values differ and stay in their range") {
  CHECK(random_bytes(32).size() == 32);
  CHECK(random_bytes(32) != random_bytes(32));
  std::set<std::uint64_t> words;
  for (int i = 0; i < 1000; ++i) {
    words.insert(random_word());
    const double unit = random_unit();
    CHECK((unit >= 0.0 && unit < 1.0));
  }
  CHECK(words.size() == 1000);
}

TEST_CASE("a secret prints as stars and moves without leaving its bytes behind") {
  Secret first("short");
  std::ostringstream out;
  out << first;
  CHECK(out.str() == "***");
  const Secret second = std::move(first);
  CHECK(second.reveal() == "short");
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): this is the promise under test
}
