import { isMac, type Mac, startMac } from "./algorithms.ts";
import { signedId, type StreamedDigests } from "./check.ts";
import { readKey } from "./keys.ts";
import type { Message } from "./message.ts";
import { firstValue, holds } from "./places.ts";
import type { Provider } from "./provider.ts";
import type { Scheme } from "./scheme.ts";
import { BODY, render } from "./template.ts";
import { urlSpellings } from "./url-spellings.ts";

/** The digests of a body that is too large to keep, while it passes. */
export type DigestStream = {
  readonly update: (bytes: Buffer) => void;
  /** The digests, for the check of a message without its body. Once. */
  readonly finish: () => StreamedDigests;
};

/** Hashes under way for one delivery: 2 secrets, 3 spellings of a URL and 3 schemes make 18. */
const MOST_HASHES = 24;

type Running = {
  readonly scheme: Scheme;
  readonly secret: string;
  readonly url: string | undefined;
  readonly mac: Mac;
  readonly after: readonly Buffer[];
};

/**
 * Begins the keyed hashes of all schemes of a provider that can be computed while the body streams: those whose signed text holds the raw body once and whatever
 * else stands in headers and URL.
 * @param head the message, its body empty
 */
export function startDigests(
  head: Message,
  { provider, secrets }: { readonly provider: Pick<Provider, "signing">; readonly secrets: readonly string[] },
): DigestStream {
  const running: Running[] = [];
  for (const scheme of provider.signing.schemes) {
    if (!isMac(scheme.algorithm) || (scheme.when !== undefined && !holds(head, scheme.when))) continue;
    for (const secret of secrets) for (const url of urlSpellings(head, scheme)) running.push(...start(head, { scheme, secret, url }));
  }
  const hashes = running.slice(0, MOST_HASHES);
  return {
    update(bytes) {
      for (const { mac } of hashes) mac.update(bytes);
    },
    finish() {
      const digests = hashes.map(({ mac, after, ...of }) => ({
        ...of,
        digest: after.reduce((all, bytes) => all.update(bytes), mac).digest(),
      }));
      return (scheme, secret, url) => digests.find((one) => one.scheme === scheme && one.secret === secret && one.url === url)?.digest;
    },
  };
}

function start(head: Message, { scheme, secret, url }: Pick<Running, "scheme" | "secret" | "url">): readonly Running[] {
  const key = readKey(secret, scheme);
  if (key.kind !== "bytes" || !isMac(scheme.algorithm)) return [];
  const { time } = scheme;
  const rendered = render(scheme.signed, {
    message: head,
    url,
    timestamp: time === undefined ? undefined : firstValue(head, time.place),
    id: signedId(scheme, head),
    secret: key.bytes,
  });
  if (rendered.kind === "missing") return [];
  const { pieces } = rendered;
  const at = pieces.indexOf(BODY);
  // anything else that is made of the body would have been made of nothing
  if (at < 0 || pieces.lastIndexOf(BODY) !== at || /\{(?:body-|form-|sns|adyen|contentful)/.test(scheme.signed)) return [];
  const mac = startMac(scheme.algorithm, key.bytes);
  for (const piece of pieces.slice(0, at)) if (piece !== BODY) mac.update(piece);
  return [{ scheme, secret, url, mac, after: pieces.slice(at + 1).filter((piece) => piece !== BODY) }];
}
