import { expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { checkScheme } from "../../../shared/signatures/check.ts";
import { createMessage } from "../../../shared/signatures/message.ts";
import { judge } from "../../../shared/signatures/verify.ts";
import { messageOf, providerOf, schemeOf } from "./fixtures.ts";

type Example = {
  readonly provider: string;
  /** where it is printed */
  readonly from: string;
  readonly secret: string;
  readonly url?: string;
  readonly headers: readonly string[];
  readonly body: string;
  /** seconds */
  readonly now?: number;
};

const FORM = ["Content-Type", "application/x-www-form-urlencoded"] as const;

/** Requests with secret and signature that senders print in their own documents. */
const EXAMPLES: readonly Example[] = [
  {
    provider: "github",
    from: "docs.github.com, Validating webhook deliveries",
    secret: "It's a Secret to Everybody",
    headers: ["X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
    body: "Hello, World!",
  },
  {
    provider: "slack",
    from: "docs.slack.dev, Verifying requests from Slack",
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: [
      ...FORM,
      "X-Slack-Request-Timestamp",
      "1531420618",
      "X-Slack-Signature",
      "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    ],
    body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    now: 1_531_420_618,
  },
  ...(["svix", "webhook"] as const).map((prefix) => ({
    provider: prefix === "svix" ? "svix" : "standard-webhooks",
    from: "docs.svix.com, Verifying webhooks manually",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: [
      `${prefix}-id`,
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      `${prefix}-timestamp`,
      "1614265330",
      `${prefix}-signature`,
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ],
    body: '{"test": 2432232314}',
    now: 1_614_265_330,
  })),
  {
    provider: "twilio",
    from: "twilio.com/docs/usage/security, Validating signatures",
    secret: "12345",
    url: "https://example.com/myapp.php?foo=1&bar=2",
    headers: [...FORM, "X-Twilio-Signature", "L/OH5YylLD5NRKLltdqwSvS0BnU="],
    body: "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212",
  },
  {
    provider: "adyen",
    from: "docs.adyen.com, Verify HMAC signatures",
    secret: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    headers: [],
    body: '{"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":"coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="},"amount":{"value":1130,"currency":"EUR"},"pspReference":"7914073381342284","eventCode":"AUTHORISATION","eventDate":"2019-05-06T17:15:34.121+02:00","merchantAccountCode":"TestMerchant","merchantReference":"TestPayment-1407325143704","paymentMethod":"visa","success":"true"}}]}',
  },
];

it.each(EXAMPLES)("$provider: $from", ({ provider: id, secret, url, headers, body, now = 0 }) => {
  const provider = createCatalogue().find(id);
  if (provider === undefined) throw new Error(`no ${id}`);
  const verdictOf = (of: string, clock = now): string =>
    judge({
      message: createMessage({ method: "POST", url, headers, body: Buffer.from(of) }),
      provider,
      secrets: [secret],
      now: clock * 1_000,
    }).verification.verdict;
  expect(verdictOf(body)).toBe("valid");
  expect(verdictOf(body.replaceAll("e", "3"))).toBe("invalid");
});

const RFC_7515_CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

it.each([
  [
    "A.1, HS256",
    schemeOf({ algorithm: "jwt-hs256", encoding: "jwt", signed: "", key: { form: "base64" }, claims: { iss: "joe" } }),
    `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${RFC_7515_CLAIMS}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
  ],
  [
    "A.3, ES256",
    schemeOf({ algorithm: "jwt-es256", encoding: "jwt", signed: "", key: { form: "public" }, claims: { iss: "joe" } }),
    `eyJhbGciOiJFUzI1NiJ9.${RFC_7515_CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}',
  ],
] as const)("RFC 7515 %s", (_, scheme, token, secret) => {
  const found = (seconds: number): unknown => {
    const { signature, time } = checkScheme(scheme, {
      message: messageOf({ headers: ["X-Signature", token] }),
      provider: providerOf([scheme]),
      secrets: [secret],
      now: seconds * 1_000,
    });
    return [signature.kind, time.fact];
  };
  expect(found(1_300_819_379)).toEqual(["ok", "not-covered"]);
  expect(found(1_300_819_380)).toEqual(["ok", "stale"]);
});
