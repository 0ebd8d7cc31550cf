import type { ActionId } from "../keys.ts";
import type { Look } from "../model.ts";

/** What to say about the key of an action; nothing for an action that this user has taken the keys of. */
export function keyed({ keymap }: Pick<Look, "keymap">, id: ActionId, say: (key: string) => string): string {
  const key = keymap.keysOf(id);
  return key === "" ? "" : say(key);
}
