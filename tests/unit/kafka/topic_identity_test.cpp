// The Metadata request of our own: its bytes, and answers that end early or say no.
#include "common/kafka/topic_identity.hpp"

#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::kafka;

namespace {

std::string answer(std::int16_t error) {
  std::string bytes("\0\0\0\1", 4);  // correlation
  bytes += std::string("\0", 1);     // header tags
  bytes += std::string(4, '\0');     // throttle
  bytes += '\x02';                   // one broker
  bytes += std::string("\0\0\0\1\x05host\0\0\x46\xA0\0\0", 15);
  bytes += std::string(
      "\x04"
      "abc",
      4);                         // cluster id
  bytes += std::string(4, '\0');  // controller
  bytes += '\x02';                // one topic
  bytes += static_cast<char>(error >> 8);
  bytes += static_cast<char>(error & 0xFF);
  bytes += "\x02t";
  for (char c = 1; c <= 16; ++c) bytes += c;
  return bytes;
}

}  // namespace

TEST_CASE("the request names the topic and never asks for its creation") {
  const auto request = metadata_request("acq.intents", 1);
  const std::string body = request.substr(4);
  CHECK(static_cast<unsigned char>(request[3]) == body.size());
  CHECK(body.substr(0, 4) == std::string("\0\3\0\14", 4));
  CHECK(body.find("acq.intents") != std::string::npos);
  CHECK(body.substr(body.size() - 4) == std::string(4, '\0'));
}

TEST_CASE("the topic id is read out of an answer") {
  const auto id = topic_id_from_metadata(answer(0));
  REQUIRE(id);
  CHECK((*id)[0] == 1);
  CHECK((*id)[15] == 16);
}

TEST_CASE("a topic that is not there is told apart from a broker that is away") {
  CHECK(topic_id_from_metadata(answer(3)).error().code == Errc::misconfigured);
  CHECK(topic_id_from_metadata(answer(5)).error().code == Errc::broker_away);
}

TEST_CASE("an answer that ends anywhere is refused, never read past its end") {
  const auto whole = answer(0);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(topic_id_from_metadata(whole.substr(0, length)));
  }
}
