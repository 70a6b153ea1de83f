#include "gateway/handlers/reference.hpp"

#include <catch2/catch.hpp>

#include "common/error/errc.hpp"

using namespace acq;
using namespace acq::gateway;

namespace {

http::Response get(std::string_view path, std::string_view method = "GET") {
  http::Request request;
  request.method = method;
  request.path = path;
  request.target = path;
  return handlers::answer_reference(request);
}

std::string_view header(const http::Response& response, std::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (http::same_header(known, name)) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("the reference page and all that it loads are within the program") {
  const auto page = get("/docs");
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(header(page, "Content-Security-Policy").starts_with("default-src 'self'"));
  // Every src and href is one of ours (or the empty icon).
  std::size_t loaded = 0;
  for (const std::string_view attribute : {"src=\"", "href=\""}) {
    for (auto at = page.body.find(attribute); at != std::string::npos; at = page.body.find(attribute, at + 1)) {
      const auto from = at + attribute.size();
      const auto path = page.body.substr(from, page.body.find('"', from) - from);
      if (path == "data:,") continue;
      INFO(path);
      CHECK(handlers::is_reference_path(path));
      const auto part = get(path);
      CHECK(part.status == 200);
      CHECK(part.body.size() > 100);
      ++loaded;
    }
  }
  CHECK(loaded == 5);
  CHECK(get("/docs/swagger-ui-bundle.js").body.find("SwaggerUIBundle") != std::string::npos);
  CHECK(get("/docs/openapi.yaml").body.starts_with("openapi: 3.1.0\n"));
  CHECK(get("/docs/page.js").body.find("\"/docs/openapi.yaml\"") != std::string::npos);
}

TEST_CASE("every code that merchants are told has an anchor on the errors page") {
  const auto page = get("/docs/errors");
  CHECK(page.status == 200);
  for (const auto& entry : errc_table()) {
    INFO(entry.name);
    const bool there = page.body.find("<h2 id=\"" + std::string(entry.name) + "\">") != std::string::npos;
    CHECK(there == entry.told_to_merchants);
  }
}

TEST_CASE("the reference is read only, and nothing else is below /docs") {
  CHECK(get("/docs", "HEAD").status == 200);
  const auto refused = get("/docs", "POST");
  CHECK(refused.status == 405);
  CHECK(header(refused, "Allow") == "GET, HEAD");
  CHECK_FALSE(handlers::is_reference_path("/docs/"));
  CHECK_FALSE(handlers::is_reference_path("/docs/../main.cpp"));
  CHECK(get("/docs/nothing").status == 404);
}
