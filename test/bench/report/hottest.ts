import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Functions that are listed for each side. */
const LISTED = 25;

type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
};
type Profile = { readonly nodes: readonly ProfileNode[]; readonly samples: readonly number[]; readonly timeDeltas: readonly number[] };

/** The functions in which devhook's two processes spent the most time of their own, by the profiles in `folder`. */
export async function hottest(folder: string): Promise<string> {
  const sides = await Promise.all(
    ["relay", "client"].map(async (side) => {
      const profile = JSON.parse(await readFile(join(folder, `${side}.cpuprofile`), "utf8")) as Profile;
      return `${side}: self time, share of what was not idle\n${listOf(profile)}`;
    }),
  );
  return sides.join("\n\n");
}

function listOf({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spent = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? "";
    if (name !== "(idle)") spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LISTED)
    .map(([name, time]) => `  ${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`)
    .join("\n");
}

function nameOf({ functionName, url, lineNumber }: ProfileNode["callFrame"]): string {
  const file = url.split("/").slice(-1)[0] ?? "";
  return `${functionName === "" ? "(anonymous)" : functionName}${file === "" ? "" : ` ${file}:${lineNumber + 1}`}`;
}
