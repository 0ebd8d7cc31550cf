import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** bytes of dead buffers after which the collector is asked: an eighth of what V8 would let gather, and some ten scavenges for 100 MB */
const COLLECT_EVERY_BYTES = 4 * 1_048_576;

/**
 * Keeps memory flat while large bodies stream. Each piece that a socket reads is a buffer of its own; V8 counts those beside its heap and lets 32 MB of
 * dead ones gather before it looks (twice the largest young generation). This asks for a scavenge earlier, which takes about a millisecond when nearly
 * everything is dead.
 * @returns takes the bytes of each large piece that has been read; cheap, and without effect where V8 does not offer its collector
 */
export function createDeadBuffers(): (bytes: number) => void {
  let gathered = 0;
  let collect: (() => void) | undefined;

  return function dead(bytes) {
    gathered += bytes;
    if (gathered < COLLECT_EVERY_BYTES) return;
    gathered = 0;
    collect ??= scavenge();
    collect();
  };
}

function scavenge(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("typeof gc === 'function' ? gc : undefined") as ((options: { readonly type: "minor" }) => void) | undefined;
  // the flag is only there to reach the function; nobody else should find a global of that name
  setFlagsFromString("--no-expose-gc");
  return gc === undefined ? () => {} : () => gc({ type: "minor" });
}
