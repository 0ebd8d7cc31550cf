import { signedId } from "../check.ts";
import type { OnlyForm, WithoutForm } from "../json-forms.ts";
import { nodeAt, scalarOf } from "../json-text.ts";
import { changedMessage, type Message } from "../message.ts";
import { firstValue, latin1Of } from "../places.ts";
import { placeText } from "../reasons.ts";
import type { Scheme } from "../scheme.ts";
import { placeholdersOf } from "../template.ts";
import { readTime, writeTime } from "../time.ts";
import { urlSpellings } from "../url-spellings.ts";
import type { ReasonCode } from "../verification.ts";
import type { Cause, Form } from "./cause.ts";
import type { Evidence } from "./evidence.ts";

/** What the signed text is made from. */
export type Content = {
  readonly template: string;
  readonly message: Message;
  readonly url: string | undefined;
  readonly timestamp: string | undefined;
  readonly id: string | undefined;
};

/** Orders and signs with which senders put a text together; the likeliest first. */
const TEMPLATES = [
  "{body}",
  "{timestamp}.{body}",
  "{timestamp}{body}",
  "{timestamp}:{body}",
  "{timestamp}\n{body}",
  "{timestamp}|{body}",
  "{timestamp}-{body}",
  "{timestamp} {body}",
  "{body}.{timestamp}",
  "{body}{timestamp}",
  "{body}:{timestamp}",
  "v0:{timestamp}:{body}",
  "v1:{timestamp}:{body}",
  "v1.{timestamp}.{body}",
  "t={timestamp}.{body}",
  "{id}.{timestamp}.{body}",
  "{timestamp}.{id}.{body}",
  "{id}:{timestamp}:{body}",
  "{id}{timestamp}{body}",
  "{timestamp}{id}{body}",
  "{id}.{body}",
  "{id}{body}",
  "{body}.{id}",
  "{secret}{body}",
  "{body}{secret}",
  "{secret}.{body}",
  "{timestamp}.{body}.{secret}",
  "{body-sha256-hex}",
  "{timestamp}.{body-sha256-hex}",
  "{id}.{timestamp}.{body-sha256-hex}",
  "{timestamp}",
  "{id}.{timestamp}",
  "{id}",
  "{url}{body}",
  "{url}.{body}",
  "{target}{body}",
  "{path}{body}",
  "{method}{url}{body}",
  "{method}{target}{body}",
  "{method}{path}{body}",
  "{method}\n{path}\n{body}",
  "{method}\n{path}\n{timestamp}\n{body}",
  "{method}{url}{body}{timestamp}",
  "{timestamp}{method}{path}{body}",
  "{timestamp}.{method}.{path}.{body}",
  "{timestamp}{url}{body}",
  "{url}",
  "{url}{form-sorted}",
  "{url}{form-sorted-unique}",
  "{form-sorted}",
];
/** Members of a body that hold what a sender may take for all of it, and the ones that hold a signature. */
const INNER = ["data", "payload", "event", "object", "message", "body"];
const SIGNATURES = ["signature", "sig", "sign", "hmac", "hash"];
/** Values of headers that are tried for a timestamp or an id. */
const MOST_VALUES = 3;

/** The signed texts of the scheme itself, one for each spelling of the URL that its own verifier tries. */
export function plainContents(message: Message, scheme: Scheme): readonly Form<Content>[] {
  const { time, signed } = scheme;
  const timestamp = time === undefined ? undefined : firstValue(message, time.place);
  const id = signedId(scheme, message);
  return urlSpellings(message, scheme).map((url) => ({ value: { template: signed, message, url, timestamp, id }, causes: [] }));
}

