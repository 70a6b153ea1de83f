// The files of the reference page, as they lay in the tree when this was built.
#pragma once
#include <string_view>

namespace acq::gateway::reference {

std::string_view index_html() noexcept;
std::string_view page_js() noexcept;
std::string_view swagger_ui_js() noexcept;
std::string_view swagger_ui_css() noexcept;
std::string_view openapi_yaml() noexcept;

}  // namespace acq::gateway::reference
