import type { ThemeName } from "../theme.ts";
import type { Prompt } from "./state.ts";

/** Forms in which a delivery can be copied. */
export type CopyWhat = "curl" | "body" | "headers" | "answer" | "id" | "url" | "path";

/** Forms in which deliveries are exported. */
export type ExportForm = "curl" | "har" | "jsonl" | "raw" | "fixture";

/** Work that a key asks for, as a value: whoever runs the screen does it, and tells what came of it by an event. Deliveries are named by id. */
export type Effect =
  | { readonly do: "quit" | "suspend" | "repaint" | "reconnect" }
  | { readonly do: "mouse"; readonly on: boolean }
  | { readonly do: "theme"; readonly name: ThemeName }
  /** `soon`: somebody is still typing */
  | { readonly do: "filter"; readonly text: string; readonly soon: boolean }
  | { readonly do: "find"; readonly direction: 1 | -1 }
  | { readonly do: "resend"; readonly ids: readonly string[]; readonly resign: boolean }
  | { readonly do: "edit"; readonly id: string }
  | { readonly do: "form"; readonly what: "headers" | "body" | "defaults" | "curl" | "send" }
  | { readonly do: "form-tick"; readonly tick: string }
  | { readonly do: "copy"; readonly what: CopyWhat; readonly id: string }
  | { readonly do: "copy-url" }
  | { readonly do: "mark" | "pin"; readonly ids: readonly string[]; readonly on: boolean }
  | { readonly do: "note"; readonly id: string; readonly text: string }
  | { readonly do: "delete"; readonly ids: readonly string[] }
  | { readonly do: "clear" }
  | { readonly do: "export"; readonly form: ExportForm; readonly ids: readonly string[] }
  | { readonly do: "test-menu" | "port-menu" | "ask-port" | "secrets-menu" }
  | { readonly do: "test"; readonly index: number }
  | { readonly do: "retarget"; readonly port: number }
  | { readonly do: "ask-secret" | "remove-secret"; readonly provider: string }
  | { readonly do: "prompted"; readonly what: Prompt; readonly text: string };
