import type { Message } from "./message.ts";
import type { Scheme, UrlVariant } from "./scheme.ts";
import { placeholdersOf } from "./template.ts";

/** The spellings of a message's public URL that a verifier of the scheme tries; one entry, perhaps undefined, where the URL is not signed. */
export function urlSpellings(
  { url, urlAlso }: Pick<Message, "url" | "urlAlso">,
  { signed, urlVariants = [] }: Pick<Scheme, "signed" | "urlVariants">,
): readonly (string | undefined)[] {
  const holes = placeholdersOf(signed);
  if (url === undefined || !["url", "target", "path", "contentful"].some((hole) => holes.has(hole))) return [url];
  let spellings: readonly string[] = urlAlso === undefined ? [url] : [url, urlAlso];
  for (const variant of urlVariants) spellings = [...new Set([...spellings, ...spellings.flatMap(VARIANTS[variant])])];
  return spellings;
}

const VARIANTS: Readonly<Record<UrlVariant, (url: string) => readonly string[]>> = {
  "default-port-toggled": (url) => {
    const [, scheme = "", host = "", port, rest = ""] = /^(https?):\/\/([^/?#:]*|\[[^\]]*\])(:\d+)?([/?#].*)?$/i.exec(url) ?? [];
    if (host === "") return [];
    const standard = scheme.toLowerCase() === "http" ? ":80" : ":443";
    return [`${scheme}://${host}${rest}`, `${scheme}://${host}${port ?? standard}${rest}`];
  },
  decoded: (url) => [url.replace(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escape) => decodeURIComponent(escape))],
  "slash-toggled": (url) => {
    const at = url.search(/[?#]|$/);
    const path = url.slice(0, at);
    return [path.endsWith("/") ? path.slice(0, -1) + url.slice(at) : `${path}/${url.slice(at)}`];
  },
};
