import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { providers } from "../../../shared/providers/index.ts";
import { coversTime } from "../../../shared/signatures/check.ts";
import type { EventField, EventKind, Fact, Handshake, Provider } from "../../../shared/signatures/provider.ts";
import type { Scheme, Source } from "../../../shared/signatures/scheme.ts";
import { placeholdersOf, templateFault } from "../../../shared/signatures/template.ts";

const ID = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const PUBLIC_KEYS = ["ed25519", "ecdsa-p256-der", "ecdsa-p256-p1363", "rsa-sha1", "rsa-sha256", "jwt-es256"];
const byId = new Map(providers.map((provider) => [provider.id, provider]));
const table = providers.map((provider) => ({ id: provider.id, provider }));

describe("the index", () => {
  test("has one file for each provider, named after its id", () => {
    const files = readdirSync("shared/providers").filter((name) => name.endsWith(".ts") && name !== "index.ts");
    expect(files.map((name) => name.slice(0, -3)).toSorted()).toEqual(providers.map(({ id }) => id.replaceAll(".", "-")).toSorted());
  });

  test("knows no id or alias twice", () => {
    const ids = providers.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(repeated(ids)).toEqual([]);
    expect(ids.filter((id) => !ID.test(id))).toEqual([]);
  });

  test("lists providers by id", () => {
    const ids = providers.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
  });
});

describe.each(table)("$id", ({ provider }) => {
  test("names the provider that it is like, and that one stands for itself", () => {
    const { sameAs } = provider;
    if (sameAs === undefined) return;
    expect(byId.has(sameAs)).toBe(true);
    expect(sameAs).not.toBe(provider.id);
    expect(byId.get(sameAs)?.sameAs).toBeUndefined();
  });

  test("states a source with a day for every fact", () => {
    const faults = sourcesOf(provider).filter(({ from, date }) => from.trim() === "" || !isDay(date));
    expect(faults).toEqual([]);
  });

  test("says how it signs, or that it does not, or why that cannot be checked", () => {
    const { schemes, unsigned, unverifiable } = provider.signing;
    expect(schemes.length > 0 || unsigned !== undefined || unverifiable !== undefined).toBe(true);
  });

  test("calls each scheme by a name of its own", () => {
    const ids = provider.signing.schemes.map(({ id }) => id);
    expect(repeated(ids)).toEqual([]);
    expect(ids.filter((id) => !ID.test(id))).toEqual([]);
  });

  test("has schemes that hold together", () => {
    expect(provider.signing.schemes.flatMap((scheme) => schemeFaults(scheme).map((fault) => `${scheme.id}: ${fault}`))).toEqual([]);
  });

  test("waits between attempts only", () => {
    expect(retryFaults(provider)).toEqual([]);
  });

  test("answers handshakes with what a request holds", () => {
    expect(repeated(provider.handshakes.map(({ id }) => id))).toEqual([]);
    expect(provider.handshakes.flatMap(handshakeFaults)).toEqual([]);
  });

  test("tells its kinds of events apart", () => {
    expect(repeated((provider.events ?? []).map(({ type, variant = "" }) => `${type} ${variant}`))).toEqual([]);
  });

  test("has a sample of every kind of event with its fields", () => {
    expect((provider.events ?? []).flatMap((kind) => eventFaults(provider, kind).map((fault) => `${kind.type}: ${fault}`))).toEqual([]);
  });

  test("tells nothing secret and nobody's address", () => {
    expect(indiscretions(provider)).toEqual([]);
  });
});

test("a fault of a scheme is seen", () => {
  const sound = anyScheme();
  expect(schemeFaults(sound)).toEqual([]);
  expect(schemeFaults({ ...sound, signed: "{timestamp}.{bodies}" })).toContain("{bodies} is no placeholder");
  expect(schemeFaults({ ...sound, signed: "{body}" })).toContain("its time is not signed");
  expect(schemeFaults({ ...sound, signed: "{id}.{timestamp}.{body}" })).toContain("{id} without messageId, or the other way round");
  expect(schemeFaults({ ...sound, key: { form: "public" } })).toContain("the key does not fit hmac-sha256");
  expect(schemeFaults({ ...sound, algorithm: "token" })).toContain("a token signs nothing");
});

