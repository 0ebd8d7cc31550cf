import { z } from "zod";
import type { AttemptKind } from "../../../../shared/http/exchange.ts";
import { REASON_CODES, type Verification } from "../../../../shared/signatures/verification.ts";

/**
 * What `devhook` prints as JSON, member by member: docs/json.md is made from it, and real output is read with it. Unknown members are refused. Every
 * member says in its description when it is null, and when it is left out.
 */

const text = z.string();
const flag = z.boolean();
const count = z.int().min(0);
const milliseconds = z.number().min(0);
const time = z.iso.datetime();
const id = z.uuid();
const base64 = z.base64();
const verdict = z.enum(["valid", "invalid", "unsigned", "no-secret", "unknown-scheme"]);
const kind = z.enum(["live", "held", "retry", "resend", "trigger"]) satisfies z.ZodType<AttemptKind>;
const headers = z.array(z.tuple([text, text]));
const at = time.describe("when this was said");

const error = z
  .strictObject({
    code: text.describe(
      "stable: `app-refused`, `app-unreachable`, `app-busy`, `app-timeout`, `app-stalled`, `app-reset`, `app-malformed`, `unsendable`, `sender-gone`, `sender-aborted`, `link-lost`, `cut-short`, `stopped`",
    ),
    message: text.describe("one sentence: what went wrong"),
    hint: text.describe("what to do about it; may be empty"),
  })
  .meta({ title: "error" });

const reason = z
  .strictObject({
    code: z.enum(REASON_CODES).describe("stable; docs/signatures.md has the list"),
    message: text.describe("one sentence: what was found"),
    hint: text.describe("one sentence: what mends it"),
  })
  .meta({ title: "reason" });

const eventFields = {
  provider: text.nullable().describe("id of the sender, as in `devhook providers`; null: nobody was recognised"),
  event: text.nullable().describe("type of the event, as the sender names it; null: none was found"),
  eventId: text.nullable().describe("the sender's id of the event; null: none was found"),
};
const duplicateOf = id.nullable().describe("id of the delivery that carried the same event before; null: none did");
const sameBytes = flag
  .nullable()
  .describe("whether that one had the same body; null when there is none, or its body is not known any more");

const verificationFields = {
  verdict: verdict.describe("what counts; only `valid` is good"),
  provider: text.nullable().describe("id of the sender; null: nobody was recognised"),
  scheme: text.nullable().describe("id of the scheme that held, or that was expected; null: there is none"),
  signature: z.enum(["ok", "bad", "absent", "unchecked"]).describe("the signature by itself; `unchecked`: nothing to check it with"),
  time: z.enum(["ok", "stale", "future", "not-covered", "absent"]).describe("the time of signing; `not-covered`: the scheme signs none"),
  covers: z.enum(["whole", "part", "none"]).nullable().describe("how much of the body the signature covers; null: there is no scheme"),
  ageSeconds: z
    .number()
    .nullable()
    .describe("seconds from the time of signing to the receipt, negative in the future; null: none can be read"),
  reason: reason.nullable().describe("why it is not `valid`; null when it is"),
  secretIndex: count.nullable().describe("which of several secrets held, 0 being the first; null: none did"),
  eventType: text.nullable().describe("type of the event, as the sender names it; null: none was found"),
  eventId: text.nullable().describe("the sender's id of the event; null: none was found"),
  handshake: text.nullable().describe("what the sender calls it when it tests the endpoint; null for a delivery"),
};
const verification = z.strictObject(verificationFields) satisfies z.ZodType<Verification>;

const recordedVerification = z
  .strictObject({
    ...verificationFields,
    duplicate: z
      .strictObject({
        of: id.describe("id of the delivery that carried the same event before"),
        sameBytes: flag.nullable().describe("whether that one had the same body; null: its body was not known any more"),
      })
      .nullable()
      .describe("null: nothing came before with this event id"),
  })
  .meta({ title: "recorded verification" });

const unusual = "Left out of deliveries that repeat nothing, are no handshake and are judged by the usual scheme";

