import type { BodyLines, BodyMatch } from "./body-lines.ts";

/** A search in a text that is made, and folded to lower case, when somebody searches. Places are offsets in it. */
export function findText(textOf: () => string): BodyLines["find"] {
  let lowered: string | undefined;
  return (needle, from, most) => {
    if (needle === "") return [];
    lowered ??= lower(textOf());
    const wanted = lower(needle);
    const matches: BodyMatch[] = [];
    for (let place = lowered.indexOf(wanted, from); place !== -1 && matches.length < most;) {
      matches.push({ place, length: wanted.length });
      place = lowered.indexOf(wanted, place + wanted.length);
    }
    return matches;
  };
}

/** As long as the text: of all letters, only U+0130 becomes longer in lower case. */
function lower(text: string): string {
  return text.replaceAll("\u0130", "i").toLowerCase();
}