test("a fault of an event is seen", () => {
  const kind: EventKind = {
    type: "a.b",
    summary: "Something happened.",
    fields: [
      { path: "event", type: "string" },
      { path: "data.count", type: "integer" },
    ],
    sample: '{"event":"a.b","data":{"count":1}}',
    evidence: "invented",
    seen: "documented",
    source: SOURCE,
  };
  const provider = anyProvider();
  expect(eventFaults(provider, kind)).toEqual([]);
  expect(eventFaults(provider, { ...kind, sample: "{// no JSON\n}" })).toEqual(["the sample is not JSON"]);
  expect(eventFaults(provider, { ...kind, sample: '{"event":"a.b","data":{}}' })).toEqual(["the sample has no data.count"]);
  expect(eventFaults(provider, { ...kind, sample: '{"event":"a.b","data":{"count":"1"}}' })).toEqual([
    "data.count is a string in the sample",
  ]);
  expect(eventFaults(provider, { ...kind, type: "a.c" })).toEqual(["the sample is of the type a.b"]);
});

test("an indiscretion is seen", () => {
  const provider = anyProvider();
  expect(indiscretions(provider)).toEqual([]);
  expect(indiscretions({ ...provider, notes: ["ask jane@company.test"] })).toEqual(["jane@company.test"]);
  expect(indiscretions({ ...provider, notes: ["https://jane:pw@company.test/"] })).toEqual(["https://jane:pw@company.test/"]);
  expect(indiscretions({ ...provider, notes: [`whsec_${"MfKQ9r8GKYqrTwjU"}`] })).toEqual(["whsec_MfKQ9r8GKYqrTwjU"]);
});

const SOURCE: Source = { grade: "assumed", from: "this test", date: "2026-11-21" };

function anyScheme(): Scheme {
  return {
    id: "v1",
    signature: [{ in: "header", name: "X-Signature" }],
    algorithm: "hmac-sha256",
    encoding: "hex",
    key: { form: "text" },
    signed: "{timestamp}.{body}",
    time: { place: { in: "header", name: "X-Timestamp" }, unit: "s" },
    source: SOURCE,
  };
}

function anyProvider(): Provider {
  return {
    id: "any",
    name: "Any",
    recognise: [],
    signing: { schemes: [anyScheme()] },
    event: { type: [{ in: "body", path: "event" }], id: [], source: SOURCE },
    handshakes: [],
    delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
  };
}

function repeated(texts: readonly string[]): readonly string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toISOString().startsWith(text);
}

function sourcesOf({ signing, secret, event, handshakes, delivery, events = [] }: Provider): readonly Source[] {
  const facts: readonly Fact<unknown>[] = [delivery.deadline, delivery.success, delivery.retries, delivery.disable];
  const stated = [signing.unsigned, signing.unverifiable, secret, event, ...signing.schemes, ...handshakes, ...events, ...facts];
  return stated.flatMap((fact) => (fact === undefined || fact === "not found" ? [] : [fact.source]));
}

function schemeFaults(scheme: Scheme): readonly string[] {
  const { algorithm, encoding, key, signed, messageId, time, bodyDigest, extraHeaders = [], signature } = scheme;
  const holes = placeholdersOf(signed);
  const faults: string[] = [];
  for (const template of [signed, ...extraHeaders.map(([, value]) => value)]) {
    const fault = templateFault(template);
    if (fault !== undefined) faults.push(fault);
  }
  if (signature.length === 0) faults.push("its signature stands nowhere");
  if (algorithm === "token" && (signed !== "" || encoding !== "text")) faults.push("a token signs nothing");
  if (algorithm.startsWith("jwt-") !== (encoding === "jwt")) faults.push(`${algorithm} is not written as ${encoding}`);
  if (encoding === "jwt" && (signed !== "" || bodyDigest === undefined)) faults.push("a JWT covers the body by a digest");
  if (algorithm !== "token" && encoding !== "jwt" && holes.size === 0) faults.push("it signs nothing");
  if (PUBLIC_KEYS.includes(algorithm) !== (key.form === "public")) faults.push(`the key does not fit ${algorithm}`);
  if ((algorithm === "sha256") !== holes.has("secret")) faults.push("{secret} belongs to a plain hash and to nothing else");
  if (holes.has("id") !== (messageId !== undefined)) faults.push("{id} without messageId, or the other way round");
  if (holes.has("timestamp") && time === undefined) faults.push("{timestamp} without a time");
  if (time !== undefined && !coversTime(scheme)) faults.push("its time is not signed");
  if (time?.tolerance !== undefined && [time.tolerance.old, time.tolerance.future].some((seconds) => seconds !== null && seconds <= 0))
    faults.push("its tolerance is no number of seconds");
  return faults;
}

