import { allHeaders, firstHeader, headerPairs, type HeaderList } from "../../shared/http/headers.ts";

/**
 * The old headers with new values in the places of those of the same name, whose spelling stays; other new headers come last.
 * @param isGone whether an old header that gets no new value goes, by its lower-case name
 */
export function replaceHeaders(old: HeaderList, fresh: HeaderList, isGone: (name: string) => boolean = () => false): HeaderList {
  const names = namesOf(fresh);
  const placed = new Set<string>();
  const headers: string[] = [];
  for (const [name, value] of headerPairs(old)) {
    const lower = name.toLowerCase();
    if (!names.has(lower) && !isGone(lower)) headers.push(name, value);
    if (!names.has(lower) || placed.has(lower)) continue;
    placed.add(lower);
    headers.push(...allHeaders(fresh, lower).flatMap((one) => [name, one]));
  }
  for (const [name, value] of headerPairs(fresh)) if (!placed.has(name.toLowerCase())) headers.push(name, value);
  return headers;
}

/** The headers with the framing of a body of so many bytes: chunked as it was, else with its true length. */
export function framedHeaders(headers: HeaderList, bytes: number): HeaderList {
  if (firstHeader(headers, "transfer-encoding") !== undefined)
    return replaceHeaders(headers, ["Transfer-Encoding", "chunked"], (name) => name === "content-length");
  const isNeedless = bytes === 0 && firstHeader(headers, "content-length") === undefined;
  return isNeedless ? headers : replaceHeaders(headers, ["Content-Length", String(bytes)]);
}

/** The lower-case names whose values differ, in number, order or text. */
export function changedNames(before: HeaderList, after: HeaderList): ReadonlySet<string> {
  const names = [...namesOf(before), ...namesOf(after)];
  const valuesOf = (headers: HeaderList, name: string): string => JSON.stringify(allHeaders(headers, name));
  return new Set(names.filter((name) => valuesOf(before, name) !== valuesOf(after, name)));
}

/** The lower-case names. */
export function namesOf(headers: HeaderList): ReadonlySet<string> {
  return new Set(headerPairs(headers).map(([name]) => name.toLowerCase()));
}
