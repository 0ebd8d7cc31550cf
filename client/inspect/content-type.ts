/** What a Content-Type says about how to show a body. */
export type ContentType = {
  /** `application/json`, in lower case; empty when there is none */
  readonly name: string;
  readonly charset: string | undefined;
  /** of a multipart body */
  readonly boundary: string | undefined;
  /** whether it is meant to be read as text */
  readonly isText: boolean;
  /** `any`: the type says too little, and the body may be JSON or XML nevertheless */
  readonly syntax: "json" | "xml" | "form" | "any" | "none";
};

const PARAMETER = /;\s*([^=;\s"]+)=("(?:[^"\\]|\\.)*"|[^;"]*)/g;
const JSON_TYPE = /^(?:application|text)\/(?:x-)?json$|\+json$/;
const XML_TYPE = /^(?:application|text)\/xml$|\+xml$/;
const TEXT_TYPE = /^text\/|javascript|ecmascript|graphql|yaml|ndjson|json-seq|json-lines|toml|sql/;
/** Senders that do not care, and those that send JSON as plain text on purpose. */
const VAGUE_TYPE = /^(?:text\/plain|application\/octet-stream|binary\/octet-stream|)$/;

/** Reads a Content-Type leniently (RFC 9110 section 8.3.1): what cannot be understood is left out. */
export function parseContentType(value: string | undefined): ContentType {
  const header = value ?? "";
  const name = (header.split(";", 1)[0] ?? "").trim().toLowerCase();
  const parameters = new Map<string, string>();
  for (const { 1: key = "", 2: raw = "" } of header.matchAll(PARAMETER)) {
    const text = raw.startsWith('"') ? raw.slice(1, -1).replaceAll(/\\(.)/g, "$1") : raw.trim();
    if (!parameters.has(key.toLowerCase())) parameters.set(key.toLowerCase(), text);
  }
  const charset = parameters.get("charset");
  const syntax = syntaxOf(name);
  const isText = charset !== undefined || TEXT_TYPE.test(name) || (syntax !== "any" && syntax !== "none");
  return { name, charset, boundary: parameters.get("boundary"), isText, syntax };
}

function syntaxOf(name: string): ContentType["syntax"] {
  if (JSON_TYPE.test(name)) return "json";
  if (XML_TYPE.test(name)) return "xml";
  if (name === "application/x-www-form-urlencoded") return "form";
  return VAGUE_TYPE.test(name) ? "any" : "none";
}
