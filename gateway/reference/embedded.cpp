// The assembler copies the files: a compiler would need seconds and a gigabyte for two megabytes of array.
#include "gateway/reference/embedded.hpp"

#define ACQ_EMBED(name, path)                                       \
  asm(".pushsection .rodata\n"                                      \
      ".global acq_embedded_" #name                                 \
      "\n"                                                          \
      ".global acq_embedded_" #name                                 \
      "_end\n"                                                      \
      "acq_embedded_" #name ":\n.incbin \"" ACQ_SOURCE_DIR "/" path \
      "\"\n"                                                        \
      "acq_embedded_" #name                                         \
      "_end:\n.byte 0\n"                                            \
      ".popsection\n");                                             \
  extern "C" const char acq_embedded_##name[];                      \
  extern "C" const char acq_embedded_##name##_end[];                \
  namespace acq::gateway::reference {                               \
  std::string_view name() noexcept {                                \
    return {acq_embedded_##name, acq_embedded_##name##_end};        \
  }                                                                 \
  }

ACQ_EMBED(index_html, "gateway/reference/index.html")
ACQ_EMBED(page_js, "gateway/reference/page.js")
ACQ_EMBED(swagger_ui_js, "gateway/reference/swagger-ui/swagger-ui-bundle.js")
ACQ_EMBED(swagger_ui_css, "gateway/reference/swagger-ui/swagger-ui.css")
ACQ_EMBED(openapi_yaml, "schemas/api/openapi.yaml")
