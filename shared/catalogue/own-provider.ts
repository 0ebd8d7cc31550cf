import { z } from "zod";
import { isToken } from "../http/headers.ts";
import { answerFault } from "../signatures/handshake-answer.ts";
import type { Provider } from "../signatures/provider.ts";
import type { Scheme, Source } from "../signatures/scheme.ts";
import { placeholdersOf, templateFault } from "../signatures/template.ts";

/** Something in a user's provider that is not accepted. */
type ProviderIssue = {
  /** path inside the provider, as in `signing.schemes[0].signed`; empty for the whole */
  readonly at: string;
  /** one clause */
  readonly message: string;
  readonly accepts: string;
};

export type OwnProvider =
  | { readonly kind: "provider"; readonly provider: Provider }
  | { readonly kind: "invalid"; readonly issues: readonly ProviderIssue[] };

/** What an id may be: the lower-case words of the built-in ones. */
const ID = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const ID_RULE = "lower-case words joined by - or .";
const OWN: Source = { grade: "assumed", from: "devhook.config.json", date: "1970-01-01" };

/**
 * Reads a user's own provider: the record of the built-in ones, of which `signing.schemes` is needed and all else may be left out; sources are not asked for.
 * @param json the value under its id in `providers` of a configuration file
 */
export function readOwnProvider(id: string, json: unknown): OwnProvider {
  if (!ID.test(id))
    return {
      kind: "invalid",
      issues: [{ at: "", message: `${JSON.stringify(id)} is no provider id`, accepts: ID_RULE }],
    };
  const parsed = providerSchema.safeParse(json, { reportInput: true });
  if (!parsed.success) return { kind: "invalid", issues: parsed.error.issues.flatMap(issuesOf) };
  const { name = id, recognise = [], signing, event, handshakes = [], secret, notes, aliases, sameAs } = parsed.data;
  const schemes = signing.schemes.map((scheme): Scheme => ({ ...(scheme as Omit<Scheme, "source">), source: OWN }));
  const issues = schemes.flatMap((scheme, index) =>
    faultsOf(scheme).map((fault) => ({ ...fault, at: `signing.schemes[${index}].${fault.at}` })),
  );
  const ids = schemes.map((scheme) => scheme.id);
  const twice = ids.findIndex((one, index) => ids.indexOf(one) !== index);
  if (twice >= 0)
    issues.push({
      at: `signing.schemes[${twice}].id`,
      message: `${JSON.stringify(ids[twice])} is taken by another scheme`,
      accepts: "an id of its own",
    });
  for (const [index, { answer }] of handshakes.entries()) {
    const fault = answer === undefined ? undefined : answerFault(answer.body);
    if (fault !== undefined)
      issues.push({
        at: `handshakes[${index}].answer.body`,
        message: fault,
        accepts: "text with {body:path}, {query:name} or {form:name}",
      });
  }
  if (issues.length > 0) return { kind: "invalid", issues };
  const provider = {
    id,
    name,
    ...(aliases !== undefined && { aliases }),
    ...(sameAs !== undefined && { sameAs }),
    recognise,
    signing: { schemes },
    ...(secret !== undefined && { secret: { ...secret, source: OWN } }),
    event: { type: [], id: [], ...event, source: OWN },
    handshakes: handshakes.map((one) => ({ note: "", signed: false, ...one, source: OWN })),
    delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
    ...(notes !== undefined && { notes }),
  } as const;
  // zod writes optional members as `| undefined`; none of them is undefined here
  return { kind: "provider", provider: provider as Provider };
}

