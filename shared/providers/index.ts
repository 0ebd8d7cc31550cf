import type { Provider } from "../signatures/provider.ts";
import { agentmail } from "./agentmail.ts";
import { agentpost } from "./agentpost.ts";
import { anthropic } from "./anthropic.ts";
import { bitbucket } from "./bitbucket.ts";
import { calCom } from "./cal-com.ts";
import { calendly } from "./calendly.ts";
import { clerk } from "./clerk.ts";
import { composio } from "./composio.ts";
import { discord } from "./discord.ts";
import { generic } from "./generic.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { hubspot } from "./hubspot.ts";
import { intercom } from "./intercom.ts";
import { jira } from "./jira.ts";
import { linear } from "./linear.ts";
import { mailgun } from "./mailgun.ts";
import { moltify } from "./moltify.ts";
import { moltjobs } from "./moltjobs.ts";
import { netlify } from "./netlify.ts";
import { notion } from "./notion.ts";
import { openai } from "./openai.ts";
import { pagerduty } from "./pagerduty.ts";
import { polar } from "./polar.ts";
import { postmark } from "./postmark.ts";
import { replicate } from "./replicate.ts";
import { resend } from "./resend.ts";
import { sendgrid } from "./sendgrid.ts";
import { sentry } from "./sentry.ts";
import { shopify } from "./shopify.ts";
import { slack } from "./slack.ts";
import { standardWebhooks } from "./standard-webhooks.ts";
import { stripe } from "./stripe.ts";
import { svix } from "./svix.ts";
import { telegram } from "./telegram.ts";
import { twilio } from "./twilio.ts";
import { typeform } from "./typeform.ts";
import { upmoltwork } from "./upmoltwork.ts";
import { vercel } from "./vercel.ts";
import { whatsapp } from "./whatsapp.ts";
import { zendesk } from "./zendesk.ts";
import { zoom } from "./zoom.ts";

/** All providers that devhook knows, by id. */
export const providers: readonly Provider[] = [
  agentmail,
  agentpost,
  anthropic,
  bitbucket,
  calCom,
  calendly,
  clerk,
  composio,
  discord,
  generic,
  github,
  gitlab,
  hubspot,
  intercom,
  jira,
  linear,
  mailgun,
  moltify,
  moltjobs,
  netlify,
  notion,
  openai,
  pagerduty,
  polar,
  postmark,
  replicate,
  resend,
  sendgrid,
  sentry,
  shopify,
  slack,
  standardWebhooks,
  stripe,
  svix,
  telegram,
  twilio,
  typeform,
  upmoltwork,
  vercel,
  whatsapp,
  zendesk,
  zoom,
];
