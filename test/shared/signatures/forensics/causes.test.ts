import { createHash, createHmac } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ReasonCode } from "../../../../shared/signatures/verification.ts";
import { NOW, providerOf, schemeOf } from "../fixtures.ts";
import { JSON_BODY, type Mistake, SECONDS, SENDERS, type SenderName, URL, verdictOf } from "./senders.ts";

/** What somebody did, with whose deliveries, and what devhook must say. */
type Row = readonly [
  what: string,
  senders: readonly SenderName[],
  mistake: (name: SenderName) => Mistake,
  code: ReasonCode,
  message: RegExp,
  hint?: RegExp,
];

const BODIES: readonly SenderName[] = ["bare", "github", "stripe", "svix"];
const value: unknown = JSON.parse(JSON_BODY);
const NO_MATCH = createHmac("sha256", "nobody knows").update("this").digest();

const secretRows: readonly Row[] = [
  [
    "decodes a secret of hex digits that is text",
    ["bare", "stripe"],
    () => ({ secrets: ["00112233445566778899aabbccddeeff"], key: Buffer.from("00112233445566778899aabbccddeeff", "hex") }),
    "secret-encoding",
    /^Your secret \(32 characters, ends in eeff\) looks like hex and was decoded from it by the sender; this scheme uses its characters as they are$/,
    /sign with its characters as they are/,
  ],
  [
    "decodes a secret of base64 that is text",
    ["bare", "stripe"],
    () => ({ secrets: ["bWFkZSB1cCBmb3IgdGVzdHM="], key: Buffer.from("made up for tests") }),
    "secret-encoding",
    /^Your secret \(24 characters, ends in dHM=\) looks like base64 and was decoded from it by the sender; this scheme uses its characters as they are$/,
    /^in the sender, sign with its characters as they are; if the sender is right, describe it with the key form base64$/,
  ],
  [
    "decodes what is behind whsec_ though the secret is text",
    ["stripe"],
    () => ({ secrets: ["whsec_bWFkZSB1cCBmb3IgdGVzdHM="], key: Buffer.from("made up for tests") }),
    "secret-encoding",
    /looks like base64 after whsec_ and was decoded from it by the sender; this scheme uses its characters/,
    /sign with its characters as they are/,
  ],
  [
    "uses the text of a secret that is to be decoded",
    ["svix"],
    () => ({ key: SENDERS.svix.secret }),
    "secret-encoding",
    /^Your secret \(38 characters, ends in bmU=\) is base64 after whsec_ but was used as text by the sender; this scheme decodes it from base64 after whsec_$/,
    /^in the sender, decode it from base64 before signing: Buffer\.from\(secret\.slice\(6\), "base64"\) in Node/,
  ],
  [
    "takes whsec_ off and uses the rest as text",
    ["svix"],
    () => ({ key: SENDERS.svix.secret.slice(6) }),
    "secret-encoding",
    /^The sender uses your secret .* as text without its whsec_; this scheme decodes it from base64 after whsec_$/,
    /decode it from base64 before signing: Buffer\.from\(secret\.slice\(6\), "base64"\)/,
  ],
  [
    "takes whsec_ off the text that is the key",
    ["stripe"],
    () => ({ secrets: ["whsec_made-up-for-tests"], key: "made-up-for-tests" }),
    "secret-encoding",
    /as text without its whsec_; this scheme uses its characters as they are/,
    /in the sender, leave whsec_ where it is/,
  ],
  [
    "uses as text what is base64 without its prefix",
    ["svix"],
    () => ({ secrets: ["bWFkZSB1cCBmb3IgdGVzdHM="], key: "bWFkZSB1cCBmb3IgdGVzdHM=" }),
    "secret-encoding",
    /is base64 but was used as text by the sender; this scheme decodes it from base64 after whsec_/,
    /Buffer\.from\(secret, "base64"\)/,
  ],
  [
    "decodes from hex what is to be decoded from base64",
    ["svix"],
    () => ({ secrets: ["00112233445566778899aabbccddeeff"], key: Buffer.from("00112233445566778899aabbccddeeff", "hex") }),
    "secret-encoding",
    /looks like hex and was decoded from it by the sender; this scheme decodes it from base64/,
    /describe it with the key form hex/,
  ],
  [
    "decodes the secret together with its whsec_",
    ["svix"],
    () => ({ key: Buffer.from(SENDERS.svix.secret, "base64") }),
    "secret-encoding",
    /from base64 together with its whsec_/,
    /secret\.slice\(6\)/,
  ],
  [
    "has whsec_ in front of the text",
    ["bare"],
    () => ({ key: `whsec_${SENDERS.bare.secret}` }),
    "secret-encoding",
    /has whsec_ in front of your secret .*; yours is without$/,
    /devhook secrets set acme; if not, take it off in the sender/,
  ],
  [
    "encodes the secret once more",
    ["bare"],
    () => ({ key: Buffer.from(SENDERS.bare.secret).toString("base64") }),
    "secret-encoding",
    /uses the base64 of .*; this scheme uses its characters as they are/,
  ],
  [
    "uses the hash of the secret",
    ["bare", "stripe"],
    () => ({ key: createHash("sha256").update(SENDERS.bare.secret).digest("hex") }),
    "secret-encoding",
    /uses the SHA-256 of .* in hex, for a key/,
  ],
  ["has the secret in capitals", ["bare"], () => ({ key: SENDERS.bare.secret.toUpperCase() }), "secret-encoding", /in capitals/],
  [
    "uses a secret that is no base64, where base64 is expected",
    ["svix"],
    () => ({ secrets: ["n0,b64!-x7&kqz-55"], key: "n0,b64!-x7&kqz-55" }),
    "secret-encoding",
    /is no base64 and was used as text by the sender; this scheme decodes it from base64/,
    /store it again, whole: devhook secrets set acme/,
  ],
  [
    "is right, and the user's secret has a line feed behind it",
    ["bare", "stripe", "github"],
    () => ({ secrets: [`${SENDERS.bare.secret}\n`] }),
    "secret-whitespace",
    /^Your secret has white space around it \(23 characters, 22 without\)$/,
    /devhook secrets set/,
  ],
  [
    "is right, and the user's secret has quotes",
    ["bare"],
    () => ({ secrets: [`"${SENDERS.bare.secret}"`] }),
    "secret-whitespace",
    /has quotes around it/,
  ],
  [
    "is right, and the user's secret has its variable in front",
    ["bare", "svix"],
    (name) => ({ secrets: [`WEBHOOK_SECRET=${SENDERS[name].secret}`] }),
    "secret-whitespace",
    /has the name of a variable around it/,
  ],
  [
    "signs with a line feed behind the secret",
    ["bare", "stripe"],
    () => ({ key: `${SENDERS.bare.secret}\n` }),
    "secret-whitespace",
    /the sender's secret has a line feed at its end, and your secret has not/i,
    /echo writes one, printf does not/,
  ],
  [
    "is right, and the user has a masked secret",
    BODIES,
    () => ({ secrets: ["1a2b3c4d..."], key: "1a2b3c4d5e6f70819" }),
    "secret-masked",
    /^The configured secret looks masked \(11 characters, with "\.\.\." in it\)$/,
    /devhook secrets set acme/,
  ],
  [
    "is right, and the user has stars for a secret",
    ["bare"],
    () => ({ secrets: ["whsec_********"], key: "another" }),
    "secret-masked",
    /looks masked/,
  ],
  [
    "is right, and the user has dots for a secret",
    ["bare"],
    () => ({ secrets: ["••••••••"], key: "another" }),
    "secret-masked",
    /looks masked/,
  ],
  [
    "is right, and the user has the placeholder of an example",
    ["bare"],
    () => ({ secrets: ["your-webhook-secret"], key: "another" }),
    "secret-masked",
    /placeholder/,
  ],
  [
    "is right, and the user has a key of another kind",
    ["bare"],
    () => ({
      secrets: ["sk_test_0123456789abcdef"],
      key: "acme_real",
      provider: {
        secret: {
          called: "signing secret",
          prefix: "acme_",
          where: "Settings, Webhooks",
          source: { grade: "assumed", from: "this test", date: "2026-11-21" },
        },
      },
    }),
    "secret-kind",
    /^The configured secret \(24 characters, ends in cdef\) does not begin with acme_, as every signing secret of Acme does$/,
    /Settings, Webhooks/,
  ],
  [
    "signs with an empty secret",
    BODIES,
    () => ({ key: "" }),
    "other-secret",
    /signed with an empty secret/,
    /its variable is missing there/,
  ],
  ["signs with the text undefined for a secret", ["bare"], () => ({ key: "undefined" }), "other-secret", /signed with the text undefined/],
  [
    "is another provider whose secret is known",
    ["bare", "stripe", "github", "twilio"],
    () => ({ key: "of moltify", otherSecrets: [{ provider: "moltify", secret: "of moltify" }] }),
    "other-secret",
    /^The signature matches the secret of moltify$/,
    /--provider moltify/,
  ],
  [
    "is another provider whose secret is decoded",
    ["bare"],
    () => ({
      key: Buffer.from("of svix, in base64"),
      otherSecrets: [
        {
          provider: "svix",
          secret: `whsec_${Buffer.from("of svix, in base64").toString("base64")}`,
          schemes: [SENDERS.svix.scheme],
        },
      ],
    }),
    "other-secret",
    /matches the secret of svix/,
  ],
];