const startEvents = {
  ready: z.strictObject({
    type: z.literal("ready").describe("the tunnel is open"),
    at,
    url: text.describe("what senders call"),
    target: text.describe("the app: origin and path prefix"),
    tunnel: text.describe("name of the tunnel"),
    relay: text.describe("origin of the relay"),
    embedded: flag.describe("whether the relay runs in this process, so that the URL works on this machine only"),
  }),
  delivery: z.strictObject({
    type: z.literal("delivery").describe("a request has arrived"),
    at: time.describe("when the relay had its head"),
    id: id.describe("of the delivery"),
    method: text.describe("of the request"),
    path: text.describe("request target with its query, as the app gets it"),
    provider: eventFields.provider,
    event: eventFields.event,
    verdict: verdict.nullable().describe("of the signature; null: not known yet (a `verification` follows), or nobody was recognised"),
    held: flag.describe("whether it was taken in for an app that is away"),
    duplicateOf,
    sameBytes: sameBytes
      .optional()
      .describe(`whether that one had the same body; null when there is none, or its body is not known. ${unusual}`),
    scheme: text
      .nullable()
      .optional()
      .describe(`the scheme by which it is valid, where that is not the sender's usual one, else null. ${unusual}`),
    handshake: text.nullable().optional().describe(`what the sender calls this test of the endpoint; null for a delivery. ${unusual}`),
  }),
  verification: z.strictObject({
    type: z.literal("verification").describe("the verdict, where it came later than the delivery or has a reason"),
    at,
    delivery: id.describe("id of the delivery"),
    ...eventFields,
    duplicateOf,
    sameBytes,
    handshake: verificationFields.handshake,
    verdict: verificationFields.verdict,
    scheme: verificationFields.scheme,
    signature: verificationFields.signature,
    time: verificationFields.time,
    ageSeconds: verificationFields.ageSeconds,
    reason: verificationFields.reason,
  }),
  attempt: z.strictObject({
    type: z.literal("attempt").describe("a call of the app is over, well or not"),
    at,
    id: id.describe("of this event"),
    delivery: id.describe("id of the delivery"),
    kind: kind.describe("how it came about"),
    status: count.nullable().describe("of the app's answer; null: there was none"),
    ms: milliseconds.describe("milliseconds until the last byte of the answer, or the failure"),
    error: error.nullable().describe("null: the answer came whole"),
    deadline: z
      .number()
      .optional()
      .describe("seconds that the sender waits. Left out when less than half of them were used, or nobody knows"),
  }),
  link: z.strictObject({
    type: z.literal("link").describe("the connection to the relay has changed"),
    at,
    state: z.enum(["connected", "reconnecting", "offline"]).describe("`offline`: devhook has given up"),
    attempt: count.describe("which try this is, from 1 on; 0 when it was not lost"),
    reason: text.describe("why; empty when there is nothing to say"),
  }),
  warning: z.strictObject({
    type: z.literal("warning").describe("something to know, while devhook goes on"),
    at,
    code: text.describe("stable, as `app-down`, `relay-unreachable`, `url-changed`, `clock-skew`, `request-refused`, `output-dropped`"),
    message: text.describe("one sentence, with what to do about it"),
  }),
  closed: z.strictObject({
    type: z.literal("closed").describe("the tunnel is closed; nothing follows"),
    at,
    reason: text.describe("`stopped`, or the code of the fault (docs/errors.md)"),
    deliveries: count.describe("how many this run has received"),
    owed: count.describe("how many of them the app still has to get"),
  }),
};

const relayReady = z.strictObject({
  type: z.literal("ready").describe("the relay serves"),
  url: text.describe("under which others reach it"),
  pid: count.describe("number of the process"),
});
const newToken = z.strictObject({
  id: text.describe("what `rotate` and `revoke` take"),
  label: text.describe("whose it is"),
  token: text.describe("the token itself, shown this once"),
});
const token = z.strictObject({
  id: text.describe("what `rotate` and `revoke` take"),
  label: text.describe("whose it is"),
  admin: flag.describe("whether it may read the metrics"),
  names: count.describe("tunnel names that it owns"),
  createdAt: time.describe("when it was made"),
  rotatedAt: time.nullable().describe("when its secret was last replaced; null: never"),
  revokedAt: time.nullable().describe("when it was revoked; null: it is valid"),
});
const revokedToken = z.strictObject({
  id: text.describe("of the token"),
  label: text.describe("whose it was"),
  revoked: z.literal(true).describe("always"),
});
const tunnelName = z.strictObject({
  name: text.describe("of the tunnel"),
  ownerKind: z.enum(["token", "anonymous"]).describe("`anonymous`: a client without a token"),
  ownerId: text.describe("id of the token, or SHA-256 of the client's key in hex"),
  ownerLabel: text.nullable().describe("label of the token; null for a client without one"),
  claimedAt: time.describe("when it was opened first"),
  closedUntil: time.nullable().describe("until when only the former owner can claim it; null: it was not released"),
});
const releasedName = z.strictObject({ name: text.describe("of the tunnel"), released: z.literal(true).describe("always") });

