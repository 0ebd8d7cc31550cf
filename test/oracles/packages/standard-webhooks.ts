import { headerRecord, headerText, load, type Oracle, REQUEST, type SentRequest, shared, withHeaders } from "../oracle.ts";

type Webhook = {
  sign(id: string, at: Date, payload: string | Buffer): string;
  verify(payload: string | Buffer, headers: Record<string, string>): unknown;
};
type Package = { readonly Webhook: new (secret: string) => Webhook };

const KEYS = { keys: shared("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), otherKeys: shared("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD") };

function signedWith(webhook: Webhook, prefix: string, request: SentRequest): SentRequest {
  const at = new Date();
  const signature = webhook.sign("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", at, request.body.toString());
  return withHeaders(request, [
    `${prefix}-id`,
    "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    `${prefix}-timestamp`,
    String(Math.floor(at.getTime() / 1_000)),
    `${prefix}-signature`,
    signature,
  ]);
}

export const standardWebhooks: Oracle = {
  provider: "standard-webhooks",
  package: "standardwebhooks",
  ...KEYS,
  request: REQUEST,
  accepts(request, key) {
    new (load<Package>("standardwebhooks").Webhook)(key).verify(request.body, headerRecord(request));
    return true;
  },
  signs: (request, key) => signedWith(new (load<Package>("standardwebhooks").Webhook)(key), "webhook", request),
};

export const svix: Oracle = {
  provider: "svix",
  package: "svix",
  ...KEYS,
  request: REQUEST,
  accepts(request, key) {
    new (load<Package>("svix").Webhook)(key).verify(request.body, headerRecord(request));
    return true;
  },
  signs: (request, key) => signedWith(new (load<Package>("svix").Webhook)(key), "svix", request),
};

type Clerk = { verifyWebhook(request: Request, options: { signingSecret: string }): Promise<unknown> };

export const clerk: Oracle = {
  provider: "clerk",
  package: "@clerk/backend",
  ...KEYS,
  request: REQUEST,
  async accepts(request, key) {
    const { method, url, body } = request;
    const fetched = new Request(url, { method, body: new Uint8Array(body), headers: headerRecord(request) });
    await load<Clerk>("@clerk/backend/webhooks").verifyWebhook(fetched, { signingSecret: key });
    return true;
  },
};

type Resend = {
  readonly Resend: new (apiKey: string) => {
    readonly webhooks: {
      verify(input: { payload: string; headers: { id: string; timestamp: string; signature: string }; webhookSecret: string }): unknown;
    };
  };
};

export const resend: Oracle = {
  provider: "resend",
  package: "resend",
  ...KEYS,
  request: REQUEST,
  accepts(request, key) {
    new (load<Resend>("resend").Resend)("re_made_up").webhooks.verify({
      payload: request.body.toString(),
      headers: {
        id: headerText(request, "svix-id"),
        timestamp: headerText(request, "svix-timestamp"),
        signature: headerText(request, "svix-signature"),
      },
      webhookSecret: key,
    });
    return true;
  },
};

type OpenAi = {
  readonly OpenAI: new (options: { apiKey: string }) => {
    readonly webhooks: { verifySignature(payload: string, headers: Record<string, string>, secret: string): Promise<void> };
  };
};

export const openai: Oracle = {
  provider: "openai",
  package: "openai",
  ...KEYS,
  request: REQUEST,
  async accepts(request, key) {
    const client = new (load<OpenAi>("openai").OpenAI)({ apiKey: "sk-made-up" });
    await client.webhooks.verifySignature(request.body.toString(), headerRecord(request), key);
    return true;
  },
  takes: [{ what: /^webhook-signature: (without its last|with one) character/, because: "it decodes base64 leniently" }],
};

type Anthropic = {
  readonly Anthropic: new (options: { apiKey: string }) => {
    readonly beta: { readonly webhooks: { unwrap(body: string, options: { headers: Record<string, string>; key: string }): unknown } };
  };
};

export const anthropic: Oracle = {
  provider: "anthropic",
  package: "@anthropic-ai/sdk",
  ...KEYS,
  request: REQUEST,
  accepts(request, key) {
    const client = new (load<Anthropic>("@anthropic-ai/sdk").Anthropic)({ apiKey: "sk-ant-made-up" });
    client.beta.webhooks.unwrap(request.body.toString(), { headers: headerRecord(request), key });
    return true;
  },
};

type Replicate = { validateWebhook(request: { headers: Record<string, string>; body: string }, secret: string): Promise<boolean> };

export const replicate: Oracle = {
  provider: "replicate",
  package: "replicate",
  ...KEYS,
  request: REQUEST,
  accepts: (request, key) =>
    load<Replicate>("replicate").validateWebhook({ headers: headerRecord(request), body: request.body.toString() }, key),
  takes: [{ what: /^webhook-signature: another first character/, because: "it takes a signature of any version" }],
};

type Polar = { validateEvent(body: string, headers: Record<string, string>, secret: string): unknown };

export const polar: Oracle = {
  provider: "polar",
  package: "@polar-sh/sdk",
  keys: shared("polar_whs_made up: any text ü"),
  otherKeys: shared("polar_whs_another"),
  request: REQUEST,
  accepts(request, key) {
    try {
      load<Polar>("@polar-sh/sdk/webhooks").validateEvent(request.body.toString(), headerRecord(request), key);
    } catch (error) {
      // after the signature held, it wants the body to be one of Polar's events
      if (!(error instanceof Error) || error.name !== "SDKValidationError") throw error;
    }
    return true;
  },
};