const ESCAPED = JSON_BODY.replace("ë", "\\u00eb");
const bodyRows: readonly Row[] = [
  [
    "signs what JSON.stringify writes",
    BODIES,
    () => ({ signed: JSON.stringify(value) }),
    "body-reserialised",
    /^The body was re-serialised \(compact JSON matches, as JSON\.stringify writes it\).* at byte 1 /,
    /write the JSON once/,
  ],
  [
    "sends with Python what it signed with JavaScript",
    BODIES,
    () => ({ sent: '{"a": 1, "b": [true, null]}', signed: '{"a":1,"b":[true,null]}' }),
    "body-reserialised",
    /compact JSON matches, as JSON\.stringify writes it\); the one that arrived is as json\.dumps of Python writes it/,
  ],
  [
    "writes 142.50 anew",
    BODIES,
    () => ({ sent: '{"amount":142.50}', signed: '{"amount":142.5}' }),
    "body-reserialised",
    /at byte 15 `t":142\.50}` arrived and `t":142\.5}` was signed/,
  ],
  [
    "signs what json.dumps writes",
    BODIES,
    () => ({ sent: '{"a":1,"b":"ë"}', signed: '{"a": 1, "b": "\\u00eb"}' }),
    "body-reserialised",
    /json\.dumps of Python/,
  ],
  [
    "signs json.dumps without ASCII escapes",
    ["bare"],
    () => ({ sent: '{"b":1,"a":"ë"}', signed: '{"b": 1, "a": "ë"}' }),
    "body-reserialised",
    /ensure_ascii=False/,
  ],
  [
    "signs what FastAPI writes",
    BODIES,
    () => ({ sent: '{"a": 20.0, "b": "\\u00eb", "c": 1e+16}', signed: '{"a":20.0,"b":"ë","c":1e+16}' }),
    "body-reserialised",
    /compact JSON matches, as json\.dumps\(…, separators=\(",", ":"\), ensure_ascii=False\) of Python and JSONResponse of FastAPI write it/,
  ],
  [
    "signs what json.dumps indents by 2",
    BODIES,
    () => ({ sent: '{"a": 20.0, "b": ["\\u00eb"]}', signed: '{\n  "a": 20.0,\n  "b": [\n    "\\u00eb"\n  ]\n}' }),
    "body-reserialised",
    /indented by 2 and ASCII alone matches, as json\.dumps\(…, indent=2\) of Python/,
  ],
  [
    "signs what json.dumps indents by 2, without ASCII escapes",
    ["bare", "stripe"],
    () => ({ sent: '{"a": 20.0, "b": ["\\u00eb"]}', signed: '{\n  "a": 20.0,\n  "b": [\n    "ë"\n  ]\n}' }),
    "body-reserialised",
    /json\.dumps\(…, indent=2, ensure_ascii=False\) of Python/,
  ],
  [
    "signs what json.dumps indents by 4",
    ["bare"],
    () => ({ sent: '{"a": 20.0, "b": "\\u00eb"}', signed: '{\n    "a": 20.0,\n    "b": "\\u00eb"\n}' }),
    "body-reserialised",
    /json\.dumps\(…, indent=4\) of Python/,
  ],
  [
    "signs sorted JSON of Python without ASCII escapes",
    BODIES,
    () => ({ sent: '{"b": 20.0, "aa": "\\u00eb"}', signed: '{"aa": "ë", "b": 20.0}' }),
    "body-reserialised",
    /json\.dumps\(…, sort_keys=True, ensure_ascii=False\) of Python/,
  ],
  [
    "signs compact sorted JSON of Python without ASCII escapes",
    ["bare"],
    () => ({ sent: '{"b": 20.0, "a": "\\u00eb"}', signed: '{"a":"ë","b":20.0}' }),
    "body-reserialised",
    /json\.dumps\(…, sort_keys=True, separators=\(",", ":"\), ensure_ascii=False\) of Python/,
  ],
  [
    "signs indented JSON of JavaScript with the line ends of Windows",
    BODIES,
    () => ({ sent: '{"a":[1,{}]}', signed: '{\r\n  "a": [\r\n    1,\r\n    {}\r\n  ]\r\n}' }),
    "body-reserialised",
    /indented by 2 matches, as JSON\.stringify.*\), with line ends CR LF/,
  ],
  [
    "signs indented JSON of Python with the line ends of Windows",
    ["bare"],
    () => ({ sent: '{"a": 20.0, "b": "\\u00eb"}', signed: '{\r\n    "a": 20.0,\r\n    "b": "\\u00eb"\r\n}' }),
    "body-reserialised",
    /json\.dumps\(…, indent=4\) of Python.*, with line ends CR LF/,
  ],
  [
    "signs indented JSON of .NET with the line ends of Windows",
    BODIES,
    () => ({ sent: '{"a":"it\'s","b":1.50}', signed: '{\r\n  "a": "it\\u0027s",\r\n  "b": 1.50\r\n}' }),
    "body-reserialised",
    /WriteIndented of System\.Text\.Json.*, with line ends CR LF/,
  ],
  [
    "signs indented JSON of .NET",
    ["bare"],
    () => ({ sent: '{"a":"it\'s","b":1.50}', signed: '{\n  "a": "it\\u0027s",\n  "b": 1.50\n}' }),
    "body-reserialised",
    /WriteIndented of System\.Text\.Json/,
  ],
  [
    "signs sorted JSON of Python",
    ["bare"],
    () => ({ sent: '{"b":1,"a":{"d":1,"c":2}}', signed: '{"a": {"c": 2, "d": 1}, "b": 1}' }),
    "body-reserialised",
    /sort_keys=True/,
  ],
  [
    "signs the text of a dict",
    ["bare"],
    () => ({ sent: '{"a":true,"b":null,"c":"it\'s"}', signed: "{'a': True, 'b': None, 'c': \"it's\"}" }),
    "body-reserialised",
    /text of a dict .*str\(…\) of Python/,
  ],
  [
    "signs what JSON.stringify indents",
    BODIES,
    () => ({ sent: '{"a":[1,{}]}', signed: '{\n  "a": [\n    1,\n    {}\n  ]\n}' }),
    "body-reserialised",
    /indented by 2/,
  ],
  ["signs sorted members", BODIES, () => ({ sent: '{"b":1,"a":2}', signed: '{"a":2,"b":1}' }), "body-reserialised", /sorted by name/],
  [
    "reads the body from a jsonb column",
    BODIES,
    () => ({ sent: '{"event":"x","id":1}', signed: '{"id": 1, "event": "x"}' }),
    "body-reserialised",
    /jsonb column of PostgreSQL/,
  ],
  [
    "signs what PHP writes",
    BODIES,
    () => ({ sent: '{"u":"a/ë"}', signed: '{"u":"a\\/\\u00eb"}' }),
    "body-reserialised",
    /json_encode of PHP/,
  ],
  [
    "signs what Go writes for a map",
    ["bare"],
    () => ({ sent: '{"b":"<&>","a":1}', signed: '{"a":1,"b":"\\u003c\\u0026\\u003e"}' }),
    "body-reserialised",
    /encoding\/json of Go writes a map/,
  ],
  [
    "signs what Go's encoder ends in a line feed",
    ["bare", "stripe"],
    () => ({ sent: '{"b": "<&>", "a": 1}', signed: '{"a":1,"b":"\\u003c\\u0026\\u003e"}\n' }),
    "body-reserialised",
    /encoding\/json of Go writes a map\), with a line feed at the end/,
  ],
  [
    "signs what .NET writes",
    ["bare"],
    () => ({ sent: '{"a":"it\'s+ë"}', signed: '{"a":"it\\u0027s\\u002B\\u00EB"}' }),
    "body-reserialised",
    /System\.Text\.Json of \.NET/,
  ],
  [
    "signs what Gson writes",
    ["bare"],
    () => ({ sent: '{"a":"x=\'"}', signed: '{"a":"x\\u003d\\u0027"}' }),
    "body-reserialised",
    /Gson of Java/,
  ],
  [
    "signs an object's name",
    BODIES,
    () => ({ signed: "[object Object]" }),
    "body-reserialised",
    /\[object Object\] was signed/,
    /signs an object/,
  ],
  ["writes JSON twice", ["bare"], () => ({ signed: JSON.stringify(JSON_BODY) }), "body-reserialised", /written as JSON twice/],
  [
    "sends JSON twice",
    ["bare"],
    () => ({ sent: JSON.stringify(JSON_BODY), signed: JSON_BODY }),
    "body-reserialised",
    /JSON string, and what was signed is its content/,
  ],
  [
    "signs \\u escapes as Meta",
    BODIES,
    () => ({ signed: ESCAPED }),
    "body-reencoded",
    /everything beyond ASCII written as \\u escapes/,
    /Meta signs so/,
  ],
  [
    "sends \\u escapes and signs the characters",
    ["bare"],
    () => ({ sent: ESCAPED, signed: JSON_BODY }),
    "body-reencoded",
    /signed with the characters themselves/,
  ],
  [
    "escapes / alone",
    ["bare"],
    () => ({ signed: JSON_BODY.replaceAll("/", "\\/") }),
    "body-reencoded",
    /holds \/ and was signed with \\\//,
  ],
  [
    "encodes UTF-8 twice",
    BODIES,
    () => ({ signed: Buffer.from(Buffer.from(JSON_BODY).toString("latin1")) }),
    "body-reencoded",
    /encoded twice/,
    /UTF-8 bytes that are sent/,
  ],
  ["signs latin1", BODIES, () => ({ signed: Buffer.from(JSON_BODY, "latin1") }), "body-reencoded", /same text in latin1/],
  [
    "sends what is encoded twice",
    ["bare"],
    () => ({ sent: Buffer.from(Buffer.from(JSON_BODY).toString("latin1")), signed: JSON_BODY }),
    "body-reencoded",
    /arrived encoded twice/,
  ],
  ["signs UTF-16", ["bare"], () => ({ signed: Buffer.from(JSON_BODY, "utf16le") }), "body-reencoded", /UTF-16/],
  ["signs a decomposed text", ["bare"], () => ({ signed: JSON_BODY.normalize("NFD") }), "body-reencoded", /NFD/],
  [
    "replaces bytes that are no UTF-8",
    ["bare"],
    () => ({ sent: Buffer.from([0x61, 0xff, 0x62]), signed: "a\ufffdb" }),
    "body-reencoded",
    /replacement character/,
  ],
  [
    "signs before gzip",
    BODIES,
    () => ({ sent: gzipSync(JSON_BODY), signed: JSON_BODY, more: ["Content-Encoding", "gzip"] }),
    "body-reencoded",
    /compressed, and what was signed is the plain text/,
  ],
  [
    "signs before deflate",
    ["bare"],
    () => ({ sent: deflateSync(JSON_BODY), signed: JSON_BODY, more: ["Content-Encoding", "deflate"] }),
    "body-reencoded",
    /compressed/,
  ],
  [
    "signs after gzip, and the plain text arrives",
    ["bare"],
    () => ({ signed: gzipSync(JSON_BODY), more: ["Content-Encoding", "gzip"] }),
    "body-reencoded",
    /compressed body was signed/,
  ],
  [
    "signs the base64 of the body",
    ["bare"],
    () => ({ signed: Buffer.from(JSON_BODY).toString("base64") }),
    "body-reencoded",
    /base64 of the body/,
  ],
  [
    "adds a line feed after signing",
    BODIES,
    () => ({ sent: `${JSON_BODY}\n`, signed: JSON_BODY }),
    "body-newline",
    /ends in a line feed that was not signed/,
    /--data-binary/,
  ],
  [
    "adds CR LF after signing",
    BODIES,
    () => ({ sent: `${JSON_BODY}\r\n`, signed: JSON_BODY }),
    "body-newline",
    /^The body ends in CR LF that was not signed$/,
    /line ends of Windows/,
  ],
  [
    "loses a line feed after signing",
    BODIES,
    () => ({ signed: `${JSON_BODY}\n` }),
    "body-newline",
    /line feed at its end, which is not there/,
  ],
  [
    "signs LF and sends CR LF",
    BODIES,
    () => ({ sent: JSON_BODY.replaceAll("\n", "\r\n"), signed: JSON_BODY }),
    "body-newline",
    /CR LF and was signed with LF/,
  ],
  [
    "signs CR LF and sends LF",
    BODIES,
    () => ({ signed: JSON_BODY.replaceAll("\n", "\r\n") }),
    "body-newline",
    /LF and was signed with CR LF/,
  ],
  [
    "signs without line ends, as curl -d sends",
    ["bare"],
    () => ({ signed: JSON_BODY.replaceAll("\n", "") }),
    "body-newline",
    /without its line ends/,
  ],
  [
    "adds a byte order mark",
    BODIES,
    () => ({ sent: `\ufeff${JSON_BODY}`, signed: JSON_BODY }),
    "body-bom",
    /begins with a byte order mark/,
  ],
  ["loses a byte order mark", BODIES, () => ({ signed: `\ufeff${JSON_BODY}` }), "body-bom", /signed with a byte order mark/],
  ["signs nothing", BODIES, () => ({ signed: "" }), "body-empty", /an empty body was signed/i],
  ["signs {}", BODIES, () => ({ signed: "{}" }), "body-empty", /the text \{\} was signed/i],
  [
    "counts characters in place of bytes",
    BODIES,
    () => ({ sent: Buffer.from('{"a":["Zoë"]}').subarray(0, -1), signed: '{"a":["Zoë"]}' }),
    "body-cut",
    /breaks off before its end/,
    /Buffer\.byteLength/,
  ],
  [
    "signs as many bytes as there are characters",
    ["bare"],
    () => ({ signed: Buffer.from(JSON_BODY).subarray(0, JSON_BODY.length) }),
    "body-cut",
    /only a part of the body was signed/i,
  ],
];

