// The witness on the admin port: what is answered, and that nothing outside its directory is.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "common/limits.hpp"
#include "gateway/handlers/witness_files.hpp"

namespace {
using namespace acq;
using namespace acq::gateway::handlers;

struct Place {
  Place() {
    char name[] = "/tmp/acq-served-XXXXXX";
    root = ::mkdtemp(name);
    std::filesystem::create_directory(root + "/witness");
    write("secret", "outside");
  }
  ~Place() { std::filesystem::remove_all(root); }
  void write(const std::string& name, const std::string& bytes) const { std::ofstream(root + "/" + name) << bytes; }
  http::Response get(const std::string& path, const std::string& query = {}, std::string_view method = "GET") const {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    return answer_witness(request, {"gw-1", root + "/witness"});
  }
  std::string root;
};
}  // namespace

TEST_CASE("witness files: the list is in the order of names, with what is balanced, and goes on after a name") {
  Place place;
  CHECK(place.get("/witness/segments").body == R"({"instance":"gw-1","segments":[]})");
  place.write("witness/gw-1-1-000002.witness", "12345");
  place.write("witness/gw-1-1-000001.witness", "123");
  place.write("witness/gw-1-1-000001.witness.balanced", "");
  place.write("witness/notes.txt", "");
  CHECK(place.get("/witness/segments").body ==
        R"({"instance":"gw-1","segments":[{"name":"gw-1-1-000001.witness","bytes":3,"balanced":true},)"
        R"({"name":"gw-1-1-000002.witness","bytes":5,"balanced":false}]})");
  CHECK(place.get("/witness/segments", "after=gw-1-1-000001.witness").body ==
        R"({"instance":"gw-1","segments":[{"name":"gw-1-1-000002.witness","bytes":5,"balanced":false}]})");
}

TEST_CASE("witness files: a piece is what was asked for, bounded, and empty behind the end") {
  Place place;
  const std::string path = "/witness/segments/gw-1-1-000001.witness";
  place.write("witness/gw-1-1-000001.witness", std::string(limits::witness_piece_bytes_max, 'a') + "end");
  CHECK(place.get(path).body.size() == limits::witness_piece_bytes_max);
  CHECK(place.get(path, "bytes=99999999").body.size() == limits::witness_piece_bytes_max);
  CHECK(place.get(path, "offset=" + std::to_string(limits::witness_piece_bytes_max) + "&bytes=2").body == "en");
  const auto behind = place.get(path, "offset=99999999");
  CHECK(behind.status == 200);
  CHECK(behind.body.empty());
}

TEST_CASE("witness files: names that lead elsewhere, unknown names, bad numbers and other methods are refused") {
  Place place;
  place.write("witness/gw-1-1-000001.witness", "x");
  std::filesystem::create_symlink(place.root + "/secret", place.root + "/witness/link.witness");
  for (const char* name : {"../secret", "..%2Fsecret", "%2e%2e%2fsecret", "a/b.witness", "", "a..witness"}) {
    INFO(name);
    CHECK(place.get(std::string("/witness/segments/") + name).status == 400);
  }
  for (const char* name : {"other.witness", "gw-1-1-000001.witness.balanced", "gw-1-1-000001.witness%00"}) {
    INFO(name);
    CHECK(place.get(std::string("/witness/segments/") + name).status == 404);
  }
  CHECK(place.get("/witness/segments/link.witness").body.find("outside") == std::string::npos);
  CHECK(place.get("/witness/segments/link.witness").status >= 400);
  for (const char* query : {"offset=-1", "offset=x", "bytes=1x", "offset=99999999999999999999999"}) {
    INFO(query);
    CHECK(place.get("/witness/segments/gw-1-1-000001.witness", query).status == 400);
  }
  CHECK(place.get("/witness/segments", "", "POST").status == 405);
}
