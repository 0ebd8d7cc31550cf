import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";
import { errorCodeOf } from "../../shared/errors.ts";
import { firstHeader, type HeaderList } from "../../shared/http/headers.ts";
import { type JsonNode, readJson, stringOf } from "../../shared/signatures/json-text.ts";
import type { SecretFinder } from "./find-secrets.ts";
import { MASK, type Redacted, redactParameters, secretOf } from "./redact-head.ts";

/** Bytes that a compressed body may have when it is open. */
const OPEN_LIMIT = 64 * 1024 * 1024;

/** A body without known secrets; the same buffer when it holds none. One that is compressed, and holds one, goes as a whole. */
export function redactBody(body: Buffer, headers: HeaderList, secrets: SecretFinder): Redacted<Buffer> {
  const open = opened(body, headers);
  if (open === "too large") return { value: Buffer.from(MASK), found: ["compressed body that is too large to be searched"] };
  if (open !== undefined) {
    const inside = redactBody(open, [], secrets);
    if (inside.found.length > 0) return { value: Buffer.from(MASK), found: inside.found };
  }
  const text = body.toString("latin1");
  const json = redactJson(body, text, secrets);
  const form = isForm(headers) ? redactParameters(json.value, secrets, { mask: MASK, byName: false }) : { value: json.value, found: [] };
  const rest = secrets.replace(form.value, MASK);
  const found = [...json.found, ...form.found, ...rest.owners.map(secretOf)];
  return { value: found.length === 0 ? body : Buffer.from(rest.text, "latin1"), found };
}

/** The strings and numbers of a JSON text that hold a secret become strings that do not, so that it stays JSON. */
function redactJson(body: Buffer, text: string, secrets: SecretFinder): Redacted<string> {
  // to read it all costs far more than to look: a secret stands there as it is, or with an escape in it
  if (!text.includes("\\") && secrets.ownersIn(text).length === 0) return { value: text, found: [] };
  const json = readJson(body);
  if (json === undefined) return { value: text, found: [] };
  const found: string[] = [];
  const parts: string[] = [];
  let done = 0;

  function look(token: string, start: number): void {
    const isString = token.startsWith('"');
    const content = isString ? Buffer.from(stringOf(token), "utf8").toString("latin1") : token;
    const clean = secrets.replace(content, MASK);
    if (clean.owners.length === 0) return;
    found.push(...clean.owners.map(secretOf));
    const fresh = JSON.stringify(Buffer.from(clean.text, "latin1").toString("utf8"));
    parts.push(text.slice(done, start), Buffer.from(fresh, "utf8").toString("latin1"));
    done = start + token.length;
  }

  function walk(node: JsonNode): void {
    if (node.kind === "array") node.items.forEach(walk);
    else if (node.kind === "object") {
      for (const { start, nameEnd, value } of node.members) {
        look(text.slice(start, nameEnd), start);
        walk(value);
      }
    } else look(node.token, node.start);
  }

  walk(json.root);
  return { value: parts.join("") + text.slice(done), found };
}

function isForm(headers: HeaderList): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(firstHeader(headers, "content-type")?.trim() ?? "");
}

/** What a compressed body holds, as far as it can be read; undefined when it is not compressed. */
function opened(body: Buffer, headers: HeaderList): Buffer | "too large" | undefined {
  const coding = firstHeader(headers, "content-encoding")?.trim().toLowerCase();
  // a body that was recorded in part is read up to its end
  const limits = { maxOutputLength: OPEN_LIMIT, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    if (coding === "gzip" || coding === "x-gzip") return gunzipSync(body, limits);
    if (coding === "deflate") return inflateSync(body, limits);
    if (coding === "br") return brotliDecompressSync(body, { maxOutputLength: OPEN_LIMIT, finishFlush: constants.BROTLI_OPERATION_FLUSH });
    return undefined;
  } catch (error) {
    // anything else: it is not what its header says, and is searched as it is
    return errorCodeOf(error) === "ERR_BUFFER_TOO_LARGE" ? "too large" : undefined;
  }
}
