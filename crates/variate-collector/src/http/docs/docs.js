"use strict";

// An element with attributes, and with children that are elements or texts.
const make = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

const at = (id) => document.getElementById(id);

const named = (reference) => reference.split("/").pop();

// What a schema says, in a few words.
const shape = (schema) => {
  if (!schema) return "";
  if (schema.$ref) {
    const name = named(schema.$ref);
    return make("a", { href: "#" + name }, name);
  }
  if (schema.anyOf) {
    return make("span", {}, ...schema.anyOf.flatMap((one, index) => (index ? [" or ", shape(one)] : [shape(one)])));
  }
  if (schema.type === "array") return make("span", {}, "array of ", shape(schema.items));
  return [schema.type].flat().join(" or ");
};

const table = (heads, rows) =>
  make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", {}, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))))));

const send = async (method, path, inputs, body, output) => {
  let url = path;
  const query = new URLSearchParams();
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  if (query.size) url += "?" + query;
  const request = { method: method.toUpperCase(), headers: {} };
  if (at("key").value) request.headers["X-Api-Key"] = at("key").value;
  if (body) {
    request.headers["Content-Type"] = "application/json";
    request.body = body.value;
  }
  output.hidden = false;
  output.textContent = "…";
  try {
    // Next to this page, whatever stands before it.
    const answer = await fetch(url.slice(1), request);
    let text = await answer.text();
    try {
      text = JSON.stringify(JSON.parse(text), null, 2);
    } catch {}
    output.textContent = `${answer.status} ${answer.statusText}\n\n${text}`;
  } catch (error) {
    output.textContent = String(error);
  }
};

const operation = (document, path, method, of) => {
  const resolve = (value) => (value.$ref ? document.components.parameters[named(value.$ref)] : value);
  const parameters = (of.parameters ?? []).map(resolve);
  const inputs = parameters.map((parameter) => [parameter, make("input", { "aria-label": parameter.name, placeholder: parameter.example ?? "" })]);
  const parts = [];
  if (of.description) parts.push(make("p", {}, of.description));
  if (inputs.length) {
    const rows = inputs.map(([parameter, input]) => [
      make("code", {}, parameter.name + (parameter.required ? "" : "?")),
      parameter.description ?? "",
      input,
    ]);
    parts.push(table(["Parameter", "", "Value"], rows));
  }
  const content = of.requestBody?.content?.["application/json"];
  let body;
  if (content) {
    body = make("textarea", { "aria-label": "body", spellcheck: "false" }, JSON.stringify(content.example, null, 2));
    parts.push(make("p", {}, "Body: ", shape(content.schema)), body);
  }
  const output = make("pre", { hidden: "", "aria-live": "polite" });
  const button = make("button", { type: "button" }, "Send");
  button.addEventListener("click", () => send(method, path, inputs, body, output));
  parts.push(button, output);
  const answers = Object.entries(of.responses).map(([status, answer]) => {
    const told = answer.$ref ? document.components.responses[named(answer.$ref)] : answer;
    return [status, told.description, shape(Object.values(told.content ?? {})[0]?.schema)];
  });
  parts.push(table(["Status", "", ""], answers));
  return make("details", { id: of.operationId },
    make("summary", {},
      make("span", { class: "method " + method }, method.toUpperCase()),
      make("span", { class: "path" }, path),
      make("span", {}, of.summary)),
    make("div", {}, ...parts));
};

const schema = (name, of) => {
  const rows = Object.entries(of.properties ?? {}).map(([property, inner]) => [
    make("code", {}, property + (of.required?.includes(property) ? "" : "?")),
    shape(inner),
    inner.description ?? "",
  ]);
  const description = of.description ? [make("p", {}, of.description)] : [];
  return make("section", { id: name }, make("h3", {}, name), ...description, ...(rows.length ? [table(["Property", "", ""], rows)] : []));
};

const show = (document) => {
  at("title").textContent = `${document.info.title} ${document.info.version}`;
  at("description").textContent = document.info.description;
  for (const tag of document.tags) {
    at("operations").append(make("h2", {}, tag.name), make("p", {}, tag.description));
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, of] of Object.entries(methods))
        if (of.tags.includes(tag.name)) at("operations").append(operation(document, path, method, of));
  }
  for (const [name, of] of Object.entries(document.components.schemas)) at("schemas").append(schema(name, of));
};

fetch("openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => at("operations").append(make("p", {}, `The document could not be shown: ${error}`)));