function retryFaults({ delivery: { deadline, retries, disable } }: Provider): readonly string[] {
  const faults: string[] = [];
  if (deadline !== "not found" && !(deadline.value > 0)) faults.push("the deadline is no number of seconds");
  if (retries !== "not found") {
    const { attempts, waits, overSeconds } = retries.value;
    if (waits !== undefined && waits.length >= (attempts ?? Number.POSITIVE_INFINITY)) faults.push("more waits than gaps between attempts");
    if (waits?.some((seconds) => !(seconds >= 0)) === true || !((overSeconds ?? 1) > 0)) faults.push("a wait is no number of seconds");
    if (attempts === undefined && overSeconds === undefined && retries.note === undefined)
      faults.push("retries without a number or a note");
  }
  if (disable !== "not found" && disable.value.failures === undefined && disable.note === undefined)
    faults.push("disabled by a rule that is not told");
  return faults;
}

function handshakeFaults({ id, match, answer, note }: Handshake): readonly string[] {
  const faults: string[] = [];
  if (!ID.test(id)) faults.push(`${id} is no name`);
  if (match.length === 0) faults.push(`${id} matches every request`);
  if (note === "") faults.push(`${id} has no note`);
  const holes =
    (answer?.body ?? "")
      .replaceAll("{{", "")
      .replaceAll("}}", "")
      .match(/\{[^{}"]*\}/g) ?? [];
  for (const hole of holes) {
    if (!/^\{(?:(?:json:|hmac-sha256-hex:)?(?:body|query|form):[^:{}]+)\}$/.test(hole)) faults.push(`${id}: ${hole} is no placeholder`);
  }
  return faults;
}

function eventFaults(provider: Provider, { type, fields, sample }: EventKind): readonly string[] {
  const body = parsed(sample);
  if (body === undefined) return ["the sample is not JSON"];
  const faults = fields.flatMap((field) => fieldFault(body, field) ?? []);
  const missing = repeated(fields.map(({ path }) => path)).map((path) => `${path} is listed twice`);
  const places = provider.event.type;
  const inBody = places.every((place) => place.in === "body");
  const stated = places
    .map((place) => (place.in === "body" ? valueAt(body, place.path) : undefined))
    .filter((value) => typeof value === "string")
    .join(".");
  const isOther = places.length > 0 && inBody && stated !== type;
  return [...faults, ...missing, ...(isOther ? [`the sample is of the type ${stated}`] : [])];
}

function fieldFault(body: unknown, { path, type, optional }: EventField): string | undefined {
  const value = valueAt(body, path);
  if (value === undefined) return optional === true ? undefined : `the sample has no ${path}`;
  const found = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (found === type || (found === "number" && type === "integer" && Number.isInteger(value))) return undefined;
  return `${path} is a ${found} in the sample`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Mail addresses that are no examples, URLs with a password, and texts in the form of real secrets. */
function indiscretions(provider: Provider): readonly string[] {
  const text = JSON.stringify(provider);
  const urls = text.match(/https?:\/\/[^/\s"\\]*@[^\s"\\]*/g) ?? [];
  const mails = urls.length > 0 ? [] : (text.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g) ?? []);
  const secrets = text.match(/(?:wh(?:sec|sk)_|[sr]k_(?:live|test)_|xox[abp]-|gh[ps]_)[A-Za-z0-9+/]{10,}/g) ?? [];
  return [...urls, ...mails.filter((mail) => !/@example\.(?:com|net|org)$/.test(mail)), ...secrets];
}
