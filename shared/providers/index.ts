import type { Provider } from "../signatures/provider.ts";
import { adyen } from "./adyen.ts";
import { agentmail } from "./agentmail.ts";
import { agentpost } from "./agentpost.ts";
import { anthropic } from "./anthropic.ts";
import { awsSns } from "./aws-sns.ts";
import { bitbucket } from "./bitbucket.ts";
import { box } from "./box.ts";
import { calCom } from "./cal-com.ts";
import { calendly } from "./calendly.ts";
import { clerk } from "./clerk.ts";
import { coinbaseCommerce } from "./coinbase-commerce.ts";
import { composio } from "./composio.ts";
import { contentful } from "./contentful.ts";
import { discord } from "./discord.ts";
import { docusign } from "./docusign.ts";
import { elevenlabs } from "./elevenlabs.ts";
import { fal } from "./fal.ts";
import { firecrawl } from "./firecrawl.ts";
import { generic } from "./generic.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { hookdeck } from "./hookdeck.ts";
import { hubspot } from "./hubspot.ts";
import { intercom } from "./intercom.ts";
import { jira } from "./jira.ts";
import { langfuse } from "./langfuse.ts";
import { lemonsqueezy } from "./lemonsqueezy.ts";
import { line } from "./line.ts";
import { linear } from "./linear.ts";
import { livekit } from "./livekit.ts";
import { mailgun } from "./mailgun.ts";
import { moltify } from "./moltify.ts";
import { moltjobs } from "./moltjobs.ts";
import { mux } from "./mux.ts";
import { netlify } from "./netlify.ts";
import { notion } from "./notion.ts";
import { openai } from "./openai.ts";
import { paddle } from "./paddle.ts";
import { pagerduty } from "./pagerduty.ts";
import { paypal } from "./paypal.ts";
import { plaid } from "./plaid.ts";
import { polar } from "./polar.ts";
import { postmark } from "./postmark.ts";
import { razorpay } from "./razorpay.ts";
import { replicate } from "./replicate.ts";
import { resend } from "./resend.ts";
import { retell } from "./retell.ts";
import { sanity } from "./sanity.ts";
import { sendgrid } from "./sendgrid.ts";
import { sentry } from "./sentry.ts";
import { shopify } from "./shopify.ts";
import { slack } from "./slack.ts";
import { square } from "./square.ts";
import { standardWebhooks } from "./standard-webhooks.ts";
import { stripe } from "./stripe.ts";
import { svix } from "./svix.ts";
import { telegram } from "./telegram.ts";
import { telnyx } from "./telnyx.ts";
import { triggerDev } from "./trigger-dev.ts";
import { twilio } from "./twilio.ts";
import { typeform } from "./typeform.ts";
import { upmoltwork } from "./upmoltwork.ts";
import { vapi } from "./vapi.ts";
import { vercel } from "./vercel.ts";
import { whatsapp } from "./whatsapp.ts";
import { woocommerce } from "./woocommerce.ts";
import { workos } from "./workos.ts";
import { zendesk } from "./zendesk.ts";
import { zoom } from "./zoom.ts";

/** All providers that devhook knows, by id. */
export const providers: readonly Provider[] = [
  adyen,
  agentmail,
  agentpost,
  anthropic,
  awsSns,
  bitbucket,
  box,
  calCom,
  calendly,
  clerk,
  coinbaseCommerce,
  composio,
  contentful,
  discord,
  docusign,
  elevenlabs,
  fal,
  firecrawl,
  generic,
  github,
  gitlab,
  hookdeck,
  hubspot,
  intercom,
  jira,
  langfuse,
  lemonsqueezy,
  line,
  linear,
  livekit,
  mailgun,
  moltify,
  moltjobs,
  mux,
  netlify,
  notion,
  openai,
  paddle,
  pagerduty,
  paypal,
  plaid,
  polar,
  postmark,
  razorpay,
  replicate,
  resend,
  retell,
  sanity,
  sendgrid,
  sentry,
  shopify,
  slack,
  square,
  standardWebhooks,
  stripe,
  svix,
  telegram,
  telnyx,
  triggerDev,
  twilio,
  typeform,
  upmoltwork,
  vapi,
  vercel,
  whatsapp,
  woocommerce,
  workos,
  zendesk,
  zoom,
];