const eventRow = z.strictObject({
  id: id.nullable().describe("of the delivery; null in a row of what the relay refused"),
  receivedAt: time.describe("by the relay's clock"),
  tunnel: text.describe("name of the tunnel"),
  method: text.describe("of the request"),
  path: text.describe("of the request, without its query"),
  ...eventFields,
  verdict: verdict.nullable().describe("of the signature; null: nobody was recognised, or it is not known yet"),
  held: flag.describe("whether it was taken in for an app that is away"),
  state: z
    .enum(["pending", "answered", "failed", "interrupted", "refused"])
    .describe("`pending`: no final answer yet; `interrupted`: devhook ended first; `refused`: the relay did not take it"),
  attempts: count.describe("calls of the app so far"),
  status: count.nullable().describe("of the newest answer, or what the relay answered to what it refused; null: there is none"),
  ms: milliseconds.nullable().describe("milliseconds of the newest call; null: it is not over, or there was none"),
  bytes: count.nullable().describe("bytes of the request's body; null for what the relay refused"),
  duplicateOf,
});

const sentRequest = {
  method: text.describe("of the request"),
  target: text.describe("of the request line"),
  headers: headers.describe("names and values in order, as they were sent; a character stands for a byte (latin1)"),
  bodyBase64: base64.describe("the body, as far as it is recorded"),
};

const deliveryFields = {
  id: id.describe("of the delivery"),
  receivedAt: time.describe("by the relay's clock"),
  tunnel: text.describe("name of the tunnel"),
  ...eventFields,
  held: flag.describe("whether it was taken in for an app that is away"),
  state: z
    .enum(["pending", "answered", "failed", "interrupted"])
    .describe("`pending`: no final answer yet; `interrupted`: devhook ended first"),
  duplicateOf,
};
const requestFields = {
  ...sentRequest,
  bytes: count.describe("bytes of the body as it came"),
};
const verdictFields = {
  verdict: verdict.nullable().describe("of the signature; null: nobody was recognised, or it is not known yet"),
  verification: recordedVerification.nullable().describe("the check when it came; null: there was none"),
};
const attemptFields = {
  n: z.int().min(1).describe("1, 2, …: what the app saw as `devhook-attempt`"),
  kind: kind.describe("how it came about"),
  at: time.describe("when it began"),
  target: text.describe("URL that was called"),
};
const shownAttempt = z.strictObject({
  ...attemptFields,
  request: z.strictObject(sentRequest).optional().describe("what was sent, where it was not what had come. Left out otherwise"),
  status: count.nullable().describe("of the answer; null: there was none"),
  headers: headers.nullable().describe("of the answer; null: there was none"),
  bodyBase64: base64.nullable().describe("body of the answer, as far as it is recorded; null: there was no answer"),
  truncated: flag.describe("whether only the beginning of that body is recorded"),
  ms: milliseconds.nullable().describe("milliseconds until the last byte, or the failure; null: not over"),
  error: error.nullable().describe("null: the answer came whole"),
});
const shown = z.strictObject({
  ...deliveryFields,
  request: z
    .strictObject({ ...requestFields, truncated: flag.describe("whether the body is not whole here: too long, or the sender broke off") })
    .describe("what came"),
  ...verdictFields,
  attempts: z.array(shownAttempt).describe("calls of the app, the first one first; with `--attempt N` that one alone"),
});