const form = (sent: string, signed: string) => () => ({ sent, signed, more: ["Content-Type", "application/x-www-form-urlencoded"] });
const formRows: readonly Row[] = [
  ["signs the decoded fields", ["bare"], form("a=b+c&d=%2B1", "a=b c&d=+1"), "body-reencoded", /fields decoded/],
  ["encodes blanks as %20", ["bare"], form("a=b+c", "a=b%20c"), "body-reencoded", /blanks as %20/],
  ["encodes blanks as +", ["bare"], form("a=b%20c", "a=b+c"), "body-reencoded", /blanks as \+/],
  ["sorts the fields", ["bare"], form("b=1&a=2", "a=2&b=1"), "body-reencoded", /sorted by name/],
  [
    "signs what express makes of it",
    ["bare", "stripe"],
    form("b=1&a=%40", '{"b":"1","a":"@"}'),
    "body-reserialised",
    /JSON\.stringify of its fields/,
  ],
  ["signs the field payload alone", ["bare"], form("payload=%7B%22a%22%3A1%7D", '{"a":1}'), "body-reserialised", /form field payload/],
];

const digestRows: readonly Row[] = [
  [
    "leaves sha256= out",
    ["github"],
    () => ({ headers: (digest) => ["X-Signature", digest.toString("hex")] }),
    "wrong-prefix",
    /^"sha256=" is missing in front of the signature$/,
    /sha256=…/,
  ],
  [
    "adds sha256=",
    ["bare"],
    () => ({ headers: (digest) => ["X-Signature", `sha256=${digest.toString("hex")}`] }),
    "wrong-prefix",
    /has "sha256=" in front, which this scheme does not write/,
  ],
  [
    "writes v0= for v1=",
    ["stripe"],
    () => ({ headers: (digest) => ["Acme-Signature", `t=${SECONDS},v0=${digest.toString("hex")}`] }),
    "wrong-prefix",
    /where this scheme writes "v1="/,
  ],
  [
    "leaves v1, out",
    ["svix"],
    () => ({ headers: (digest) => ["webhook-id", "msg_1", "webhook-timestamp", SECONDS, "webhook-signature", digest.toString("base64")] }),
    "wrong-prefix",
    /"v1," is missing/,
  ],
  [
    "writes base64 for hex",
    ["bare"],
    () => ({ headers: (digest) => ["X-Signature", digest.toString("base64")] }),
    "digest-encoding",
    /^The signature is base64, and this scheme writes hex$/,
    /digest\("hex"\)/,
  ],
  [
    "writes hex for base64",
    ["svix"],
    () => ({
      headers: (digest) => ["webhook-id", "msg_1", "webhook-timestamp", SECONDS, "webhook-signature", `v1,${digest.toString("hex")}`],
    }),
    "digest-encoding",
    /^The signature is hex, and this scheme writes base64$/,
    /hash_hmac\(…, true\)/,
  ],
  [
    "writes the base64 of hex",
    ["bare", "twilio"],
    () => ({
      headers: (digest) => [
        "Content-Type",
        "application/x-www-form-urlencoded",
        "X-Signature",
        Buffer.from(digest.toString("hex")).toString("base64"),
      ],
    }),
    "digest-encoding",
    /base64 of hex digits/,
  ],
  [
    "writes hex after a prefix in base64",
    ["github"],
    () => ({ headers: (digest) => ["X-Signature", `sha256=${digest.toString("base64")}`] }),
    "digest-encoding",
    /base64, and this scheme writes hex/,
  ],
  [
    "writes base64 without its =",
    ["svix"],
    () => ({
      headers: (digest) => [
        "webhook-id",
        "msg_1",
        "webhook-timestamp",
        SECONDS,
        "webhook-signature",
        `v1,${digest.toString("base64").replace("=", "")}`,
      ],
    }),
    "digest-encoding",
    /base64(?:url| without its =)/,
  ],
  [
    "writes capital digits",
    ["bare", "github", "stripe"],
    (name) => ({
      headers: (digest, parts) =>
        SENDERS[name].headers(digest, parts).map((text) => text.replace(digest.toString("hex"), digest.toString("hex").toUpperCase())),
    }),
    "digest-case",
    /capital hex digits/,
  ],
  [
    "sends the signature in another header",
    ["bare", "github"],
    () => ({ headers: (digest) => ["X-Acme-Hmac", digest.toString("hex")] }),
    "wrong-header",
    /^The signature stands in header X-Acme-Hmac, and this scheme has it in header X-Signature$/,
  ],
  [
    "sends a second signature in the right header",
    ["bare"],
    () => ({ headers: (digest) => ["X-Signature-2", digest.toString("hex"), "X-Signature", NO_MATCH.toString("hex")] }),
    "wrong-header",
    /header X-Signature-2/,
  ],
  [
    "cuts the digest",
    ["bare"],
    () => ({ headers: (digest) => ["X-Signature", digest.toString("hex").slice(0, 40)] }),
    "digest-encoding",
    /cut to the first 20 of 32 bytes/,
  ],
  [
    "signs with SHA-1",
    ["bare", "stripe"],
    () => ({ algorithm: "sha1" }),
    "wrong-algorithm",
    /^The signature is HMAC-SHA1, and this scheme uses HMAC-SHA256$/,
  ],
  ["signs with SHA-512", ["bare", "svix"], () => ({ algorithm: "sha512" }), "wrong-algorithm", /HMAC-SHA512/],
  [
    "signs with SHA-256 for SHA-1",
    ["twilio"],
    () => ({ algorithm: "sha256" }),
    "wrong-algorithm",
    /HMAC-SHA256, and this scheme uses HMAC-SHA1/,
  ],
  [
    "hashes without a key",
    ["bare"],
    () => ({ digest: (_, text) => createHash("sha256").update(text).digest() }),
    "wrong-algorithm",
    /plain SHA-256 without any secret/,
  ],
  [
    "hashes with the key in front",
    ["bare", "stripe"],
    () => ({ digest: (key, text) => createHash("sha256").update(key).update(text).digest() }),
    "wrong-algorithm",
    /plain SHA-256 with the secret in front/,
  ],
  [
    "hashes with the key behind",
    ["bare"],
    () => ({ digest: (key, text) => createHash("sha1").update(text).update(key).digest() }),
    "wrong-algorithm",
    /plain SHA-1 with the secret behind/,
  ],
];