const text = z.string().min(1).max(1_000);
const headerName = z.string().max(1_000).refine(isToken, "a header name");
const providerId = z.string().regex(ID, ID_RULE);
const field = z.strictObject({ name: text, separator: text, assign: text });
const bodyPlace = z.strictObject({ in: z.literal("body"), path: text, prefix: text.optional() });
const PLACES = [
  z.strictObject({
    in: z.literal("header"),
    name: headerName,
    prefix: text.optional(),
    prefixOptional: z.literal(true).optional(),
    field: field.optional(),
    numbered: z.literal(true).optional(),
  }),
  bodyPlace,
  z.strictObject({ in: z.literal("query"), name: text }),
  z.strictObject({ in: z.literal("form"), name: text }),
  z.strictObject({ in: z.literal("claim"), name: text }),
] as const;
const place = z.discriminatedUnion("in", PLACES);
const condition = z.strictObject({
  place: z.discriminatedUnion("in", [...PLACES, z.strictObject({ in: z.literal("method") })]),
  equals: z.union([z.string(), z.array(z.string())], "a text, or a list of texts").optional(),
  startsWith: text.optional(),
});
const seconds = z.number().min(0).max(31_536_000).nullable();
const scheme = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower-case words joined by -"),
  note: text.optional(),
  when: z.array(condition).max(20).optional(),
  signature: z.array(place).min(1).max(20),
  algorithm: z.enum([
    "hmac-sha1",
    "hmac-sha256",
    "hmac-sha512",
    "sha256",
    "ed25519",
    "ecdsa-p256-der",
    "ecdsa-p256-p1363",
    "rsa-sha1",
    "rsa-sha256",
    "jwt-hs256",
    "jwt-es256",
    "token",
  ]),
  encoding: z.enum(["hex", "base64", "base64url", "text", "jwt"]),
  hexCase: z.enum(["lower", "any"]).optional(),
  key: z.discriminatedUnion("form", [
    z.strictObject({ form: z.literal("text") }),
    z.strictObject({ form: z.literal("base64"), prefix: text.optional() }),
    z.strictObject({ form: z.literal("hex") }),
    z.strictObject({ form: z.literal("public"), prefix: text.optional() }),
  ]),
  signed: z.string().max(2_000),
  messageId: place.optional(),
  time: z
    .strictObject({
      place,
      unit: z.enum(["s", "ms", "iso", "http-date"]),
      tolerance: z.strictObject({ old: seconds, future: seconds }).optional(),
      inclusive: z.boolean().optional(),
    })
    .optional(),
  bodyDigest: z.strictObject({ place, hash: z.literal("sha256"), encoding: z.enum(["hex", "base64"]) }).optional(),
  claims: z.record(z.string(), z.string()).optional(),
  lifeSeconds: z.int().min(1).max(31_536_000).optional(),
  urlVariants: z.array(z.enum(["default-port-toggled", "decoded", "slash-toggled"])).optional(),
  extraHeaders: z
    .array(z.tuple([headerName, z.string().max(2_000)]))
    .max(20)
    .optional(),
});
const providerSchema = z.strictObject({
  name: text.optional(),
  aliases: z.array(providerId).max(10).optional(),
  sameAs: providerId.optional(),
  recognise: z.array(z.array(condition).min(1).max(20)).max(20).optional(),
  signing: z.strictObject({ schemes: z.array(scheme).min(1).max(20) }),
  secret: z.strictObject({ called: text, where: text.optional(), prefix: text.optional() }).optional(),
  event: z
    .strictObject({
      type: z.array(place).max(10).optional(),
      id: z.array(place).max(10).optional(),
      derivedId: z.array(place).max(10).optional(),
      attempt: place.optional(),
      callbackUrl: bodyPlace.optional(),
    })
    .optional(),
  handshakes: z
    .array(
      z.strictObject({
        id: text,
        match: z.array(condition).min(1).max(20),
        onlyMembers: z.array(text).min(1).max(50).optional(),
        signed: z.boolean().optional(),
        answer: z
          .strictObject({ status: z.int().min(200).max(599), contentType: text.optional(), body: z.string().max(10_000) })
          .optional(),
        note: text.optional(),
      }),
    )
    .max(20)
    .optional(),
  notes: z.array(text).max(20).optional(),
});

