import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm @zoom/rivet 0.4.0", date: "2026-11-21" };
const DOCS: Source = { grade: "official-doc", from: "developers.zoom.us, blog and changelog", date: "2026-11-21" };

export const zoom: Provider = {
  id: "zoom",
  name: "Zoom",
  recognise: [[{ place: { in: "header", name: "x-zm-signature" } }]],
  signing: {
    schemes: [
      {
        id: "v0",
        signature: [{ in: "header", name: "x-zm-signature", prefix: "v0=" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "v0:{timestamp}:{body}",
        time: { place: { in: "header", name: "x-zm-request-timestamp" }, unit: "s", officialVerifier: "checks no time" },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "secret token", source: PACKAGE },
  event: {
    type: [{ in: "body", path: "event" }],
    id: [],
    derivedId: [
      { in: "body", path: "event_ts" },
      { in: "body", path: "event" },
      { in: "body", path: "payload.object.uuid" },
    ],
    source: PACKAGE,
  },
  handshakes: [
    {
      id: "url-validation",
      match: [
        { place: { in: "body", path: "event" }, equals: "endpoint.url_validation" },
        { place: { in: "body", path: "payload.plainToken" } },
      ],
      signed: true,
      answer: {
        status: 200,
        contentType: "application/json",
        body: '{{"plainToken":{json:body:payload.plainToken},"encryptedToken":"{hmac-sha256-hex:body:payload.plainToken}"}}',
      },
      note: "Sent when the URL is saved and every 72 hours after; the answer holds the token and its HMAC under the secret token.",
      source: DOCS,
    },
  ],
  delivery: {
    deadline: { value: 3, source: DOCS },
    success: { value: "200-or-204", source: DOCS },
    retries: { value: { attempts: 4, waits: [300, 1_200, 3_600] }, source: DOCS },
    disable: "not found",
  },
  notes: ["Zoom's own verifier parses the body and writes it anew before it hashes, so it takes a reformatted body that fails here."],
};