const contentRows: readonly Row[] = [
  [
    "leaves the timestamp out",
    ["stripe"],
    () => ({ text: ({ body }) => [body] }),
    "signed-content",
    /^The signed text is \{body\}, without timestamp; this scheme signs \{timestamp\}\.\{body\}$/,
    /sign \{timestamp\}\.\{body\}/,
  ],
  ["leaves the id out", ["svix"], () => ({ text: ({ timestamp, body }) => [timestamp, ".", body] }), "signed-content", /without id/],
  ["leaves id and timestamp out", ["svix"], () => ({ text: ({ body }) => [body] }), "signed-content", /without id and timestamp/],
  [
    "leaves the dot out",
    ["stripe"],
    () => ({ text: ({ timestamp, body }) => [timestamp, body] }),
    "signed-content",
    /\{timestamp\}\{body\}, put together in another way/,
  ],
  [
    "signs as Slack",
    ["stripe"],
    () => ({ text: ({ timestamp, body }) => ["v0:", timestamp, ":", body] }),
    "signed-content",
    /v0:\{timestamp\}:\{body\}/,
  ],
  [
    "has the time behind the body",
    ["stripe"],
    () => ({ text: ({ timestamp, body }) => [body, timestamp] }),
    "signed-content",
    /\{body\}\{timestamp\}/,
  ],
  [
    "signs a time that the scheme does not know",
    ["bare"],
    () => ({ text: ({ body }) => [SECONDS, ".", body], more: ["X-Webhook-Timestamp", SECONDS] }),
    "signed-content",
    /with timestamp.*header X-Webhook-Timestamp/,
  ],
  [
    "signs an id that the scheme does not know",
    ["stripe"],
    () => ({ text: ({ timestamp, body }) => ["evt_7.", timestamp, ".", body], more: ["X-Event-Id", "evt_7"] }),
    "signed-content",
    /with id.*header X-Event-Id/,
  ],
  [
    "signs the hash of the body",
    ["bare"],
    () => ({ text: ({ body }) => [createHash("sha256").update(body).digest("hex")] }),
    "signed-content",
    /\{body-sha256-hex\}/,
  ],
  [
    "signs the member data alone",
    ["bare", "stripe"],
    () => ({ sent: '{"event":"x","data": {"a": 1}}', signed: '{"a": 1}' }),
    "signed-content",
    /\{body-only:data:raw\}|body-only:data:raw/,
  ],
  [
    "signs before the signature is put in",
    ["bare"],
    () => ({ sent: '{"a":1,"signature":""}', signed: '{"a":1}' }),
    "signed-content",
    /body-without:signature/,
  ],
  ["signs the URL too", ["bare"], () => ({ text: ({ url, body }) => [url, body] }), "signed-content", /\{url\}\{body\}, with url/],
  [
    "signs milliseconds and sends seconds",
    ["stripe", "svix"],
    () => ({ parts: { timestamp: `${SECONDS}000` } }),
    "timestamp-unit",
    new RegExp(`holds the time as ${SECONDS}000 \\(milliseconds\\), and the message as ${SECONDS}`),
  ],
  [
    "signs the milliseconds of the clock and sends seconds",
    ["stripe"],
    () => ({ parts: { timestamp: `${SECONDS}417` } }),
    "timestamp-unit",
    new RegExp(`${SECONDS}417`),
  ],
  [
    "signs ISO 8601 and sends seconds",
    ["stripe"],
    () => ({ parts: { timestamp: new Date(NOW).toISOString() } }),
    "timestamp-unit",
    /ISO 8601/,
  ],
  [
    "signs the lower-case method",
    ["hubspot"],
    () => ({ parts: { method: "post" } }),
    "other-method",
    /method post was signed, and the request is POST/,
  ],
  ["signs another method", ["hubspot"], () => ({ parts: { method: "PUT" } }), "other-method", /PUT was signed/],
  [
    "signs http behind a proxy",
    ["twilio", "hubspot"],
    () => ({ parts: { url: URL.replace("https", "http") } }),
    "other-url",
    /: http in place of https$/,
    /^give the sender the public URL with https; .* behind a proxy that ends TLS .* X-Forwarded-Proto/,
  ],
  [
    "signs the app's URL, which is known",
    ["twilio", "hubspot"],
    () => ({ parts: { url: "http://localhost:18000/tw?x=1" }, otherUrls: ["http://localhost:18000/tw?x=1"] }),
    "other-url",
    /^The signature is for "http:\/\/localhost:18000\/tw\?x=1", and the public URL is "https:\/\/relay\.example\/name\/hooks\?x=1"$/,
    /sign the one that it calls in public/,
  ],
  [
    "signs another path of the app, whose address is known",
    ["twilio", "hubspot"],
    () => ({ parts: { url: "http://app.internal:18000/hooks" }, otherUrls: ["http://app.internal:18000"] }),
    "other-url",
    /^The signature is for "http:\/\/app\.internal:18000\/hooks"/,
    /the address of the app/,
  ],
  [
    "signs https for the app's URL",
    ["hubspot"],
    () => ({ parts: { url: "https://localhost:18000/hooks?x=1" }, otherUrls: ["http://localhost:18000/hooks?x=1"] }),
    "other-url",
    /^The signature is for "https:\/\/localhost:18000\/hooks\?x=1"/,
  ],
  [
    "signs for the origin that its header names",
    ["twilio"],
    () => ({ parts: { url: "http://site.example:8443/name/hooks?x=1" }, more: ["Origin", "http://site.example:8443"] }),
    "other-url",
    /site\.example:8443/,
    /exactly the public URL/,
  ],
  [
    "signs for the host that a proxy names in Forwarded",
    ["twilio"],
    () => ({
      parts: { url: "https://public.example/name/hooks?x=1" },
      more: ["Forwarded", 'for=192.0.2.1;host="public.example";proto=https'],
    }),
    "other-url",
    /public\.example/,
  ],
  [
    "signs its local URL",
    ["twilio", "hubspot"],
    () => ({ parts: { url: "http://localhost:8000/hooks?x=1" } }),
    "other-url",
    /^The signature is for "http:\/\/localhost:8000\/hooks\?x=1"/,
    /sign the one that it calls in public/,
  ],
  [
    "signs with another port",
    ["hubspot"],
    () => ({ parts: { url: URL.replace("relay.example", "relay.example:443") } }),
    "other-url",
    /the port differs/,
  ],
  [
    "signs with a slash at the end",
    ["twilio"],
    () => ({ parts: { url: "https://relay.example/name/hooks/?x=1" } }),
    "other-url",
    /hooks\/\?x=1/,
  ],
  [
    "signs without the query",
    ["twilio", "hubspot"],
    () => ({ parts: { url: "https://relay.example/name/hooks" } }),
    "other-url",
    /: without the query$/,
  ],
  [
    "signs without the tunnel's name in the path",
    ["twilio"],
    () => ({ parts: { url: "https://relay.example/hooks?x=1" } }),
    "other-url",
    /relay\.example\/hooks/,
  ],
  [
    "signs for the host that the proxy names",
    ["twilio"],
    () => ({ parts: { url: "https://public.example/name/hooks?x=1" }, more: ["X-Forwarded-Host", "public.example"] }),
    "other-url",
    /public\.example/,
  ],
];

