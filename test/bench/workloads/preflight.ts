import type { Address } from "../contestants/contestant.ts";
import { post } from "../running/post.ts";

/**
 * Sends one webhook before anything is measured: a tunnel that answers by itself must not be taken for a fast one.
 * @throws unless the app's own answer comes back
 */
export async function preflight(name: string, address: Address, body: string): Promise<void> {
  const { status, text } = await post(address, "/webhook", { body, type: "application/json" });
  if (status !== 200 || !text.startsWith('{"received":')) {
    throw new Error(`${name} does not deliver: ${String(status)} ${text.slice(0, 300)}`);
  }
}
