import { expect, it } from "vitest";
import { isPrivateHost } from "../../../client/settings/private-host.ts";

/** As a URL writes it. */
function hostOf(text: string): string {
  return new URL(`http://${text}/`).hostname;
}

const NAMES = "localhost LOCALHOST. app.localhost app printer.local db.internal x.home.arpa relay.example a.test";
const ADDRESSES = "127.0.0.1 127.255.0.1 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.1.1 100.64.0.1 0x7f.1 2130706433";
const ADDRESSES_6 = "[::1] [::] [fd00::1] [fe80::1] [::ffff:10.0.0.1]";

it.each(`${NAMES} ${ADDRESSES} ${ADDRESSES_6}`.split(" "))("%s is private", (host) => {
  expect(isPrivateHost(hostOf(host))).toBe(true);
});

const PUBLIC_NAMES = "moltify.ai localhost.moltify.ai notlocalhost.com mylocal.com example.com";
const PUBLIC_ADDRESSES =
  "11.0.0.1 172.15.255.255 172.32.0.0 192.167.0.1 100.63.0.1 100.128.0.1 8.8.8.8 [2001:db8::1] [::ffff:8.8.8.8] [fec0::1]";

it.each(`${PUBLIC_NAMES} ${PUBLIC_ADDRESSES}`.split(" "))("%s is not", (host) => {
  expect(isPrivateHost(hostOf(host))).toBe(false);
});
