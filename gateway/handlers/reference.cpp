#include "gateway/handlers/reference.hpp"

#include <algorithm>
#include <array>

#include "common/error/errc_help.hpp"
#include "gateway/answers.hpp"
#include "gateway/reference/embedded.hpp"

namespace acq::gateway::handlers {
namespace {

struct Page {
  std::string_view path;
  std::string_view content_type;
  std::string_view (*text)() noexcept;
};

std::string_view errors_page() noexcept {
  static const std::string page = errors_html();
  return page;
}

constexpr std::array pages{
    Page{"/docs", "text/html; charset=utf-8", reference::index_html},
    Page{"/docs/errors", "text/html; charset=utf-8", errors_page},
    Page{"/docs/openapi.yaml", "application/yaml", reference::openapi_yaml},
    Page{"/docs/page.js", "text/javascript; charset=utf-8", reference::page_js},
    Page{"/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8", reference::swagger_ui_js},
    Page{"/docs/swagger-ui.css", "text/css; charset=utf-8", reference::swagger_ui_css},
};

/// Our own words only, but they hold quotes; `x` becomes code.
void append_text(std::string& out, std::string_view text) {
  bool in_code = false;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '`':
        out += in_code ? "</code>" : "<code>";
        in_code = !in_code;
        break;
      default:
        out += c;
    }
  }
}

}  // namespace

bool is_reference_path(std::string_view path) noexcept {
  return std::ranges::find(pages, path, &Page::path) != pages.end();
}

http::Response answer_reference(const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    auto refused = problem_response({.code = Errc::method_not_allowed}, request.request_id);
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  const auto* const page = std::ranges::find(pages, request.path, &Page::path);
  if (page == pages.end()) return problem_response({.code = Errc::not_found}, request.request_id);
  http::Response response;
  response.content_type = page->content_type;
  response.body = page->text();
  // data: is Swagger UI's own icons.
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

std::string errors_html() {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Acquiring gateway: errors</title>"
      "<link rel=\"icon\" href=\"data:,\"></head><body>\n<h1>Errors</h1>\n<p><a href=\"/docs\">The API "
      "reference</a></p>\n";
  for (const auto& entry : errc_table()) {
    if (!entry.told_to_merchants) continue;
    const auto help = help_of(entry.code);
    const std::string name(entry.name);
    out += "<h2 id=\"" + name + "\">" + name + "</h2>\n<p>" + std::to_string(http_status(entry.code)) + ", ";
    append_text(out, entry.title);
    out += "</p>\n<ul>";
    for (const auto& [label, text] :
         {std::pair{"When", help.when}, std::pair{"Next", help.next}, std::pair{"Money", help.money}}) {
      out.append("<li>").append(label).append(": ");
      append_text(out, text);
      out += "</li>";
    }
    out += "</ul>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace acq::gateway::handlers
