// Of this project, not of swagger-ui: a file of its own, so that the page needs no inline script.
SwaggerUIBundle({
  url: document.querySelector("meta[name=openapi]").content,
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // the default would send the document's address to a service elsewhere
  presets: [SwaggerUIBundle.presets.apis],
});