const exportedAttempt = z.strictObject({
  ...attemptFields,
  request: z.strictObject(sentRequest).nullable().describe("what was sent, where it was not what had come; null otherwise"),
  status: count.nullable().describe("of the answer; null: there was none"),
  reason: text.nullable().describe("reason phrase of the answer; null: there was none"),
  headers: headers.nullable().describe("of the answer; null: there was none"),
  bodyBase64: base64.describe("body of the answer, as far as it is recorded; empty without one"),
  bytes: count.describe("bytes of that body as it came"),
  truncated: flag.describe("whether only the beginning of that body is recorded"),
  headMs: milliseconds.nullable().describe("milliseconds until the head of the answer; null: it never came"),
  ms: milliseconds.nullable().describe("milliseconds until the last byte, or the failure; null: not over"),
  error: error.nullable().describe("null: the answer came whole"),
  late: flag.describe("whether it was answered after the sender had been answered"),
});
const exported = z.strictObject({
  format: z.literal("devhook-delivery/1").describe("another version would have another number"),
  id: deliveryFields.id,
  receivedAt: deliveryFields.receivedAt,
  tunnel: deliveryFields.tunnel,
  base: text.describe("what the relay took off the path: `/NAME`, or empty where the tunnel has a host of its own"),
  forwarded: z
    .strictObject({
      for: text.describe("address of the sender; a list where a trusted proxy gave one"),
      proto: z.enum(["http", "https"]).describe("that the sender used"),
      host: text.describe("that the sender called"),
    })
    .describe("what the app was told in X-Forwarded-*"),
  upgrade: flag.describe("whether the sender asked for a WebSocket"),
  ...eventFields,
  held: deliveryFields.held,
  state: deliveryFields.state,
  duplicateOf,
  request: z
    .strictObject({
      ...requestFields,
      truncated: flag.describe("whether only the beginning of the body is recorded"),
      complete: flag.describe("whether the sender sent all of it"),
    })
    .describe("what came"),
  ...verdictFields,
  attempts: z.array(exportedAttempt).describe("calls of the app, the first one first"),
});

const resent = z.strictObject({
  id: id.describe("of the delivery"),
  attempt: z.int().min(1).describe("number of the attempt that was recorded"),
  target: text.describe("URL that was called"),
  status: count.nullable().describe("of the answer; null: there was none"),
  ms: milliseconds.describe("milliseconds until the last byte, or the failure"),
  error: error.nullable().describe("null: the answer came whole"),
  change: z
    .enum(["fixed", "still-failing", "regressed", "same"])
    .nullable()
    .describe("against the attempt before; null: there was none that says anything, or this one was stopped"),
  edited: z.literal(true).optional().describe("it was sent otherwise than it came. Left out when it was not"),
  resigned: z.literal(true).optional().describe("it was signed anew. Left out when it was not"),
});

const change = z.strictObject({ before: text.describe("of the first delivery"), after: text.describe("of the second") });
const bytes = z
  .strictObject({ before: count.describe("of the first delivery"), after: count.describe("of the second") })
  .describe("bytes of the bodies as they came");
const member = { path: text.describe('names and numbers joined by dots, anything unusual as `["name"]`; empty: the whole body') };
const valued = z.array(z.strictObject({ ...member, value: text.describe("as it stands in the body") }));
const diffBody = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("same").describe("what the bodies were compared as"), bytes }),
  z.strictObject({
    kind: z.literal("json"),
    added: valued.describe("members that only the second body has"),
    removed: valued.describe("members that only the first body has"),
    changed: z
      .array(
        z.strictObject({
          ...member,
          before: text.describe("as it stands in the first body"),
          after: text.describe("as it stands in the second"),
        }),
      )
      .describe("members of both with other values"),
    bytes,
  }),
  z.strictObject({
    kind: z.literal("text"),
    lines: z
      .array(
        z.strictObject({
          side: z.enum(["before", "after"]).describe("which of the two has it"),
          number: z.int().min(1).describe("of the line there, 1 being the first"),
          text: text.describe("of the line, with its end"),
        }),
      )
      .describe("lines that only one of the two has"),
    bytes,
  }),
  z.strictObject({ kind: z.literal("binary"), offset: count.describe("the first byte that differs, 0 being the first of all"), bytes }),
]);
const diff = z.strictObject({
  equal: flag.describe("whether nobody could tell the requests apart"),
  partial: flag.describe("whether a body is not recorded whole: what is missing was not compared"),
  before: id.describe("of the first delivery"),
  after: id.describe("of the second"),
  method: change.nullable().describe("null: the same"),
  target: change.nullable().describe("null: the same"),
  headers: z
    .strictObject({
      added: headers.describe("lines of names that only the second has"),
      removed: headers.describe("lines of names that only the first has"),
      changed: z
        .array(
          z.strictObject({
            name: text.describe("in lower case"),
            before: headers.describe("lines of the first delivery"),
            after: headers.describe("lines of the second"),
          }),
        )
        .describe("names of both with other lines"),
      order: flag.describe("whether the names of both stand in another order"),
    })
    .describe("how the header lines differ"),
  body: diffBody.describe("how the bodies differ"),
});