const pairRows: readonly Row[] = [
  [
    "has another key and another encoding",
    ["bare"],
    () => ({
      secrets: ["bWFkZSB1cCBmb3IgdGVzdHM="],
      key: "made up for tests",
      headers: (digest) => ["X-Signature", digest.toString("base64")],
    }),
    "secret-encoding",
    /^Two things differ: \(1\) your secret .* looks like base64 and was decoded from it by the sender; .*; \(2\) the signature is base64/,
  ],
  [
    "has another key and another body",
    ["bare", "stripe"],
    () => ({ secrets: ["bWFkZSB1cCBmb3IgdGVzdHM="], key: "made up for tests", signed: JSON.stringify(value) }),
    "secret-encoding",
    /^Two things differ: \(1\) .*looks like base64 and was decoded .*; \(2\) the body was re-serialised/,
  ],
  [
    "has a line feed behind the secret and the body alone",
    ["stripe"],
    () => ({ key: `${SENDERS.stripe.secret}\n`, text: ({ body }) => [body] }),
    "secret-whitespace",
    /Two things differ: \(1\) .*line feed.*; \(2\) the signed text is \{body\}/,
  ],
  [
    "signs the body alone and anew",
    ["stripe", "svix"],
    () => ({ text: () => [JSON.stringify(value)] }),
    "body-reserialised",
    /Two things differ: \(1\) .*re-serialised.*; \(2\) the signed text is \{body\}/,
  ],
  [
    "uses another algorithm and encoding",
    ["bare"],
    () => ({ algorithm: "sha512", headers: (digest) => ["X-Signature", digest.toString("base64")] }),
    "wrong-algorithm",
    /Two things differ: \(1\) the signature is HMAC-SHA512.*base64/,
  ],
  [
    "is another provider, with another body",
    ["bare"],
    () => ({ key: "of moltify", otherSecrets: [{ provider: "moltify", secret: "of moltify" }], signed: JSON.stringify(value) }),
    "other-secret",
    /matches the secret of moltify; \(2\) the body was re-serialised/,
  ],
];

