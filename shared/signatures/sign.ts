import { createHash } from "node:crypto";
import { DevhookError } from "../errors.ts";
import { type HeaderList, isHeaderValue } from "../http/headers.ts";
import { encodeDigest, isMac, isPublic, macOf, signPrivate } from "./algorithms.ts";
import { signedId } from "./check.ts";
import { nodeAt, withMember } from "./json-text.ts";
import { jwtText, readJwt } from "./jwt.ts";
import { type Key, readKey, readPrivateKey } from "./keys.ts";
import { changedMessage, type Message } from "./message.ts";
import { firstValue, latin1Of } from "./places.ts";
import type { Provider } from "./provider.ts";
import type { ClaimPlace, HeaderPlace, Place, Scheme } from "./scheme.ts";
import { contentBytes, render, type Rendered } from "./template.ts";
import { writeTime } from "./time.ts";

export type SignInput = {
  readonly provider: Pick<Provider, "id" | "name" | "signing">;
  /** id of the scheme; the provider's first when left out */
  readonly scheme?: string | undefined;
  /** as the user copied it; for public-key schemes the private key as PEM or JWK */
  readonly secret: string;
  /** what is to be signed; signatures that it holds already are replaced */
  readonly message: Message;
  /** time of signing, milliseconds since 1970 */
  readonly now: number;
  /** message id, for schemes that have one; left out: the one that the message has, else one made of body and time */
  readonly id?: string | undefined;
};

/** What to send: the message's own headers with `headers` in their place, `body`, and `url`. */
export type Signed = {
  readonly scheme: string;
  /** the headers that the scheme sets; each replaces those of the same name */
  readonly headers: HeaderList;
  /** other than the message's where time or signature stand in the body */
  readonly body: Buffer;
  /** other than the message's where the query carries a digest; undefined when the message had none */
  readonly url: string | undefined;
};

/**
 * Signs a message as the provider would.
 * @throws DevhookError `usage` when the provider signs nothing, the secret does not fit, or the message lacks something that is signed
 */
export function sign(input: SignInput): Signed {
  const { provider, now } = input;
  const scheme = schemeOf(provider, input.scheme);
  const signing = new Signing(scheme, input);
  for (const [name, template] of scheme.extraHeaders ?? []) {
    const value = signing.fill(template);
    // a header that repeats a member of the body is left out where the body has none
    if (value !== undefined) signing.put({ in: "header", name }, value);
  }
  if (scheme.messageId !== undefined) {
    const known = input.id === undefined ? firstValue(input.message, scheme.messageId) : asWritten(input.id, scheme.messageId);
    signing.put(scheme.messageId, known ?? madeId(input.message, now));
  }
  if (scheme.time !== undefined && scheme.time.place.in !== "claim") signing.put(scheme.time.place, writeTime(now, scheme.time.unit));
  if (scheme.bodyDigest !== undefined && scheme.bodyDigest.place.in !== "claim") signing.put(scheme.bodyDigest.place, signing.bodyDigest());
  const [place] = scheme.signature;
  // a signature inside the body is part of what some readings sign: it must stand there before they are written
  if (place?.in === "body") signing.put(place, "");
  if (place !== undefined) signing.put(place, scheme.algorithm === "token" ? asWritten(input.secret, place) : signing.signature());
  return { scheme: scheme.id, headers: signing.headers(), body: signing.message.body, url: signing.message.url };
}

class Signing {
  message: Message;
  readonly #scheme: Scheme;
  readonly #input: SignInput;
  readonly #key: Key;
  readonly #headers = new Map<string, { readonly name: string; value: string }>();

  constructor(scheme: Scheme, input: SignInput) {
    this.#scheme = scheme;
    this.#input = input;
    this.#key = scheme.key.form === "public" ? { kind: "bytes", bytes: Buffer.alloc(0) } : readKey(input.secret, scheme);
    this.message = withoutSignature(input.message, scheme);
  }

  /** Writes a value to its place. @throws DevhookError `usage` */
  put(place: Place, value: string): void {
    switch (place.in) {
      case "header":
        return this.#putHeader(place, value);
      case "body":
        return this.#putMember(place.path, (place.prefix ?? "") + value);
      case "query": {
        const { url } = this.message;
        if (url === undefined)
          throw this.#cannot("its scheme puts a value into the URL, and no URL is known", "name the public URL: --url https://…");
        this.message = changedMessage(this.message, { url: withQuery(url, place.name, value) });
        return;
      }
      case "form": {
        const fields = new URLSearchParams(this.message.body.toString("utf8"));
        fields.set(place.name, value);
        this.message = changedMessage(this.message, { body: Buffer.from(fields.toString()) });
        break;
      }
      case "claim":
    }
  }