const imported = z.strictObject({
  imported: count.describe("how many deliveries"),
  ids: z.array(id).describe("of them, in the order of the file"),
  renamed: z.record(id, id).describe("new ids by old ones, where an id was taken"),
});
const pruned = z.strictObject({
  removed: count.describe("how many deliveries"),
  bytes: count.describe("of their headers and bodies"),
  freed: count.describe("bytes by which the database is smaller"),
});

const signed = z.strictObject({
  provider: text.describe("as whom it is signed"),
  scheme: text.describe("id of the scheme"),
  headers: headers.describe("names and values of what the sender would send with it"),
  bodyBase64: base64.optional().describe("the new body, where the scheme writes into it. Left out otherwise"),
  url: text.optional().describe("the new URL, where the scheme writes into it. Left out otherwise"),
});

const secretHint = z.strictObject({
  length: count.describe("characters"),
  ends: text.nullable().describe("its last four characters; null where they would give too much away, or say nothing"),
});
const secretOrigin = z.strictObject({
  id: text.describe("of the sender"),
  from: text.describe("`stored`, or the variable that holds it"),
  used: flag.describe("false: another origin wins"),
  secrets: z.array(secretHint).describe("one, or several while they are exchanged"),
});
const storedSecret = z.strictObject({ id: text.describe("of the sender"), secrets: z.array(secretHint).describe("what was stored") });
const removedSecret = z.strictObject({ id: text.describe("of the sender"), removed: z.literal(true).describe("always") });

const issue = z
  .strictObject({
    at: text.describe("path inside the file, or the variable; empty: the file as a whole"),
    message: text.describe("one clause: what is wrong"),
    accepts: text.describe("what would be right"),
  })
  .meta({ title: "issue" });
const configCheck = z.strictObject({
  ok: flag.describe("whether all of it is accepted"),
  files: z
    .array(
      z.strictObject({
        kind: z.enum(["project", "user"]).describe("whose it is"),
        path: text.describe("where it is, or would be"),
        state: z.enum(["absent", "ok", "invalid"]).describe("what became of it"),
        issues: z.array(issue).describe("what is not accepted"),
      }),
    )
    .describe("the file of the project, then that of the user"),
  environment: z
    .strictObject({
      issues: z.array(issue).describe("variables with values that are not accepted"),
      strangers: z.array(issue).describe("variables that nothing reads, and that look like a typo"),
    })
    .describe("the `DEVHOOK_…` variables"),
});

const doctor = z.strictObject({
  ok: flag.describe("whether no check failed"),
  checks: z
    .array(
      z.strictObject({
        id: z
          .enum(["node", "data", "database", "config", "relay", "clock", "app", "port", "terminal"])
          .describe("stable; `clock` and `port` only where there is something to check"),
        result: z.enum(["ok", "warn", "fail", "skip"]).describe("`fail`: devhook does not work like this; `warn`: not fully"),
        message: text.describe("one clause"),
        fix: text.optional().describe("what to do about it. Left out where there is nothing to do"),
      }),
    )
    .describe("in this order"),
});

const source = z
  .strictObject({
    grade: z.enum(["official-source", "official-doc", "package", "third-party", "assumed"]).describe("how good the evidence is"),
    from: text.describe("page, package with version, or repository with commit"),
    date: z.iso.date().describe("when it was read, or that of the document"),
  })
  .meta({ title: "source" });
const optionalText = text.optional();
const place = z
  .discriminatedUnion("in", [
    z.strictObject({
      in: z.literal("header").describe("which part of the request"),
      name: text.describe("of the header, parameter, form field or claim"),
      prefix: optionalText.describe("text before the value. Left out: none"),
      prefixOptional: z.literal(true).optional().describe("the prefix may be missing. Left out: it may not"),
      field: z
        .strictObject({
          name: text.describe("of the member"),
          separator: text.describe("between members"),
          assign: text.describe("between name and value"),
        })
        .optional()
        .describe("the value is one member of a list. Left out: it is all there is"),
      numbered: z.literal(true).optional().describe("the name goes on with a number from 1. Left out: it does not"),
    }),
    z.strictObject({
      in: z.literal("body"),
      path: text.describe("names and numbers joined by dots"),
      prefix: optionalText.describe("text before the value. Left out: none"),
    }),
    z.strictObject({ in: z.literal("query"), name: text }),
    z.strictObject({ in: z.literal("form"), name: text }),
    z.strictObject({ in: z.literal("claim"), name: text }),
  ])
  .meta({ title: "place" });
