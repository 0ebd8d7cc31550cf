import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm livekit-server-sdk 2.19.2", date: "2026-11-21" };
const SENDER: Source = {
  grade: "official-source",
  from: "github.com/livekit/protocol 004f18c webhook/url_notifier.go",
  date: "2026-11-21",
};
const DOC: Source = { grade: "official-doc", from: "docs.livekit.io/home/server/webhooks", date: "2026-11-21" };

export const livekit: Provider = {
  id: "livekit",
  name: "LiveKit",
  recognise: [[{ place: { in: "header", name: "Content-Type" }, startsWith: "application/webhook+json" }]],
  signing: {
    schemes: [
      {
        id: "jwt",
        note: "The token stands alone in the header, without Bearer, and is valid for five minutes.",
        signature: [{ in: "header", name: "Authorization" }],
        lifeSeconds: 300,
        algorithm: "jwt-hs256",
        encoding: "jwt",
        key: { form: "text" },
        signed: "",
        time: {
          place: { in: "claim", name: "nbf" },
          unit: "s",
          officialVerifier: "takes a token 10 s before its nbf and 10 s after its exp",
        },
        bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "base64" },
        extraHeaders: [["Content-Type", "application/webhook+json"]],
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "API secret", where: "Settings of the project, or the server's configuration", source: DOC },
  event: { type: [{ in: "body", path: "event" }], id: [{ in: "body", path: "id" }], source: DOC },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: { value: {}, note: "Several times; how often is not stated. All tries carry the same token.", source: SENDER },
    disable: "not found",
  },
  notes: ["LiveKit's package also wants the claim iss to be the API key, and an exp."],
};
