import { describe, expect, it } from "vitest";
import { createCatalogue, worthTrying } from "../../../shared/catalogue/catalogue.ts";
import { withMember } from "../../../shared/signatures/json-text.ts";
import { createMessage, type Message } from "../../../shared/signatures/message.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import type { Condition } from "../../../shared/signatures/scheme.ts";

const catalogue = createCatalogue();

function request(headers: readonly string[], body = "", { method = "POST", url = "https://relay.example.com/name/hooks" } = {}): Message {
  return createMessage({ method, url, headers, body: Buffer.from(body) });
}

const idsOf = (message: Message, of = catalogue): readonly string[] => of.recognise(message).map(({ id }) => id);

/** A request of which these conditions hold, and nothing more. */
function meeting(conditions: readonly Condition[]): Message {
  const headers: string[] = [];
  const query = new URLSearchParams();
  const form = new URLSearchParams();
  let method = "POST";
  let json: Buffer | undefined;
  for (const { place, equals, startsWith = "" } of conditions) {
    const value = (typeof equals === "string" ? equals : equals?.[0]) ?? `${startsWith}x`;
    if (place.in === "method") method = value;
    if (place.in === "header") headers.push(place.name, value);
    if (place.in === "query") query.set(place.name, value);
    if (place.in === "form") form.set(place.name, value);
    if (place.in === "body") json = withPath(json, place.path, value);
  }
  const url = `https://relay.example.com/name/hooks${query.size === 0 ? "" : `?${query.toString()}`}`;
  return createMessage({ method, url, headers, body: json ?? Buffer.from(form.toString()) });
}

/** Objects and lists with the value at a path; `0` begins a list. */
function withPath(json: Buffer | undefined, path: string, value: string): Buffer {
  const put = json === undefined ? undefined : withMember(json, path, JSON.stringify(value));
  if (put !== undefined) return put;
  const made = path.split(".").reduceRight<unknown>((inner, segment) => (segment === "0" ? [inner] : { [segment]: inner }), value);
  return Buffer.from(JSON.stringify(made));
}

const ways = catalogue.providers.flatMap((provider) =>
  provider.recognise.map((conditions, index) => ({ id: provider.id, index, provider, conditions })),
);