const condition = z
  .strictObject({
    place: z.union([place, z.strictObject({ in: z.literal("method").describe("the request method") })]).describe("what is looked at"),
    equals: z
      .union([text, z.array(text)])
      .optional()
      .describe("the value, or one of these. Left out: any"),
    startsWith: optionalText.describe("how the value begins. Left out: in any way"),
  })
  .meta({ title: "condition" });
const scheme = z
  .strictObject({
    id: text.describe("what a verdict names"),
    note: optionalText.describe("a sentence where the rest does not speak for itself. Left out: it does"),
    when: z.array(condition).optional().describe("what must hold for the scheme to count. Left out: nothing"),
    signature: z.array(place).describe("where it may stand"),
    algorithm: z
      .enum([
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
      ])
      .describe("docs/signatures.md explains it, as the other words here"),
    encoding: z.enum(["hex", "base64", "base64url", "text", "jwt"]).describe("how the signature is written"),
    hexCase: z.enum(["lower", "any"]).optional().describe("which digits hex may have. Left out: `lower`"),
    key: z
      .discriminatedUnion("form", [
        z.strictObject({ form: z.literal("text").describe("how the secret becomes a key") }),
        z.strictObject({ form: z.literal("base64"), prefix: optionalText.describe("taken off before. Left out: none") }),
        z.strictObject({ form: z.literal("hex") }),
        z.strictObject({ form: z.literal("public"), prefix: optionalText.describe("taken off before. Left out: none") }),
      ])
      .describe("the key"),
    signed: text.describe("what is signed, with placeholders"),
    messageId: place.optional().describe("where the id stands that is signed. Left out: none is"),
    time: z
      .strictObject({
        place: place.describe("where it stands"),
        unit: z.enum(["s", "ms", "iso", "http-date"]).describe("`s` and `ms`: since 1970"),
        tolerance: z
          .strictObject({
            old: z.number().nullable().describe("seconds; null: no limit"),
            future: z.number().nullable().describe("seconds; null: no limit"),
          })
          .optional()
          .describe("how old, or how far in the future, a delivery may be. Left out: no source says"),
        inclusive: flag.optional().describe("whether exactly that is still taken. Left out: it is"),
        officialVerifier: optionalText.describe("how the sender's own verifier differs. Left out: not at all"),
      })
      .optional()
      .describe("the time of signing. Left out: none is signed"),
    bodyDigest: z
      .strictObject({
        place: place.describe("where it stands"),
        hash: z.literal("sha256").describe("of the body"),
        encoding: z.enum(["hex", "base64"]).describe("how it is written"),
      })
      .optional()
      .describe("a digest of the body that is signed in its place. Left out: none"),
    claims: z.record(text, text).optional().describe("claims that a JWT must have. Left out: none"),
    lifeSeconds: count.optional().describe("seconds until the JWT ends. Left out: it has no end"),
    urlVariants: z
      .array(z.enum(["default-port-toggled", "decoded", "slash-toggled"]))
      .optional()
      .describe("other spellings of the URL that count. Left out: none"),
    extraHeaders: z
      .array(z.tuple([text, text]))
      .optional()
      .describe("names and values sent beside the signature. Left out: none"),
    source: source.describe("where this is from"),
  })
  .meta({ title: "scheme" });
const found = {
  note: optionalText.describe("what the value does not say. Left out: nothing"),
  source: source.describe("where this is from"),
};
const NOT_FOUND = z.literal("not found");

