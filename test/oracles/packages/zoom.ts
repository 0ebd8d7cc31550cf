import { vi } from "vitest";
import { headerRecord, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Receiver = {
  init(options: { eventEmitter: { emit(): Promise<void> } }): void;
  start(): (event: object, context: object) => Promise<{ readonly statusCode: number }>;
};
type Package = { readonly AwsLambdaReceiver: new (options: { webhooksSecretToken: string }) => Receiver };

export const zoom: Oracle = {
  provider: "zoom",
  package: "@zoom/rivet",
  keys: shared("zoom made up"),
  otherKeys: shared("zoom other"),
  // in the only form that survives JSON.parse and JSON.stringify
  request: {
    ...REQUEST,
    body: Buffer.from('{"event":"meeting.started","event_ts":1700000000000,"payload":{"object":{"topic":"Jürgen"}}}'),
  },
  async accepts(request, key) {
    vi.spyOn(console, "debug").mockImplementation(() => undefined);
    const receiver = new (load<Package>("@zoom/rivet/chatbot").AwsLambdaReceiver)({ webhooksSecretToken: key });
    receiver.init({ eventEmitter: { emit: () => Promise.resolve() } });
    const event = { body: request.body.toString(), headers: headerRecord(request), isBase64Encoded: false };
    return (await receiver.start()(event, {})).statusCode === 200;
  },
  takes: [{ what: /^94 bytes$/, because: "it writes the parsed body anew before it hashes" }],
};
