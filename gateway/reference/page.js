// Starts Swagger UI. Nothing can be sent from here: requests must be signed (examples/), and no validator is asked.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/docs/openapi.yaml",
    dom_id: "#reference",
    supportedSubmitMethods: [],
    validatorUrl: null,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
  });
});
