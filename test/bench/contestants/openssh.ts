import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { BenchSetup } from "../running/bench-setup.ts";
import { findProgram } from "../running/find-program.ts";
import { freePort } from "../running/free-port.ts";
import { familyOf } from "../running/usage.ts";
import type { Contestant } from "./contestant.ts";

/** Milliseconds: keys are made in a moment. */
const KEYGEN_WITHIN_MS = 15_000;

/**
 * `ssh -R` through an sshd of its own on loopback: copies bytes, sees no requests, records nothing.
 * @returns why it is left out, where the machine has no openssh-server or does not let it start
 */
export async function createOpenssh(setup: BenchSetup): Promise<Contestant | { readonly missing: string }> {
  const [sshd, ssh, keygen] = ["sshd", "ssh", "ssh-keygen"].map(findProgram);
  if (sshd === undefined || ssh === undefined || keygen === undefined) return { missing: "openssh-server is not installed" };
  const folder = await setup.folder("openssh");
  const file = (name: string): string => join(folder, name);
  for (const key of ["host_key", "user_key"]) {
    const args = ["-q", "-t", "ed25519", "-N", "", "-f", file(key)];
    await setup.children.run({ name: "ssh-keygen", program: keygen, args }, KEYGEN_WITHIN_MS);
  }
  const options = [
    ["HostKey", file("host_key")],
    ["AuthorizedKeysFile", file("user_key.pub")],
    ["PidFile", "none"],
    ["UsePAM", "no"],
    // the folder is under /tmp, which others may write to
    ["StrictModes", "no"],
    ["PermitRootLogin", "prohibit-password"],
    ["AllowTcpForwarding", "remote"],
  ];
  const configFile = file("sshd_config");
  await writeFile(configFile, options.map((option) => `${option.join(" ")}\n`).join(""));
  try {
    await setup.children.run({ name: "sshd -t", program: sshd, args: ["-t", "-f", configFile] }, KEYGEN_WITHIN_MS);
  } catch (error) {
    return { missing: error instanceof Error ? error.message.trim() : String(error) };
  }

  return {
    name: "ssh",
    about: "sshd + ssh -R, separate processes",
    start: async (appPort) => {
      const port = await freePort();
      const args = ["-D", "-e", "-f", configFile, "-o", `ListenAddress=127.0.0.1:${port}`];
      const server = await setup.children.start({ name: "sshd", program: sshd, args });
      await server.line((line) => (line.includes("Server listening on") ? true : undefined));
      const identity = ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", file("user_key")];
      const trust = ["-o", "StrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${file("known_hosts")}`];
      const forward = ["-o", "ExitOnForwardFailure=yes", "-R", `127.0.0.1:0:127.0.0.1:${appPort}`];
      const client = await setup.children.start({
        name: "ssh",
        program: ssh,
        args: ["-F", "none", "-N", ...forward, ...identity, ...trust, "-p", String(port), `${userInfo().username}@127.0.0.1`],
      });
      const forwarded = await client.line((line) => /Allocated port (\d+) /.exec(line)?.[1]);
      return {
        address: { port: Number(forwarded), base: "", host: `127.0.0.1:${forwarded}` },
        relay: familyOf(server.pid),
        client: [client.pid],
        warnings: () => [server, client].filter((child) => !child.running()).map((child) => `${child.name} has ended`),
        close: async () => {
          await client.end();
          await server.end();
          return undefined;
        },
      };
    },
  };
}
