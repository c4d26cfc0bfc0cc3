// Shows the API document. Who may call a route and what its codes mean stand in members of our own (`x-...`), which the
// page would not show, so they are written into the descriptions first.

const METHODS = ["get", "put", "post", "delete", "patch"];

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function whoMayCall(operation) {
  if (!operation["x-roles"]) return "";
  if (!operation["x-roles"].length) return "**For anybody**, without a sign-in.";
  return `**For** ${operation["x-roles"].map((role) => `\`${role}\``).join(", ")}.`;
}

function codes(operation, meanings) {
  const rows = Object.entries(operation["x-codes"] ?? {}).flatMap(([status, names]) =>
    names.map((name) => `<tr><td>${status}</td><td><code>${escaped(name)}</code></td>
      <td>${escaped(meanings[name]?.meaning ?? "")}</td></tr>`),
  );
  if (!rows.length) return "";
  return `<details><summary>Codes of its failures</summary><table><thead><tr><th>Status</th><th>code</th>
    <th>Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table></details>`;
}

function explained(api) {
  for (const operations of Object.values(api.paths)) {
    for (const operation of METHODS.map((method) => operations[method]).filter(Boolean)) {
      const parts = [operation.description, whoMayCall(operation), codes(operation, api["x-codes"] ?? {})];
      operation.description = parts.filter(Boolean).join("\n\n");
    }
  }
  return api;
}

fetch("/api/docs/openapi.json")
  .then((answer) => answer.json())
  .then((api) =>
    SwaggerUIBundle({
      spec: explained(api),
      dom_id: "#swagger-ui",
      deepLinking: true,
      docExpansion: "none",
      filter: true,
      defaultModelsExpandDepth: 0,
    }),
  );
