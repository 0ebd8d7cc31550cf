/**
 * Headers as they stood on the wire: name, value, name, value … in order, with case and duplicates kept. Each character is one byte
 * (latin1), as Node gives them in `rawHeaders` and takes them back.
 */
export type HeaderList = readonly string[];

/** The first value of `name` (any case), or undefined. */
export function firstHeader(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const candidate = headers[i] as string;
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) return headers[i + 1];
  }
  return undefined;
}

/** All values of `name` (any case), in order. */
export function allHeaders(headers: HeaderList, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === wanted) values.push(headers[i + 1] as string);
  }
  return values;
}

/** The list as `[name, value]` pairs: the shape of JSON output and of the database. */
export function headerPairs(headers: HeaderList): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) pairs.push([headers[i] as string, headers[i + 1] as string]);
  return pairs;
}

/** The flat list of `[name, value]` pairs. */
export function flatHeaders(pairs: readonly (readonly [string, string])[]): HeaderList {
  return pairs.flat();
}

/** A token of RFC 9110 section 5.6.2: what a header name, and a method, may consist of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: a value holds visible ASCII, space, tab and bytes from 0x80 on; never CR, LF or NUL. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether `name` may stand as a header name or method on the wire. */
export function isToken(name: string): boolean {
  return TOKEN.test(name);
}

/** Whether `value` may stand as a header value on the wire. */
export function isHeaderValue(value: string): boolean {
  return VALUE.test(value);
}