/** Signed texts that are put together in another way. */
export function changedContents(evidence: Evidence): readonly Form<Content>[] {
  const { message, scheme, siblings } = evidence;
  const [plain] = plainContents(message, scheme);
  if (plain === undefined) return [];
  const own = plain.value;
  const contents: Form<Content>[] = [];
  const seen = new Set([keyOf(own)]);
  const add = (change: Partial<Content>, causes: readonly Cause[]): void => {
    const value = { ...own, ...change };
    const key = keyOf(value);
    if (seen.has(key)) return;
    seen.add(key);
    contents.push({ value, causes });
  };

  const holes = placeholdersOf(scheme.signed);
  const times = timestampsOf(evidence, own.timestamp);
  const ids = idsOf(evidence, own.id);
  if (holes.has("timestamp")) for (const { value, causes } of times) add({ timestamp: value }, causes);
  if (holes.has("id")) for (const { value, causes } of ids) add({ id: value }, causes);
  for (const method of holes.has("method") ? METHODS : [])
    add({ message: changedMessage(message, { method }) }, [otherMethod(method, message.method)]);

  const templates = [...TEMPLATES, ...siblings.flatMap((one) => (one.signed === "" ? [] : [one.signed])), ...innerTemplates(evidence)];
  for (const template of new Set(templates)) {
    const needs = placeholdersOf(template);
    const isTimeMissing = own.timestamp === undefined && needs.has("timestamp");
    for (const time of isTimeMissing ? times.slice(0, MOST_VALUES) : [{ value: own.timestamp, where: undefined }]) {
      for (const id of own.id === undefined && needs.has("id") ? ids : [{ value: own.id, where: undefined }])
        add({ template, timestamp: time.value, id: id.value }, [otherTemplate(template, scheme, { timestamp: time.where, id: id.where })]);
    }
  }
  // both at once: the text put together otherwise, and the time in another unit
  if (own.timestamp !== undefined)
    for (const template of TEMPLATES.slice(0, TIMED))
      if (template.includes("{timestamp}"))
        for (const { value, causes } of times) add({ template, timestamp: value }, [otherTemplate(template, scheme, {}), ...causes]);
  return contents;
}
/** Of {@link TEMPLATES}, those that are tried with other timestamps too. */
const TIMED = 15;
const METHODS = ["POST", "GET", "PUT", "PATCH", "DELETE", "post"];

/** The timestamps of the thousand milliseconds of the second that a message states: a sender may sign its clock and send the seconds. */
export function* millisecondContents(message: Message, scheme: Scheme): Generator<Form<Content>> {
  const [plain] = plainContents(message, scheme);
  const seconds = plain?.value.timestamp;
  if (plain === undefined || seconds === undefined || !/^\d{10}$/.test(seconds) || !placeholdersOf(scheme.signed).has("timestamp")) return;
  for (let ms = 0; ms < 1_000; ms++) {
    const timestamp = seconds + String(ms).padStart(3, "0");
    yield { value: { ...plain.value, timestamp }, causes: [otherUnit(seconds, timestamp, "milliseconds")] };
  }
}

/** A member of the body in place of all of it, or the body without the member of a signature: alone, and where the scheme has the body. */
function innerTemplates({ json, scheme: { signed } }: Evidence): readonly string[] {
  const root = json()?.root;
  if (root?.kind !== "object") return [];
  const names = root.members.map(({ name }) => name);
  const holes = [
    ...SIGNATURES.filter((name) => names.includes(name)).flatMap((name) => WITHOUT.map((form) => `{body-without:${name}:${form}}`)),
    ...INNER.filter((name) => names.includes(name)).flatMap((name) => ONLY.map((form) => `{body-only:${name}:${form}}`)),
  ];
  return holes.flatMap((hole) => [signed.replaceAll("{body}", hole), hole]);
}
const WITHOUT: readonly WithoutForm[] = ["compact", "cut", "blank", "null", "python", "sorted", "python-sorted", "pretty-2"];
const ONLY: readonly OnlyForm[] = ["raw", "compact", "python", "sorted"];

function otherTemplate(template: string, { signed }: Scheme, origins: Readonly<Record<string, string | undefined>>): Cause {
  const [is, should] = [placeholdersOf(template), placeholdersOf(signed)];
  const hasBody = [...is].some((name) => name.startsWith("body"));
  const missing = [...should].filter((name) => !is.has(name) && !(hasBody && name === "body"));
  const more = [...is].filter((name) => !should.has(name)).map((name) => HOLES[name] ?? name + (origins[name] ?? ""));
  const notes = [
    ...(missing.length > 0 ? [`without ${missing.join(" and ")}`] : []),
    ...(more.length > 0 ? [`with ${more.join(" and ")}`] : []),
  ];
  const note = notes.length === 0 ? "put together in another way" : notes.join(" and ");
  return {
    code: "signed-content",
    found: `the signed text is ${shownTemplate(template)}, ${note}; this scheme signs ${shownTemplate(signed)}`,
    hint: `sign ${shownTemplate(signed)}; if the sender is right as it is, name it with --provider, or describe its scheme`,
  };
}
/** What stands in a text in place of the body. */
const HOLES: Readonly<Record<string, string>> = {
  "body-only": "one member of the body alone",
  "body-without": "the body before its signature was put in",
  "body-sha256-hex": "the hash of the body",
};

function shownTemplate(template: string): string {
  return template.replaceAll("\n", "\\n");
}

