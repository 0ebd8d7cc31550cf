import { isIP, isIPv6, type BlockList } from "node:net";
import { trusts } from "./forwarded.ts";

/** characters of an address that a proxy wrote; a real one is shorter */
const MAX_ADDRESS_CHARS = 64;

/**
 * Whom a limit for one address counts: the nearest sender that is no trusted proxy. Of IPv6 addresses only the network of 64 bits counts, because one
 * machine has all the addresses below it.
 * @param forwardedFor the list as forwarded.ts made it: the peer is last
 */
export function clientAddress(forwardedFor: string, trusted: BlockList | undefined): string {
  const hops = forwardedFor.split(",").map((hop) => hop.trim());
  const nearest = trusted === undefined ? hops.at(-1) : (hops.findLast((hop) => !trusts(trusted, hop)) ?? hops[0]);
  const address = (nearest ?? "").slice(0, MAX_ADDRESS_CHARS);
  return isIP(address) !== 0 && isIPv6(address) ? network64(address) : address;
}

function network64(address: string): string {
  const [before = "", after] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const groups = before === "" ? [] : before.split(":");
  if (after !== undefined) {
    const tail = after === "" ? 0 : after.split(":").length + (after.includes(".") ? 1 : 0);
    while (groups.length < 8 - tail && groups.length < 4) groups.push("0");
    if (groups.length < 4) groups.push(...after.split(":"));
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
