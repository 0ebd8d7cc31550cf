import { allHeaders } from "../../http/headers.ts";
import type { Message } from "../message.ts";
import { shown } from "../reasons.ts";
import { placeholdersOf } from "../template.ts";
import type { Form } from "./cause.ts";
import { type Content, plainContents } from "./content-forms.ts";
import type { Evidence } from "./evidence.ts";

/** Ports on which local apps listen, the commonest first. */
const LOCAL_PORTS = [3000, 8000, 8080, 5000, 5173, 3001, 4000, 4242, 8787, 8888, 9000, 80, 1337, 3333, 7071];

type Parts = { readonly scheme: string; readonly host: string; readonly port: string; readonly path: string; readonly query: string };

/** Other URLs that are tried; a caller knows one or two. */
const MOST_OTHERS = 5;

/** The URLs that the sender may have signed in place of the public one; none where the scheme signs no URL. */
export function changedUrls({ message, scheme, otherUrls }: Evidence): readonly Form<Content>[] {
  const { url } = message;
  const [plain] = plainContents(message, scheme);
  const holes = placeholdersOf(scheme.signed);
  const parts = url === undefined ? undefined : partsOf(url);
  if (plain === undefined || url === undefined || parts === undefined) return [];
  if (!["url", "target", "path", "contentful"].some((hole) => holes.has(hole))) return [];

  const seen = new Set<string>([url]);
  const contents: Form<Content>[] = [];
  const known = otherUrls.slice(0, MOST_OTHERS);
  const apps = known.flatMap((one) => originOf(one) ?? []);
  const origins = originsOf(message, parts, apps);
  const paths = pathsOf(parts);
  const add = (origin: string, path: string): void => {
    const changed = origin + path;
    if (seen.has(changed)) return;
    seen.add(changed);
    contents.push({
      value: { ...plain.value, url: changed },
      causes: [
        {
          code: "other-url",
          found: `the signature is for ${shown(changed)}, and the public URL is ${shown(url)}${difference(changed, url)}`,
          hint: hintFor(changed, { url, isApp: /^https?:\/\/(?:localhost|127\.)/.test(origin) || apps.includes(origin) }),
        },
      ],
    });
  };
  const [own = "", ...otherOrigins] = origins;
  const [ownPath = "", ...otherPaths] = paths;
  for (const one of known) {
    const origin = originOf(one);
    if (origin !== undefined) add(origin, one.slice(origin.length));
  }
  for (const origin of otherOrigins) add(origin, ownPath);
  for (const path of otherPaths) add(own, path);
  for (const origin of otherOrigins) for (const path of otherPaths) add(origin, path);
  add("", ownPath);
  return contents;
}

function hintFor(signed: string, { url, isApp }: { readonly url: string; readonly isApp: boolean }): string {
  if (signed.replace(/^http:/, "https:") === url)
    return "give the sender the public URL with https; an app that checks behind a proxy that ends TLS must put https in, too, as X-Forwarded-Proto says";
  if (isApp) return "that is the address of the app, not the one that the sender calls: sign the one that it calls in public";
  return "give the sender exactly the public URL, or, if it is another than this, say so: --url";
}

function difference(signed: string, url: string): string {
  if (signed.replace(/^http:/, "https:") === url) return ": http in place of https";
  if (signed.replace(/^https:/, "http:") === url) return ": https in place of http";
  const bare = (text: string): string => text.replace(/^(https?:\/\/[^/?#]*?):\d+(?=[/?#]|$)/, "$1");
  if (bare(signed) === bare(url)) return ": the port differs";
  if (`${signed}/` === url || signed === `${url}/`) return ": the slash at the end differs";
  if (signed === url.split("?", 1)[0]) return ": without the query";
  return "";
}

function partsOf(url: string): Parts | undefined {
  const [, scheme = "", host = "", port = "", path = "", query = ""] =
    /^(https?):\/\/(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?([^?#]*)(\?[^#]*)?/i.exec(url) ?? [];
  return host === "" ? undefined : { scheme: scheme.toLowerCase(), host, port, path, query };
}

/** Scheme, host and port as they are written. */
function originOf(url: string): string | undefined {
  return url.length > MOST_URL ? undefined : /^https?:\/\/[^/?#]+/i.exec(url)?.[0];
}
/** Longer ones are no webhook's, characters. */
const MOST_URL = 8_192;

/** The public origin first. */
function originsOf({ headers }: Message, { scheme, host, port }: Parts, apps: readonly string[]): readonly string[] {
  const first = (name: string): readonly string[] => allHeaders(headers, name).slice(0, 1);
  const named = [
    ...["host", "x-forwarded-host", "x-original-host"].flatMap(first),
    ...first("forwarded").flatMap((text) => /(?:^|[;,\s])host="?([^";,\s]+)/i.exec(text.slice(0, MOST_URL))?.[1] ?? []),
  ].filter((text) => text.length <= 255);
  const hosts = [port === "" ? host : `${host}:${port}`, host, `${host}:443`, `${host}:80`, host.toLowerCase(), ...named];
  const other = scheme === "https" ? "http" : "https";
  const local = LOCAL_PORTS.flatMap((one) => [`http://localhost:${one}`, `http://127.0.0.1:${one}`]);
  const all = [
    ...hosts.map((one) => `${scheme}://${one}`),
    ...apps.flatMap((one) => [one, one.replace(/^http(s?):/i, (_, s: string) => (s === "" ? "https:" : "http:"))]),
    ...first("origin").flatMap((text) => originOf(text) ?? []),
    ...hosts.map((one) => `${other}://${one}`),
    "http://localhost",
    "https://localhost",
    ...local,
  ];
  return [...new Set(all)];
}

/** The public path and query first. */
function pathsOf({ path, query }: Parts): readonly string[] {
  const toggled = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
  // a tunnel in the path form puts its name in front: /name/hook
  const inner = path.replace(/^\/[^/]*/, "");
  const all = [
    path + query,
    toggled + query,
    path,
    toggled,
    inner + query,
    (inner === "" ? "/" : inner) + query,
    inner,
    decodedText(path) + decodedText(query),
    path.toLowerCase() + query,
    sortedQuery(path, query),
    query === "" ? `${path}?` : path,
  ];
  return [...new Set(all)];
}

function sortedQuery(path: string, query: string): string {
  return query === "" ? path : `${path}?${query.slice(1).split("&").sort().join("&")}`;
}

function decodedText(text: string): string {
  try {
    return Buffer.from(decodeURIComponent(text), "utf8").toString("latin1");
  } catch {
    return text;
  }
}