function otherMethod(signed: string, sent: string): Cause {
  return {
    code: "other-method",
    found: `the method ${signed} was signed, and the request is ${sent}`,
    hint:
      signed.toUpperCase() === sent
        ? `sign ${sent}, in capitals`
        : `sign ${sent}; if ${signed} was sent, a redirect changed it: give the sender the final URL`,
  };
}

function otherUnit(sent: string, signed: string, unit: string): Cause {
  return {
    code: "timestamp-unit",
    found: `the signed text holds the time as ${signed} (${unit}), and the message as ${sent}`,
    hint: "make the text of the time once, and sign and send that one",
  };
}

/** Another value, and where it stands, as ` (header X)`. */
type Elsewhere = Form<string> & { readonly where?: string };

/** Other texts for the time of signing. */
function timestampsOf({ message, scheme: { time }, json }: Evidence, own: string | undefined): readonly Elsewhere[] {
  const found: Elsewhere[] = own === undefined ? [] : [...unitsOf(own)];
  const around = (text: string, where: string): void => {
    if (text === own || found.length > 12) return;
    const right = time === undefined ? "no time" : `that of ${placeText(time.place)}`;
    found.push({
      value: text,
      where: ` (${where})`,
      causes: [cause("signed-content", `the time of ${where} was signed, and this scheme signs ${right}`)],
    });
  };
  let headers = 0;
  for (let i = 0; i + 1 < message.headers.length && headers < MOST_VALUES; i += 2) {
    const [name = "", text = ""] = message.headers.slice(i, i + 2);
    const isNamed = /timestamp|[-_]time$|^date$|[-_]ts$/i.test(name);
    const inside = isNamed ? text : /(?:^|[,;\s])(?:t|ts|timestamp)=(\d{10,13})(?:$|[,;\s])/.exec(text)?.[1];
    if (inside === undefined || inside === "" || inside.length > 40) continue;
    headers++;
    around(inside, `header ${name}`);
  }
  const root = json()?.root;
  for (const name of root === undefined ? [] : ["timestamp", "created", "created_at", "createdAt", "time"]) {
    const text = root === undefined ? undefined : scalarOf(nodeAt(root, name));
    if (text !== undefined && text.length <= 40) around(latin1Of(text), `member ${name} of the body`);
  }
  return found;
}

/** One time in the other units and spellings. */
function* unitsOf(text: string): Generator<Form<string>> {
  const isMs = /^\d{12,15}$/.test(text);
  const ms = isMs ? Number(text) : (readTime(text, "s") ?? readTime(text, "iso") ?? readTime(text, "http-date"));
  if (ms === undefined || !Number.isFinite(ms) || Math.abs(ms) > MOST_TIME) return;
  const iso = writeTime(ms, "iso");
  const spellings: readonly (readonly [string, string])[] = [
    [writeTime(ms, "ms"), "milliseconds"],
    [writeTime(ms, "s"), "seconds"],
    [iso, "ISO 8601"],
    [iso.replace(/\.\d+Z$/, "Z"), "ISO 8601 without milliseconds"],
    [iso.replace(/\.\d+Z$/, "+00:00"), "ISO 8601 as Python writes it"],
    [`${text}.0`, "seconds as a float of Python"],
  ];
  for (const [spelling, unit] of spellings) if (spelling !== text) yield { value: spelling, causes: [otherUnit(text, spelling, unit)] };
}
/** The last moment that a Date can hold, ms. */
const MOST_TIME = 8.64e15;

function idsOf({ message, scheme: { messageId }, json }: Evidence, own: string | undefined): readonly Elsewhere[] {
  const found: Elsewhere[] = [];
  const right = messageId === undefined ? "none" : `that of ${placeText(messageId)}`;
  const add = (text: string, where: string): void => {
    if (text !== own && text !== "" && text.length <= 200 && found.length < MOST_VALUES)
      found.push({
        value: text,
        where: ` (${where})`,
        causes: [cause("signed-content", `the id of ${where} was signed, and this scheme signs ${right}`)],
      });
  };
  for (let i = 0; i + 1 < message.headers.length; i += 2) {
    const name = message.headers[i] ?? "";
    if (/(?:^|[-_])id$/i.test(name)) add(message.headers[i + 1] ?? "", `header ${name}`);
  }
  const root = json()?.root;
  const bodyId = root === undefined ? undefined : scalarOf(nodeAt(root, "id"));
  if (bodyId !== undefined) add(latin1Of(bodyId), "member id of the body");
  return found;
}

function cause(code: ReasonCode, found: string): Cause {
  return { code, found, hint: "sign the value that is sent where the scheme has it" };
}

function keyOf({ template, message, timestamp, id, url }: Content): string {
  return JSON.stringify([template, message.method, timestamp, id, url]);
}