const provider = z.strictObject({
  id: text.describe("lower case, as on the command line"),
  name: text.describe("of the sender"),
  aliases: z.array(text).optional().describe("other ids. Left out: none"),
  sameAs: optionalText.describe("id of another sender with the same headers. Left out: none"),
  recognise: z.array(z.array(condition)).describe("ways to recognise it, of which one must hold whole; empty: only by `--provider`"),
  signing: z
    .strictObject({
      schemes: z.array(scheme).describe("the usual one first"),
      unsigned: z
        .strictObject({ note: text.describe("what is not signed"), source: source.describe("where this is from") })
        .optional()
        .describe("it documents no signature, or none for some deliveries. Left out: it signs"),
      unverifiable: z
        .strictObject({ reason: text.describe("why"), source: source.describe("where this is from") })
        .optional()
        .describe("it signs, and devhook cannot check that. Left out: it can"),
    })
    .describe("how it signs"),
  secret: z
    .strictObject({
      called: text.describe("its name at the sender"),
      where: optionalText.describe("where to find it. Left out: no source says"),
      prefix: optionalText.describe("how every real one begins. Left out: in any way"),
      source: source.describe("where this is from"),
    })
    .optional()
    .describe("the secret. Left out: there is none"),
  event: z
    .strictObject({
      type: z.array(place).describe("places whose values make the type; empty: it names none"),
      id: z.array(place).describe("places of the event's id, of which the first with a value counts; empty: none is documented"),
      derivedId: z.array(place).optional().describe("what an id is made of where there is none. Left out: nothing"),
      attempt: place.optional().describe("number of the sender's try. Left out: it sends none"),
      attemptCounts: z.literal("retries").optional().describe("only repeats are counted. Left out: the first try is 1"),
      callbackUrl: place.optional().describe("where the URL stands that the app calls in return. Left out: there is none"),
      batch: z.literal(true).optional().describe("a delivery may hold several events. Left out: one"),
      source: source.describe("where this is from"),
    })
    .describe("where the event stands"),
  handshakes: z
    .array(
      z.strictObject({
        id: text.describe("what the sender calls it"),
        match: z.array(condition).describe("what makes a request one"),
        onlyMembers: z.array(text).optional().describe("members that its body has, and no others. Left out: any"),
        signed: flag.describe("whether it is signed like a delivery"),
        answer: z
          .strictObject({
            status: count.describe("of the answer"),
            contentType: optionalText.describe("of its body. Left out: none"),
            body: text.describe("with placeholders"),
          })
          .optional()
          .describe("what answers it. Left out: nothing that devhook may do"),
        note: text.describe("what it is for"),
        source: source.describe("where this is from"),
      }),
    )
    .describe("requests that test the endpoint"),
  delivery: z
    .strictObject({
      deadline: z
        .union([NOT_FOUND, z.strictObject({ value: z.number().describe("seconds"), ...found })])
        .describe("until when the answer must be there"),
      success: z
        .union([NOT_FOUND, z.strictObject({ value: z.enum(["2xx", "200", "204", "200-or-204"]).describe("statuses"), ...found })])
        .describe("what counts as success"),
      retries: z
        .union([
          NOT_FOUND,
          z.strictObject({
            value: z
              .strictObject({
                attempts: count.optional().describe("calls in all. Left out: the source gives a period only, or nothing"),
                waits: z.array(z.number()).optional().describe("seconds after each call. Left out: no source says"),
                overSeconds: z.number().optional().describe("seconds over which it tries. Left out: it follows from the rest"),
              })
              .describe("what is known"),
            ...found,
          }),
        ])
        .describe("how often it tries"),
      disable: z
        .union([
          NOT_FOUND,
          z.strictObject({
            value: z
              .strictObject({
                failures: count.optional().describe("how many. Left out: the rule is another, see the note"),
                of: z.enum(["deliveries", "attempts"]).optional().describe("what is counted. Left out: see the note"),
                consecutive: flag.optional().describe("whether a success starts the count again. Left out: see the note"),
              })
              .describe("what is known"),
            ...found,
          }),
        ])
        .describe("when it gives up on the endpoint"),
    })
    .describe("what it expects of an endpoint"),
  events: z
    .array(
      z.strictObject({
        type: text.describe("of the event"),
        variant: optionalText.describe("which form, where one type has several. Left out: there is one"),
        summary: text.describe("what has happened"),
        fields: z
          .array(
            z.strictObject({
              path: text.describe("names joined by dots"),
              type: z.enum(["string", "integer", "number", "boolean", "object", "array", "null"]).describe("of its value"),
              optional: z.literal(true).optional().describe("it may be missing. Left out: it may not"),
              note: optionalText.describe("unit, format or list of values. Left out: none"),
            }),
          )
          .describe("of the whole body"),
        sample: text.describe("a body as it is sent"),
        evidence: z.enum(["published", "fields-published", "invented"]).describe("whose sample it is"),
        seen: z.enum(["documented", "observed", "both"]).describe("where it was seen"),
        source: source.describe("where this is from"),
      }),
    )
    .optional()
    .describe("what it sends, with samples. Left out: not in the catalogue"),
  notes: z.array(text).optional().describe("contradictions and traps. Left out: none"),
});