describe("recognise", () => {
  it.each(ways)("$id, way $index, by what its record says", ({ id, provider, conditions }) => {
    const message = meeting(conditions);
    const found = idsOf(message);
    expect(found).toContain(id);
    // whoever has a secret for it has it tried, unless more speaks for another
    const tried = worthTrying(catalogue.recognise(message), (one) => one === provider);
    const first = catalogue.find(found[0] ?? "");
    const isBeaten = Math.max(0, ...(first?.recognise.map((way) => way.length) ?? [])) > conditions.length;
    expect(isBeaten || tried.includes(provider)).toBe(true);
  });

  it.each(ways)("$id, way $index, in capitals, and among other headers", ({ id, conditions }) => {
    const message = meeting(conditions);
    const headers = message.headers.map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text));
    expect(idsOf(createMessage({ ...message, headers: ["Host", "x", "Accept", "*/*", ...headers, "X-Forwarded-For", "::1"] }))).toContain(
      id,
    );
  });

  it.each(ways)("not $id, way $index, when a condition is missing", ({ id, provider, conditions }) => {
    for (const [index] of conditions.entries()) {
      const rest = conditions.toSpliced(index, 1);
      const other = provider.recognise.some((way) => way.every((condition) => rest.includes(condition)));
      // another way may need less
      const isKnownOtherwise = other || provider.recognise.some((way) => way.length < conditions.length);
      expect(isKnownOtherwise || !idsOf(meeting(rest)).includes(id)).toBe(true);
    }
  });

  it.each<[string, readonly string[], string, string, readonly string[]]>([
    [
      "stripe",
      ["Stripe-Signature", "t=1795269751,v1=00,v0=00", "User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"],
      '{"id":"evt_1","object":"event","type":"charge.succeeded"}',
      "stripe",
      ["stripe"],
    ],
    [
      "github",
      [
        "X-GitHub-Event",
        "push",
        "X-GitHub-Delivery",
        "72d3162e",
        "X-Hub-Signature",
        "sha1=00",
        "X-Hub-Signature-256",
        "sha256=00",
        "User-Agent",
        "GitHub-Hookshot/044aadd",
      ],
      '{"ref":"refs/heads/main"}',
      "github",
      ["github"],
    ],
    ["github without a secret", ["X-GitHub-Event", "ping", "X-GitHub-Hook-ID", "1"], '{"zen":"x"}', "github", ["github"]],
    ["slack", ["X-Slack-Signature", "v0=00", "X-Slack-Request-Timestamp", "1795269751"], '{"type":"event_callback"}', "slack", ["slack"]],
    [
      "meta",
      ["X-Hub-Signature-256", "sha256=00", "User-Agent", "facebookexternalua"],
      '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}]}',
      "whatsapp",
      ["whatsapp"],
    ],
    [
      "svix",
      ["svix-id", "msg_1", "svix-timestamp", "1795269751", "svix-signature", "v1,AA=="],
      '{"type":"user.created"}',
      "svix",
      ["svix", "clerk", "resend", "agentmail"],
    ],
    [
      "agentmail",
      ["svix-id", "msg_1", "svix-timestamp", "1795269751", "svix-signature", "v1,AA=="],
      '{"type":"event","event_type":"message.received","event_id":"evt_1"}',
      "agentmail",
      ["svix", "clerk", "resend", "agentmail"],
    ],
    [
      "standard webhooks",
      ["webhook-id", "msg_1", "webhook-timestamp", "1795269751", "webhook-signature", "v1,AA=="],
      '{"type":"x"}',
      "standard-webhooks",
      ["standard-webhooks", "openai", "replicate", "polar", "anthropic"],
    ],
    [
      "openai",
      ["webhook-id", "msg_1", "webhook-timestamp", "1795269751", "webhook-signature", "v1,AA==", "user-agent", "OpenAI/1.0"],
      '{"type":"response.completed"}',
      "openai",
      ["openai", "standard-webhooks"],
    ],
    ["gitlab", ["X-Gitlab-Event", "Push Hook", "X-Gitlab-Token", "t"], '{"object_kind":"push"}', "gitlab", ["gitlab"]],
    [
      "gitlab with its signing token",
      ["X-Gitlab-Event", "Push Hook", "webhook-id", "1", "webhook-timestamp", "1", "webhook-signature", "v1,AA=="],
      "{}",
      "gitlab",
      ["gitlab"],
    ],
    [
      "moltify",
      ["X-Moltify-Signature", "00", "X-Moltify-Timestamp", "1795269751000"],
      '{"event":"task.completed"}',
      "moltify",
      ["moltify"],
    ],
    [
      "upmoltwork, as its code sends it",
      ["X-Webhook-Signature", "sha256=00", "Content-Type", "application/json"],
      '{"event":"task.bid_accepted","timestamp":"2026-11-21T14:02:31.000Z","data":{"task_id":"tsk_1"}}',
      "upmoltwork",
      ["upmoltwork"],
    ],
    [
      "upmoltwork, signature inside",
      [],
      '{"event":"task.created","timestamp":"2026-11-21T14:02:31.000Z","data":{},"signature":"sha256=00"}',
      "upmoltwork",
      ["upmoltwork"],
    ],
    [
      "moltjobs, signed",
      ["MoltJobs-Signature", "t=1795269751,v1=00", "MoltJobs-Event", "job.assigned", "MoltJobs-Delivery", "d"],
      '{"id":"d","type":"job.assigned"}',
      "moltjobs",
      ["moltjobs"],
    ],
    [
      "moltjobs, its first generation",
      [],
      '{"event":"job.assigned","agentId":"a","timestamp":"2026","data":{"jobId":"j"}}',
      "moltjobs",
      ["moltjobs"],
    ],
    ["agentpost", ["X-AgentPost-Signature", "00", "X-AgentPost-Timestamp", "1795269751"], "{}", "agentpost", ["agentpost"]],
    ["anybody", ["X-Webhook-Signature", "sha256=00"], '{"event":"other"}', "generic", ["generic"]],
    [
      "netlify",
      ["X-Webhook-Signature", "eyJhbGciOiJIUzI1NiJ9.e30.AA", "X-Netlify-Event", "deploy_created"],
      '{"site_id":"s"}',
      "netlify",
      ["netlify"],
    ],
    [
      "jira",
      ["X-Atlassian-Webhook-Identifier", "1", "X-Hub-Signature", "sha256=00"],
      '{"webhookEvent":"jira:issue_created"}',
      "jira",
      ["jira"],
    ],
    [
      "bitbucket",
      ["X-Event-Key", "repo:push", "X-Hub-Signature", "sha256=00", "X-Request-UUID", "u"],
      '{"push":{}}',
      "bitbucket",
      ["bitbucket"],
    ],
    ["intercom", ["X-Hub-Signature", "sha1=00"], '{"type":"notification_event","topic":"user.created"}', "intercom", ["intercom"]],
    ["paypal", ["PAYPAL-TRANSMISSION-ID", "1", "PAYPAL-TRANSMISSION-SIG", "AA=="], '{"event_type":"X"}', "paypal", ["paypal"]],
    ["postmark", [], '{"RecordType":"Bounce","MessageID":"m"}', "postmark", ["postmark"]],
    ["telegram without a secret", [], '{"update_id":1,"message":{}}', "telegram", ["telegram"]],
    ["mailgun", [], '{"signature":{"timestamp":"1","token":"t","signature":"00"},"event-data":{"event":"opened"}}', "mailgun", ["mailgun"]],
  ])("%s", (_, headers, body, first, family) => {
    const message = request(headers, body);
    expect(idsOf(message)[0]).toBe(first);
    const tried = worthTrying(catalogue.recognise(message), () => true).map(({ id }) => id);
    expect(tried).toEqual(expect.arrayContaining([...family]));
    expect(tried[0]).toBe(first);
  });

  it("Meta's first call by its query", () => {
    const url = "https://relay.example.com/n/?hub.mode=subscribe&hub.challenge=1158&hub.verify_token=t";
    expect(idsOf(request([], "", { method: "GET", url }))).toEqual(["whatsapp"]);
    expect(idsOf(request([], "", { method: "POST", url }))).toEqual([]);
  });

  const browser = [
    "Host",
    "relay.example.com",
    "User-Agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Accept",
    "text/html,*/*;q=0.8",
    "Accept-Language",
    "en",
    "Accept-Encoding",
    "gzip, br",
    "Cookie",
    "a=b",
    "Authorization",
    "Basic eDp5",
    "Referer",
    "https://example.com/",
    "Sec-Fetch-Mode",
    "navigate",
    "If-None-Match",
    '"x"',
  ];
  it.each<[string, Message]>([
    ["no headers at all", request([])],
    ["a browser", request(browser, "", { method: "GET" })],
    ["a browser's form", request([...browser, "Content-Type", "application/x-www-form-urlencoded"], "name=a&type=b&signature=c")],
    [
      "curl",
      request(["Host", "x", "User-Agent", "curl/8.5.0", "Accept", "*/*", "Content-Type", "application/x-www-form-urlencoded"], "a=1"),
    ],
    [
      "curl with JSON",
      request(
        ["User-Agent", "curl/8.5.0", "Content-Type", "application/json"],
        '{"id":1,"type":"event","event":"created","data":{"id":1},"timestamp":"2026"}',
      ),
    ],
    ["fetch", request(["User-Agent", "node", "Content-Type", "text/plain;charset=UTF-8", "Sec-Fetch-Mode", "cors"], "hello")],
    ["a health check", request(["User-Agent", "kube-probe/1.30"], "", { method: "GET" })],
    ["names without values of note", request([], '"update_id" "RecordType" "SigningCertURL" "webhookEvent" "verification_token"')],
    ["JSON that is a list of names", request([], '["update_id","verification_token","SigningCertURL"]')],
    ["JSON that is cut off", request([], '{"update_id":1,"message":{')],
    ["bytes", createMessage({ method: "POST", url: undefined, headers: ["X", "\xff"], body: Buffer.from([0xff, 0x00, 0x22]) })],
  ])("nobody in %s", (_, message) => {
    expect(idsOf(message)).toEqual([]);
    expect(worthTrying(catalogue.recognise(message), () => true)).toEqual([]);
  });

  it("ends on a large body that holds every name", () => {
    const names = ways.flatMap(({ conditions }) => conditions.flatMap(({ place }) => (place.in === "body" ? place.path.split(".") : [])));
    const body = `{${[...new Set(names)].map((name) => `"${name}":{}`).join(",")},"x":"${"x".repeat(2_000_000)}"}`;
    expect(idsOf(request([], body))).toEqual([]);
  });
});

