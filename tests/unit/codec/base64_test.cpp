// RFC 4648, section 10, and the texts that encode would not have made.
#include "common/codec/base64.hpp"

#include <catch2/catch.hpp>

using acq::codec::append_base64;
using acq::codec::decode_base64;

TEST_CASE("base64 gives RFC 4648's vectors") {
  const auto [bytes, text] = GENERATE(table<const char*, const char*>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"}}));
  std::string out;
  append_base64(out, bytes);
  CHECK(out == text);
  CHECK(decode_base64(text) == bytes);
}

TEST_CASE("only the one text of some bytes is read") {
  const auto text =
      GENERATE("Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\n", "====", "=Zm9", "Z===", "Zm-_");
  CHECK_FALSE(decode_base64(text));
}

TEST_CASE("every byte survives base64") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  std::string out;
  append_base64(out, all);
  CHECK(decode_base64(out) == all);
}