/** One kind of JSON text. */
type Shape = {
  /** unique; what the page calls it */
  readonly name: string;
  readonly schema: z.ZodType;
};

/** What some commands print. */
export type Section = {
  /** as they are typed, without `devhook` and `--json` */
  readonly commands: readonly string[];
  /** what the fields do not say, for the page */
  readonly about: string;
  readonly shapes: readonly Shape[];
};

const lineEach = "One object a line.";

/** All of it, in the order of the page. */
export const SECTIONS: readonly Section[] = [
  {
    commands: ["start"],
    about: `${lineEach} \`type\` says which. A delivery has one \`delivery\` and, when the app was called, one \`attempt\`; a \`verification\` may come between or after them.`,
    shapes: Object.entries(startEvents).map(([name, schema]) => ({ name, schema })),
  },
  {
    commands: ["relay"],
    about: "One line on stdout once it serves. What it logs, also JSON, goes to stderr.",
    shapes: [{ name: "relay ready", schema: relayReady }],
  },
  { commands: ["relay token add", "relay token rotate"], about: "One document.", shapes: [{ name: "new token", schema: newToken }] },
  { commands: ["relay token list"], about: "One document.", shapes: [{ name: "tokens", schema: z.array(token) }] },
  { commands: ["relay token revoke"], about: "One document.", shapes: [{ name: "revoked token", schema: revokedToken }] },
  { commands: ["relay name list"], about: "One document.", shapes: [{ name: "tunnel names", schema: z.array(tunnelName) }] },
  { commands: ["relay name release"], about: "One document.", shapes: [{ name: "released name", schema: releasedName }] },
  {
    commands: ["events", "wait"],
    about: `${lineEach} \`wait\` prints matches alone, in the order of their recording, and exits with 1 when too few came; what came instead is for people, on stderr. What the relay refused while nobody was connected is a row without an id, in \`events\` without \`--filter\`.`,
    shapes: [{ name: "event row", schema: eventRow }],
  },
  { commands: ["show"], about: "One document.", shapes: [{ name: "delivery with attempts", schema: shown }] },
  { commands: ["resend"], about: `${lineEach} Exit 0 when every answer was 2xx.`, shapes: [{ name: "resent delivery", schema: resent }] },
  {
    commands: ["diff"],
    about: "One document. Exit 0 when the requests are equal, 1 when they are not.",
    shapes: [{ name: "difference", schema: diff }],
  },
  {
    commands: ["export --as jsonl"],
    about: `${lineEach} It holds all that the history has of a delivery; \`devhook import\` takes it back. docs/export.md says what is taken out of it, and has the other formats.`,
    shapes: [{ name: "exported delivery", schema: exported }],
  },
  { commands: ["import"], about: "One document.", shapes: [{ name: "import", schema: imported }] },
  { commands: ["prune"], about: "One document; needs `--yes`.", shapes: [{ name: "prune", schema: pruned }] },
  {
    commands: ["verify"],
    about: "One document. Exit 0 for `valid`, else 1.",
    shapes: [{ name: "verification result", schema: verification }],
  },
  { commands: ["sign"], about: "One document.", shapes: [{ name: "signed body", schema: signed }] },
  {
    commands: ["secrets list"],
    about: "One document. No secret is ever in it.",
    shapes: [{ name: "secrets", schema: z.array(secretOrigin) }],
  },
  { commands: ["secrets set"], about: "One document.", shapes: [{ name: "stored secret", schema: storedSecret }] },
  { commands: ["secrets remove"], about: "One document.", shapes: [{ name: "removed secret", schema: removedSecret }] },
  {
    commands: ["providers"],
    about:
      "With an id one document, the record of that sender; without one a list of all of them. Your own from devhook.config.json are among them.",
    shapes: [{ name: "provider", schema: provider }],
  },
  {
    commands: ["config check"],
    about: "One document. Exit 2 when something is not accepted.",
    shapes: [{ name: "config check", schema: configCheck }],
  },
  { commands: ["doctor"], about: "One document. Exit 1 when a check failed.", shapes: [{ name: "doctor", schema: doctor }] },
];

/** Parts that several shapes have, each with a table of its own; they are known by their title. */
export const PARTS: readonly z.ZodType[] = [recordedVerification, reason, error, issue, source, place, condition, scheme];