describe("find", () => {
  it("knows ids and other names in any case, and nothing else", () => {
    expect(catalogue.find("GitHub")?.id).toBe("github");
    expect(catalogue.find("STANDARD-WEBHOOKS")?.id).toBe("standard-webhooks");
    for (const provider of catalogue.providers)
      for (const id of [provider.id, ...(provider.aliases ?? [])]) expect(catalogue.find(id.toUpperCase())).toBe(provider);
    for (const id of ["", " github", "git", "constructor", "__proto__", "github/x"]) expect(catalogue.find(id)).toBeUndefined();
  });
});

describe("worthTrying", () => {
  const found = (...ids: readonly string[]): readonly Provider[] => ids.flatMap((id) => catalogue.find(id) ?? []);
  const tried = (candidates: readonly Provider[], secrets: readonly string[]): readonly string[] =>
    worthTrying(candidates, ({ id }) => secrets.includes(id)).map(({ id }) => id);

  it("is who has a secret among those of the same headers, else the most likely one", () => {
    const svix = found("svix", "clerk", "resend");
    expect(tried(svix, [])).toEqual(["svix"]);
    expect(tried(svix, ["clerk"])).toEqual(["clerk"]);
    expect(tried(svix, ["resend", "svix"])).toEqual(["svix", "resend"]);
    expect(tried(svix, ["github"])).toEqual(["svix"]);
    expect(tried(found("clerk", "svix", "resend"), ["resend"])).toEqual(["resend"]);
    expect(tried([], ["svix"])).toEqual([]);
  });

  it("is nobody of other headers", () => {
    expect(tried(found("stripe", "svix"), ["svix"])).toEqual(["stripe"]);
    expect(tried(found("upmoltwork", "generic"), ["generic"])).toEqual(["upmoltwork"]);
  });
});

