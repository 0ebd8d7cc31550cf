import { BlockList, isIP } from "node:net";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether `host` (an address, also an IPv4 one in IPv6 form, or a name; without brackets or port) is this machine and nothing else: RFC 6761 has `localhost` so. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version !== 0) return LOOPBACK.check(host, version === 4 ? "ipv4" : "ipv6");
  return host.toLowerCase() === "localhost";
}
