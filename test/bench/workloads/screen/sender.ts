import { join } from "node:path";
import type { Address } from "../../contestants/contestant.ts";
import type { BenchSetup } from "../../running/bench-setup.ts";

/** Stands in a body for the number of the webhook. */
export const NUMBER = "#######";

/** What a sender is to do. */
export type SenderOrder = {
  readonly address: Address;
  readonly path: string;
  /** {@link NUMBER} in it becomes the number of the webhook */
  readonly body: string;
  /** undefined: as fast as they are answered */
  readonly perSecond: number | undefined;
  /** undefined: until it is stopped */
  readonly count: number | undefined;
  /** at most */
  readonly connections: number;
};

/** What came of it. */
export type SenderFigures = {
  readonly requests: number;
  /** failed, not answered in time, or answered with anything but 200 */
  readonly errors: number;
  readonly seconds: number;
  /** of each, from when it was due to its whole answer, milliseconds; none where there was no pace */
  readonly latencies: readonly number[];
};

/** A sender at work. */
export type Sender = {
  /** Ends it. */
  readonly stop: () => Promise<SenderFigures>;
};

const LIMIT_MS = 60_000;
/** Connections of a sender with a pace: more than wait for an answer at once. */
const PACED_CONNECTIONS = 500;

/** Starts a process that sends at a pace until it is stopped. */
export async function startSender(
  setup: BenchSetup,
  order: Pick<SenderOrder, "address" | "path" | "body"> & { readonly perSecond: number },
): Promise<Sender> {
  const child = await setup.children.start(command(setup, { ...order, count: undefined, connections: PACED_CONNECTIONS }));
  await child.line((line) => (line === "sending" ? true : undefined));
  const pieces: Buffer[] = [];
  child.watch((piece) => pieces.push(piece));
  return {
    stop: async () => {
      await child.end();
      return figuresIn(Buffer.concat(pieces).toString());
    },
  };
}

/** Sends so many, and waits for all answers. */
export async function sendMany(
  setup: BenchSetup,
  order: Pick<SenderOrder, "address" | "path" | "body"> & { readonly count: number; readonly connections: number },
): Promise<SenderFigures> {
  return figuresIn(await setup.children.run(command(setup, { ...order, perSecond: undefined }), LIMIT_MS));
}

function command(
  { programs }: BenchSetup,
  order: SenderOrder,
): { readonly name: string; readonly program: string; readonly args: readonly string[] } {
  return { name: "sender", program: process.execPath, args: [join(programs, "sender.js"), JSON.stringify(order)] };
}

function figuresIn(text: string): SenderFigures {
  const line = text.split("\n").find((candidate) => candidate.startsWith('{"requests"'));
  if (line === undefined) throw new Error(`the sender printed no figures: ${text.slice(-500)}`);
  return JSON.parse(line) as SenderFigures;
}