describe("a user's own providers", () => {
  const own = (id: string, change: Partial<Provider> = {}): Provider => ({
    id,
    name: "Own",
    recognise: [[{ place: { in: "header", name: "Stripe-Signature" } }]],
    signing: { schemes: [] },
    event: { type: [], id: [], source: { grade: "assumed", from: "this test", date: "2026-11-21" } },
    handshakes: [],
    delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
    ...change,
  });
  const stripe = request(["Stripe-Signature", "t=1,v1=00"]);

  it("replaces the built-in one of the same id", () => {
    const mine = own("stripe");
    const changed = createCatalogue([mine]);
    expect(changed.find("stripe")).toBe(mine);
    expect(changed.recognise(stripe)).toEqual([mine]);
    expect(changed.providers.filter(({ id }) => id === "stripe")).toEqual([mine]);
    expect(changed.providers).toHaveLength(catalogue.providers.length);
  });

  it("come before built-in ones that are as likely, wherever they are in the alphabet", () => {
    for (const id of ["aaa", "zzz"]) expect(idsOf(stripe, createCatalogue([own(id)]))).toEqual([id, "stripe"]);
    const body = [[{ place: { in: "body", path: "update_id" } }]] as const;
    expect(idsOf(request([], '{"update_id":1}'), createCatalogue([own("zzz", { recognise: body })]))).toEqual(["zzz", "telegram"]);
    // but not before those for whom more speaks
    const openai = request(["webhook-signature", "v1,AA==", "user-agent", "OpenAI/1.0"]);
    expect(
      idsOf(openai, createCatalogue([own("zzz", { recognise: [[{ place: { in: "header", name: "webhook-signature" } }]] })])).slice(0, 2),
    ).toEqual(["openai", "zzz"]);
  });

  it("are listed by id, and found by their names before others", () => {
    const changed = createCatalogue([own("zzz", { aliases: ["meta", "github", "ZZ"] }), own("aaa")]);
    expect(changed.providers.map(({ id }) => id)).toEqual(changed.providers.map(({ id }) => id).toSorted());
    expect(changed.find("meta")?.id).toBe("zzz");
    expect(changed.find("zz")?.id).toBe("zzz");
    expect(changed.find("github")?.id).toBe("github");
  });

  it.each<[string, readonly Condition[], Message]>([
    ["a numbered header", [{ place: { in: "header", name: "X-Sig-", numbered: true } }], request(["x-sig-1", "00"])],
    ["an entry of a list", [{ place: { in: "body", path: "0" } }], request([], "[1]")],
    ["a name that JSON may escape", [{ place: { in: "body", path: "é" } }], request([], '{"\\u00e9":1}')],
    ["a form field", [{ place: { in: "form", name: "f" } }], request(["Content-Type", "application/x-www-form-urlencoded"], "f=1")],
    [
      "a member of a header",
      [{ place: { in: "header", name: "X-Sig", field: { name: "v9", separator: ",", assign: "=" } } }],
      request(["X-Sig", "t=1,v9=2"]),
    ],
    ["a value of several", [{ place: { in: "method" }, equals: ["PUT", "POST"] }], request([])],
  ])("are recognised by %s", (_, conditions, message) => {
    const changed = createCatalogue([own("mine", { recognise: [conditions] })]);
    expect(idsOf(message, changed)).toEqual(["mine"]);
    expect(idsOf(request([], "{}", { method: "GET" }), changed)).toEqual([]);
  });
});