/** What a record says that cannot work together. */
function faultsOf(one: Scheme): readonly ProviderIssue[] {
  const templates = [
    ["signed", one.signed] as const,
    ...(one.extraHeaders ?? []).map(([, value], i) => [`extraHeaders[${i}]`, value] as const),
  ];
  const unreadable = templates.flatMap(([at, template]): readonly ProviderIssue[] => {
    const fault = templateFault(template);
    return fault === undefined ? [] : [{ at, message: fault, accepts: "text with placeholders, as in {timestamp}.{body}" }];
  });
  if (unreadable.length > 0) return unreadable;
  const holes = placeholdersOf(one.signed);
  const isKeyless = one.algorithm === "token" || one.encoding === "jwt";
  const faults: ProviderIssue[] = [];
  const expect = (holds: boolean, at: string, message: string, accepts: string): void => {
    if (!holds) faults.push({ at, message, accepts });
  };
  expect(isKeyless || one.signed !== "", "signed", "is empty, so that any signature would stand for any body", "at least {body}");
  expect(!isKeyless || one.signed === "", "signed", `is not looked at by ${one.algorithm}`, "an empty text");
  expect(
    !holes.has("timestamp") || one.time !== undefined,
    "time",
    "is missing, and {timestamp} is signed",
    "where the timestamp stands, and its unit",
  );
  expect(!holes.has("id") || one.messageId !== undefined, "messageId", "is missing, and {id} is signed", "where the message id stands");
  expect(
    (one.encoding === "jwt") === one.algorithm.startsWith("jwt-"),
    "encoding",
    `does not go with ${one.algorithm}`,
    "jwt for jwt-hs256 and jwt-es256, and for them alone",
  );
  expect(
    (one.encoding === "text") === (one.algorithm === "token"),
    "encoding",
    `does not go with ${one.algorithm}`,
    "text for token, and for it alone",
  );
  const fromClaims = [...one.signature, one.time?.place, one.messageId, one.bodyDigest?.place].some((from) => from?.in === "claim");
  expect(one.encoding === "jwt" || !fromClaims, "encoding", "does not go with a claim: only a JSON Web Token has claims", "jwt");
  expect(
    !one.signature.some((from) => from.in === "claim"),
    "signature",
    "stands in a claim, which it would have to cover",
    "header, body, query or form",
  );
  const isPublic = !one.algorithm.startsWith("hmac-") && !["sha256", "token", "jwt-hs256"].includes(one.algorithm);
  expect(
    (one.key.form === "public") === isPublic,
    "key.form",
    `does not go with ${one.algorithm}`,
    isPublic ? "public" : "text, base64 or hex",
  );
  expect(
    one.algorithm !== "sha256" || holes.has("secret"),
    "signed",
    "has no {secret}: a plain hash proves nothing about who made it",
    "{secret}{body}, or the algorithm hmac-sha256",
  );
  return faults;
}

function issuesOf(issue: z.core.$ZodIssue): readonly ProviderIssue[] {
  const at = issue.path.reduce<string>(pathWith, "");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ at: pathWith(at, key), message: "is not known here", accepts: "what docs/signatures.md lists" }));
  return [{ at, message: issue.input === undefined ? "is missing" : "is not accepted", accepts: acceptedBy(issue) }];
}

function pathWith(path: string, segment: PropertyKey): string {
  if (typeof segment === "number") return `${path}[${segment}]`;
  return path === "" ? String(segment) : `${path}.${String(segment)}`;
}

/** What would have been accepted. Patterns and unions say it themselves. */
function acceptedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map(String).join(", ");
    case "too_small":
      return `at least ${amount(issue.minimum, issue.origin)}`;
    case "too_big":
      return `at most ${amount(issue.maximum, issue.origin)}`;
    case "invalid_union":
      return "options" in issue && issue.options !== undefined ? issue.options.map(String).join(", ") : issue.message;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  tuple: "a list of two: name and value",
};

function amount(number: number | bigint, of: string): string {
  const unit = { string: ["character", "characters"], array: ["entry", "entries"] }[of];
  return unit === undefined ? String(number) : `${number} ${unit[number === 1 ? 0 : 1]}`;
}