describe.each([
  ["the secret", secretRows],
  ["the body", bodyRows],
  ["the form", formRows],
  ["the digest", digestRows],
  ["the signed text", contentRows],
  ["two things at once", pairRows],
])("the cause is %s", (_, rows) => {
  const cases = rows.flatMap(([what, senders, mistake, code, message, hint]) =>
    senders.map((name) => ({ what, name, mistake: mistake(name), code, message, hint })),
  );
  test.each(cases)("when a sender like $name $what", ({ name, mistake, code, message, hint = /./ }) => {
    const { verdict, signature, reason } = verdictOf(name, mistake);
    expect({ verdict, code: reason?.code, message: reason?.message }).toEqual({
      verdict: "invalid",
      code,
      message: expect.stringMatching(message),
    });
    expect(reason?.hint).toMatch(hint);
    expect(signature).not.toBe("ok");
  });
});

describe("what is shown", () => {
  test.each(
    [...secretRows, ...pairRows].flatMap(([what, senders, mistake]) => senders.map((name) => ({ what, name, mistake: mistake(name) }))),
  )("of a secret is its length and its last 4 characters at most, when a sender like $name $what", ({ name, mistake }) => {
    const { reason } = verdictOf(name, mistake);
    const text = `${reason?.message} ${reason?.hint}`;
    const secrets = [...(mistake.secrets ?? [SENDERS[name].secret]), ...(mistake.otherSecrets ?? []).map(({ secret }) => secret)];
    // what all secrets begin with is no secret, and neither is a placeholder
    for (const secret of secrets.map((one) => one.replace(/^(?:whsec_|WEBHOOK_SECRET=(?:whsec_)?|your-webhook-|of )/, ""))) {
      if (secret === "secret" || secret === "moltify") continue;
      for (let at = 0; at + 5 <= secret.length; at++) expect(text).not.toContain(secret.slice(at, at + 5));
    }
  });

  test("of a short secret is its length alone", () => {
    const { reason } = verdictOf("bare", { secrets: ["c2hvcnQ="], key: "short" });
    expect(reason?.message).toMatch(/^Your secret \(8 characters\) looks like base64 and was decoded from it/);
  });

  test("names which of several secrets it is", () => {
    const { reason } = verdictOf("bare", { secrets: ["first", "bWFkZSB1cCBmb3IgdGVzdHM="], key: "made up for tests" });
    expect(reason?.message).toMatch(/^Your 2nd secret /);
  });
});

