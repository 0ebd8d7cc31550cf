import { setTimeout as wait } from "node:timers/promises";
import { post } from "../../running/post.ts";
import { plainOf } from "../../running/screen-terminal.ts";
import { BODY, type Stage } from "./stage.ts";

/** From the key that opens a body to the frame that shows it, milliseconds: of each kind, one figure a try. */
export type BodiesResult = {
  readonly bytes: number;
  readonly kinds: readonly { readonly name: string; readonly ms: readonly number[] }[];
};

const BYTES = 1_048_576;
const TIMES = 5;
const DEEP = 500_000;
const LINES = 100_000;
/** Stands at the beginning of each body: what is looked for on the screen. */
const MARK = "shown-here";
/** Milliseconds: frames of the delivery that has come are over by then. */
const REST_MS = 300;

const KINDS: readonly { readonly name: string; readonly type: string; readonly body: string }[] = [
  { name: "0.2 kB", type: "application/json", body: BODY.replace("evt_", MARK) },
  { name: "1 MB in one line", type: "text/plain", body: `${MARK} ${"x".repeat(BYTES - MARK.length - 1)}` },
  { name: `${LINES} lines`, type: "text/plain", body: `${MARK}\n${"0123456789\n".repeat(LINES)}`.slice(0, BYTES) },
  { name: `${DEEP} deep`, type: "application/json", body: `["${MARK}",${"[".repeat(DEEP - 1)}${"]".repeat(DEEP)}` },
];

/** Bodies that were made to hurt, opened in the detail. */
export async function runBodies(stage: Stage): Promise<BodiesResult> {
  const { terminal, end } = await stage.screen({ columns: 120, rows: 40 });
  const kinds: { readonly name: string; readonly ms: readonly number[] }[] = [];
  for (const { name, type, body } of KINDS) {
    const ms: number[] = [];
    for (let n = 0; n < TIMES; n += 1) {
      const path = `/body-${kinds.length}-${n}`;
      await post(stage.address, path, { body, type });
      await terminal.shows((rows) => rows.some((row) => plainOf(row).startsWith("▸") && plainOf(row).includes(path)), path);
      await wait(REST_MS);
      const begun = performance.now();
      terminal.press("3");
      ms.push((await terminal.shows((rows) => rows.some((row) => plainOf(row).includes(MARK)), `the body of ${name}`)) - begun);
      terminal.press("1");
      await terminal.shows((rows) => !rows.some((row) => plainOf(row).includes(MARK)), "the summary");
      // the keys have gone to the detail: back to the list, and to what comes next
      terminal.press("\u001b");
      await wait(REST_MS);
      if (!plainOf(terminal.rows()[0] ?? "").includes("FOLLOW")) terminal.press("F");
      await terminal.shows((rows) => plainOf(rows[0] ?? "").includes("FOLLOW"), "FOLLOW");
    }
    kinds.push({ name, ms });
  }
  await end();
  return { bytes: BYTES, kinds };
}
