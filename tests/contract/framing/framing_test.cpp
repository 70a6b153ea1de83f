// The framing table, shown to the server over loopback, to its reader byte by byte, and to a lax reader, which must not
// pass.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tests/contract/framing/runner.hpp"

using namespace acq::test;

TEST_CASE("the framing table has at least 200 different cases, and each name once") {
  const auto cases = framing_cases();
  std::set<std::string> names;
  std::set<std::string> bytes;
  for (const auto& one : cases) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    bytes.insert(one.bytes);
  }
  CHECK(bytes.size() >= 200);
  CHECK(std::count_if(cases.begin(), cases.end(), [](const auto& one) { return one.status != 0; }) >= 150);
}

TEST_CASE("the server understands every framing case as the table says, and serves nothing behind a refusal") {
  RecordingServer server;
  for (const auto& one : framing_cases()) {
    server.take();
    const auto heard = talk(server.port(), one.bytes + canary);
    Understood got;
    got.closed = heard.closed;
    for (const auto& answer : heard.answers) {
      got.statuses.push_back(answer.status);
      got.code = answer.code;
    }
    for (auto& asked : server.take()) got.served.push_back(std::move(asked.what));
    INFO(one.name << "\n" << heard.raw.substr(0, 200));
    CHECK(difference(one, got) == "");
  }
}

TEST_CASE("however the bytes are cut, the reader understands the same") {
  for (const auto& one : framing_cases()) {
    for (const auto piece : {std::size_t{1}, std::size_t{7}, std::size_t{1'000}}) {
      INFO(one.name << ", " << piece << " at a time");
      CHECK(difference(one, read_in_pieces(one.bytes + canary, piece)) == "");
    }
  }
}

TEST_CASE("the library's parser alone does not pass the framing table: the table sees laxity") {
  std::set<std::string> red;
  for (const auto& one : framing_cases()) {
    if (!difference(one, read_by_beast(one.bytes + canary)).empty()) red.insert(one.name);
  }
  CHECK(red.size() >= 60);
  // The ones by which requests were smuggled elsewhere.
  for (const char* name : {"chunked on a line that folds another", "chunked", "two Hosts", "a folded line",
                           "two equal lengths", "chunked in HTTP/1.0", "no Host", "HTTP/1.0"}) {
    INFO(name);
    CHECK(red.contains(name));
  }
  CHECK_FALSE(red.contains("the plainest request"));
  CHECK_FALSE(red.contains("a body"));
}
