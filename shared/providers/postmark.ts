import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SKILLS: Source = { grade: "third-party", from: "github.com/hookdeck/webhook-skills f8a4801", date: "2026-11-21" };
const RETRIES: Source = {
  grade: "official-doc",
  from: "postmarkapp.com/support/article/understanding-inbound-webhook-retries-in-postmark",
  date: "2025-11-04",
};

export const postmark: Provider = {
  id: "postmark",
  name: "Postmark",
  recognise: [
    [
      {
        place: { in: "body", path: "RecordType" },
        equals: ["Delivery", "Bounce", "SpamComplaint", "Open", "Click", "SubscriptionChange"],
      },
      { place: { in: "body", path: "MessageID" } },
    ],
  ],
  signing: {
    schemes: [],
    unsigned: {
      note: "Postmark signs nothing; protect the URL with basic authentication, a header of your own or a long random path.",
      source: SKILLS,
    },
  },
  event: { type: [{ in: "body", path: "RecordType" }], id: [], source: SKILLS },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: { value: "200", note: "403 ends the tries.", source: RETRIES },
    retries: {
      value: { attempts: 11, waits: [60, 300, 600, 600, 600, 900, 1_800, 3_600, 7_200, 21_600] },
      note: "Stated for inbound mail, over about 10.5 hours.",
      source: RETRIES,
    },
    disable: "not found",
  },
};
