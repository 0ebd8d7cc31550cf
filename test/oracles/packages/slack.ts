import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = {
  verifySlackRequest(options: {
    signingSecret: string;
    body: string;
    headers: { "x-slack-signature": string; "x-slack-request-timestamp": number };
  }): void;
};

export const slack: Oracle = {
  provider: "slack",
  package: "@slack/bolt",
  keys: shared("8f742231b10e8888abcd99yyyzzz85a5"),
  otherKeys: shared("8f742231b10e8888abcd99yyyzzz85a6"),
  request: { ...REQUEST, headers: ["Content-Type", "application/x-www-form-urlencoded"], body: Buffer.from("token=a&text=%C3%BC+b&x=") },
  accepts(request, key) {
    load<Package>("@slack/bolt").verifySlackRequest({
      signingSecret: key,
      body: request.body.toString(),
      headers: {
        "x-slack-signature": headerText(request, "x-slack-signature"),
        // as bolt's own receivers read it
        "x-slack-request-timestamp": Number(headerText(request, "x-slack-request-timestamp")),
      },
    });
    return true;
  },
};
