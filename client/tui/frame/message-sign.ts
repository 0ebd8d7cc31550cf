import type { Message } from "../model.ts";
import type { Theme } from "../theme.ts";

/** The sign of what kind of message it is, in its style. */
export function messageSign(kind: Message["kind"], { style, glyphs }: Theme): string {
  switch (kind) {
    case "ok":
      return style.ok(glyphs.ok);
    case "info":
      return style.dim(glyphs.dot);
    case "warning":
      return style.warn(glyphs.warn);
    case "error":
      return style.bad(glyphs.bad);
  }
}
