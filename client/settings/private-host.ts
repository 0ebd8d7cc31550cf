import { BlockList, isIP } from "node:net";

/** Addresses that no platform has: this machine, its networks (RFC 1918, RFC 4193, RFC 6598) and links (RFC 3927, RFC 4291). */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv6");

/** Names that no public DNS server has (RFC 6761, RFC 6762, RFC 8375, and `.internal`, which ICANN has set aside). */
const PRIVATE_NAMES = ["localhost", "local", "internal", "home.arpa", "test", "example", "invalid"];

/** Whether a host, as in URL.hostname, is this machine or in a private network: by its address, or as a name that the internet cannot have. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
  const version = isIP(host);
  if (version !== 0) return PRIVATE.check(host, version === 4 ? "ipv4" : "ipv6");
  // a single word is a neighbour, as the services of a compose file are
  return !host.includes(".") || PRIVATE_NAMES.some((name) => host.endsWith(`.${name}`));
}
