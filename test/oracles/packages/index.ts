import type { Oracle } from "../oracle.ts";
import { adyen } from "./adyen.ts";
import { snsConfirmation, snsNotification, snsWithoutSubject } from "./aws-sns.ts";
import { box } from "./box.ts";
import { coinbaseCommerce } from "./coinbase-commerce.ts";
import { contentful } from "./contentful.ts";
import { discord } from "./discord.ts";
import { elevenlabs } from "./elevenlabs.ts";
import { github } from "./github.ts";
import { hubspotV1, hubspotV2, hubspotV3 } from "./hubspot.ts";
import { netlify, plaid } from "./jose.ts";
import { line } from "./line.ts";
import { linear } from "./linear.ts";
import { livekit } from "./livekit.ts";
import { mux } from "./mux.ts";
import { notion } from "./notion.ts";
import { paddle } from "./paddle.ts";
import { razorpay } from "./razorpay.ts";
import { retell } from "./retell.ts";
import { sanity } from "./sanity.ts";
import { sendgrid } from "./sendgrid.ts";
import { shopify } from "./shopify.ts";
import { slack } from "./slack.ts";
import { square } from "./square.ts";
import { anthropic, clerk, openai, polar, replicate, resend, standardWebhooks, svix } from "./standard-webhooks.ts";
import { stripe } from "./stripe.ts";
import { telegram } from "./telegram.ts";
import { telnyx } from "./telnyx.ts";
import { fal, gitlab, lemonsqueezy, woocommerce } from "./tern.ts";
import { twilioBody, twilioForm, twilioGet } from "./twilio.ts";
import { whatsapp } from "./whatsapp.ts";
import { workos } from "./workos.ts";
import { zoom } from "./zoom.ts";

export const oracles: readonly Oracle[] = [
  adyen,
  anthropic,
  box,
  clerk,
  coinbaseCommerce,
  contentful,
  discord,
  elevenlabs,
  fal,
  github,
  gitlab,
  hubspotV1,
  hubspotV2,
  hubspotV3,
  lemonsqueezy,
  line,
  linear,
  livekit,
  mux,
  netlify,
  notion,
  openai,
  paddle,
  plaid,
  polar,
  razorpay,
  replicate,
  resend,
  retell,
  sanity,
  sendgrid,
  shopify,
  slack,
  snsConfirmation,
  snsNotification,
  snsWithoutSubject,
  square,
  standardWebhooks,
  stripe,
  svix,
  telegram,
  telnyx,
  twilioBody,
  twilioForm,
  twilioGet,
  whatsapp,
  woocommerce,
  workos,
  zoom,
];
