import type { Provider } from "../signatures/provider.ts";
import { agentmail } from "./agentmail.ts";
import { agentpost } from "./agentpost.ts";
import { anthropic } from "./anthropic.ts";
import { clerk } from "./clerk.ts";
import { composio } from "./composio.ts";
import { generic } from "./generic.ts";
import { moltify } from "./moltify.ts";
import { moltjobs } from "./moltjobs.ts";
import { openai } from "./openai.ts";
import { polar } from "./polar.ts";
import { replicate } from "./replicate.ts";
import { resend } from "./resend.ts";
import { standardWebhooks } from "./standard-webhooks.ts";
import { svix } from "./svix.ts";
import { upmoltwork } from "./upmoltwork.ts";

/** All providers that devhook knows, by id. */
export const providers: readonly Provider[] = [
  agentmail,
  agentpost,
  anthropic,
  clerk,
  composio,
  generic,
  moltify,
  moltjobs,
  openai,
  polar,
  replicate,
  resend,
  standardWebhooks,
  svix,
  upmoltwork,
];