describe("a signature that holds", () => {
  test.each(Object.keys(SENDERS) as SenderName[])("is not explained, when a sender like %s makes no mistake", (name) => {
    expect(verdictOf(name)).toMatchObject({ verdict: "valid", reason: null });
  });

  test("is not explained when the delivery is too old: the time is the reason", () => {
    expect(verdictOf("stripe", { now: NOW + 7_380_000 }).reason).toMatchObject({
      code: "stale",
      message: "Signed 2 h 3 min ago; the tolerance is 5 min",
    });
  });
});

describe("a signature that does not hold", () => {
  test("keeps its cause beside a time that is too old", () => {
    const { time, reason } = verdictOf("stripe", { now: NOW + 7_380_000, signed: JSON.stringify(value) });
    expect({ time, code: reason?.code }).toEqual({ time: "stale", code: "body-reserialised" });
  });

  test.each(Object.keys(SENDERS) as SenderName[])(
    "has no cause that nothing proves, when a sender like %s has a secret that nobody knows",
    (name) => {
      expect(verdictOf(name, { key: "a key that nobody knows" }).reason).toEqual({
        code: "no-match",
        message: "The signature was made with another secret, or of other bytes: nothing that devhook tried explains it",
        hint: "compare the last 4 characters of your secret with those at Acme, and send a test event from there",
      });
    },
  );

  test("is explained by the text that differs least, when there are several", () => {
    const { reason } = verdictOf("bare", {
      headers: (digest) => ["X-Signature", `v9=${digest.toString("base64")}`, "X-Signature", digest.toString("base64")],
    });
    expect(reason?.message).toBe("The signature is base64, and this scheme writes hex");
  });

  test("is that of another provider when its scheme and secret match", () => {
    const moltify = {
      ...providerOf([schemeOf({ id: "hmac", signature: [{ in: "header", name: "X-Moltify-Signature" }], algorithm: "hmac-sha512" })]),
      id: "moltify",
      name: "Moltify",
    };
    const { reason } = verdictOf("bare", {
      headers: (digest) => [
        "X-Signature",
        digest.toString("hex"),
        "X-Moltify-Signature",
        createHmac("sha512", "of moltify").update(JSON_BODY).digest("hex"),
      ],
      key: "a key that nobody knows",
      otherProviders: [moltify],
      otherSecrets: [{ provider: "moltify", secret: "of moltify" }],
    });
    expect(reason).toEqual({
      code: "other-provider",
      message: "This is signed as Moltify signs (scheme hmac), and matches the secret of moltify",
      hint: "name the sender: --provider moltify",
    });
  });

  test("of a body that is shorter than its Content-Length is told to be cut", () => {
    expect(verdictOf("bare", { key: "a key that nobody knows", more: ["Content-Length", "4000"] }).reason).toMatchObject({
      code: "body-cut",
      message: expect.stringMatching(/Content-Length says 4000 bytes, and \d+ are here/),
    });
  });
});
