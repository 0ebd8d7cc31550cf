import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm box-node-sdk 3.8.2", date: "2026-11-21" };
const DOC: Source = { grade: "official-doc", from: "developer.box.com/guides/webhooks/v2", date: "2026-11-21" };

export const box: Provider = {
  id: "box",
  name: "Box",
  recognise: [
    [{ place: { in: "header", name: "BOX-SIGNATURE-PRIMARY" } }],
    [{ place: { in: "header", name: "BOX-SIGNATURE-SECONDARY" } }],
    [{ place: { in: "header", name: "BOX-DELIVERY-ID" } }],
  ],
  signing: {
    schemes: [
      {
        id: "v1",
        note: "Signed with both keys of the app; one match suffices, so that they can be changed one after the other.",
        signature: [
          { in: "header", name: "BOX-SIGNATURE-PRIMARY" },
          { in: "header", name: "BOX-SIGNATURE-SECONDARY" },
        ],
        when: [
          { place: { in: "header", name: "BOX-SIGNATURE-VERSION" }, equals: "1" },
          { place: { in: "header", name: "BOX-SIGNATURE-ALGORITHM" }, equals: "HmacSHA256" },
        ],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "text" },
        signed: "{body}{timestamp}",
        time: {
          place: { in: "header", name: "BOX-DELIVERY-TIMESTAMP" },
          unit: "iso",
          tolerance: { old: 600, future: null },
        },
        extraHeaders: [
          ["BOX-SIGNATURE-VERSION", "1"],
          ["BOX-SIGNATURE-ALGORITHM", "HmacSHA256"],
        ],
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "primary and secondary signature key", source: DOC },
  event: { type: [{ in: "body", path: "trigger" }], id: [{ in: "body", path: "id" }], source: DOC },
  handshakes: [],
  delivery: {
    deadline: { value: 30, source: DOC },
    success: { value: "2xx", source: DOC },
    retries: {
      value: { attempts: 13, overSeconds: 7_200 },
      note: "Up to 12 retries over 2 h; the document says that these numbers may change.",
      source: DOC,
    },
    disable: "not found",
  },
  notes: [
    "BOX-DELIVERY-ID changes with every try; the id in the body stays.",
    "Box's package takes an older delivery when the time cannot be read.",
  ],
};