  bodyDigest(): string {
    const { bodyDigest } = this.#scheme;
    return bodyDigest === undefined ? "" : createHash(bodyDigest.hash).update(this.message.body).digest(bodyDigest.encoding);
  }

  /** @throws DevhookError `usage` */
  signature(): string {
    const { algorithm, encoding, signed } = this.#scheme;
    if (encoding === "jwt") return this.#jwt();
    const content = this.#content(signed);
    if (isMac(algorithm)) return encodeDigest(macOf(algorithm, this.#keyBytes(), content), encoding);
    if (!isPublic(algorithm)) throw this.#cannot(`${algorithm} cannot be signed`);
    const key = readPrivateKey(this.#input.secret, algorithm);
    if (key === undefined)
      throw this.#cannot(
        `its scheme needs a private key (PEM or JWK) for ${algorithm}`,
        "give the private key that belongs to the public one your app verifies with",
      );
    return encodeDigest(signPrivate(algorithm, key, content), encoding);
  }

  /** A template filled with what is known so far; undefined when something in it has no value. */
  fill(template: string): string | undefined {
    const rendered = this.#render(template);
    return rendered.kind === "content" ? contentBytes(rendered.pieces, this.message.body).toString("latin1") : undefined;
  }

  headers(): HeaderList {
    return [...this.#headers.values()].flatMap(({ name, value }) => [name, value]);
  }

  #render(template: string): Rendered {
    const { time } = this.#scheme;
    return render(template, {
      message: this.message,
      url: this.message.url,
      timestamp: time === undefined ? undefined : writeTime(this.#input.now, time.unit),
      id: signedId(this.#scheme, this.message),
      secret: this.#keyBytes(),
    });
  }

  #content(template: string): Buffer {
    const rendered = this.#render(template);
    if (rendered.kind === "content") return contentBytes(rendered.pieces, this.message.body);
    const { placeholder } = rendered;
    const isUrl = ["url", "target", "path"].includes(placeholder) || placeholder.startsWith("query:");
    throw this.#cannot(
      `it signs {${placeholder}}, which this request does not have`,
      isUrl ? "name the public URL: --url https://…" : "use a body and headers of this provider",
    );
  }

  #jwt(): string {
    const { algorithm, claims = {}, bodyDigest, time, lifeSeconds } = this.#scheme;
    const seconds = Math.floor(this.#input.now / 1_000);
    const digest: Record<string, string> = bodyDigest?.place.in === "claim" ? { [bodyDigest.place.name]: this.bodyDigest() } : {};
    const times: Record<string, number> = time?.place.in === "claim" ? { [time.place.name]: seconds } : {};
    if (lifeSeconds !== undefined) times["exp"] = seconds + lifeSeconds;
    const text = jwtText(
      { alg: algorithm === "jwt-hs256" ? "HS256" : "ES256", typ: "JWT" },
      { ...this.#issuer(), ...claims, ...digest, ...times },
    );
    const content = Buffer.from(text, "latin1");
    if (algorithm === "jwt-hs256") return `${text}.${macOf("hmac-sha256", this.#keyBytes(), content).toString("base64url")}`;
    const key = readPrivateKey(this.#input.secret, algorithm);
    if (key === undefined) throw this.#cannot("its scheme needs a private key (PEM or JWK) of the curve P-256");
    return `${text}.${signPrivate("ecdsa-p256-p1363", key, content).toString("base64url")}`;
  }

  /** Who made the token that the message had: an id that belongs to the secret, and that the secret does not tell. */
  #issuer(): { readonly iss?: string } {
    const [place] = this.#scheme.signature;
    const issuer = place === undefined ? undefined : readJwt(firstValue(this.#input.message, place) ?? "")?.claims["iss"];
    return typeof issuer === "string" ? { iss: issuer } : {};
  }

  #keyBytes(): Buffer {
    if (this.#key.kind === "unusable") throw this.#cannot(this.#key.why, "copy it again, whole");
    return this.#key.kind === "bytes" ? this.#key.bytes : Buffer.alloc(0);
  }

  #putHeader(place: HeaderPlace, value: string): void {
    const name = place.numbered === true ? `${place.name}1` : place.name;
    const known = this.#headers.get(name.toLowerCase());
    const text = place.field === undefined ? (place.prefix ?? "") + value : `${place.field.name}${place.field.assign}${value}`;
    if (known === undefined) this.#headers.set(name.toLowerCase(), { name, value: text });
    else known.value = place.field === undefined ? text : known.value + place.field.separator + text;
    if (!isHeaderValue(text))
      throw this.#cannot(
        `${name} would hold a line end or another control character`,
        "look at the secret, the message id, and what the body gives to headers",
      );
    this.message = withHeader(this.message, name, this.#headers.get(name.toLowerCase())?.value ?? text);
  }

  #putMember(path: string, value: string): void {
    const there = this.message.json();
    const node = there === undefined ? undefined : nodeAt(there.root, path);
    // a number stays a number; where nothing stands yet, times of whole units are numbers as senders write them
    const isNumber = node === undefined ? path === bodyPathOf(this.#scheme.time?.place) && /^\d+$/.test(value) : node.kind === "number";
    const body = withMember(this.message.body, path, isNumber ? value : JSON.stringify(value));
    if (body === undefined) throw this.#cannot(`its scheme writes ${path} into the body, and the body is no JSON object`);
    this.message = changedMessage(this.message, { body });
  }

  #cannot(why: string, fix?: string): DevhookError {
    return new DevhookError("usage", { what: `cannot sign as ${this.#input.provider.name}`, why, ...(fix !== undefined && { fix }) });
  }
}

function schemeOf({ id, name, signing }: SignInput["provider"], wanted: string | undefined): Scheme {
  const scheme = wanted === undefined ? signing.schemes[0] : signing.schemes.find((one) => one.id === wanted);
  if (scheme !== undefined) return scheme;
  if (signing.schemes.length > 0) {
    throw new DevhookError("usage", {
      what: `${name} has no scheme ${wanted}`,
      why: `it has: ${signing.schemes.map((one) => one.id).join(", ")}`,
      fix: `see them: devhook providers ${id}`,
    });
  }
  throw new DevhookError("usage", {
    what: `cannot sign as ${name}`,
    why: signing.unverifiable?.reason ?? signing.unsigned?.note ?? "no scheme is known",
    fix: "send it unsigned",
  });
}

/** The message without the headers and members that the scheme is about to write, so that no old signature is signed or sent. */
function withoutSignature(message: Message, scheme: Scheme): Message {
  const places = [...scheme.signature, ...(scheme.time === undefined ? [] : [scheme.time.place])];
  const names = new Set(places.flatMap((place) => (place.in === "header" ? [place.name.toLowerCase()] : [])));
  const headers: string[] = [];
  for (let i = 0; i + 1 < message.headers.length; i += 2) {
    const name = message.headers[i] ?? "";
    const isNumbered = scheme.signature.some(
      (place) => place.in === "header" && place.numbered === true && name.toLowerCase().startsWith(place.name.toLowerCase()),
    );
    if (!names.has(name.toLowerCase()) && !isNumbered) headers.push(name, message.headers[i + 1] ?? "");
  }
  return changedMessage(message, { headers });
}

function withHeader(message: Message, name: string, value: string): Message {
  const headers: string[] = [];
  for (let i = 0; i + 1 < message.headers.length; i += 2) {
    if ((message.headers[i] ?? "").toLowerCase() !== name.toLowerCase())
      headers.push(message.headers[i] ?? "", message.headers[i + 1] ?? "");
  }
  return changedMessage(message, { headers: [...headers, name, value] });
}

function withQuery(url: string, name: string, value: string): string {
  const [before = "", fragment] = url.split("#", 2);
  const key = encodeURIComponent(name);
  const at = before.indexOf("?");
  const kept =
    at < 0
      ? []
      : before
          .slice(at + 1)
          .split("&")
          .filter((pair) => pair !== "" && ![key, name].includes(pair.split("=", 1)[0] ?? ""));
  const query = [...kept, `${key}=${encodeURIComponent(value)}`].join("&");
  return `${at < 0 ? before : before.slice(0, at)}?${query}${fragment === undefined ? "" : `#${fragment}`}`;
}

function bodyPathOf(place: Exclude<Place, ClaimPlace> | ClaimPlace | undefined): string | undefined {
  return place?.in === "body" ? place.path : undefined;
}

/** A text as it is written into `place`: a header takes its UTF-8 bytes, one character each. */
function asWritten(text: string, place: Place): string {
  return place.in === "header" ? latin1Of(text) : text;
}

/** An id where the caller has none: the same message at the same time has the same. */
function madeId(message: Message, now: number): string {
  return `msg_${createHash("sha256").update(`${now}.`).update(message.body).digest("base64url").slice(0, 24)}`;
}
