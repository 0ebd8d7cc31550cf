/** One part of a multipart body. */
export type BodyPart = {
  /** header lines as they stand */
  readonly head: Buffer;
  readonly body: Buffer;
};

export type Multipart = {
  readonly parts: readonly BodyPart[];
  /** what does not fit the form, in words; undefined when all does */
  readonly fault: string | undefined;
};

/** More parts than a person looks at: the rest stands in the last one. */
const MOST_PARTS = 500;
/** A longer head is none: the part has only a body. */
const MOST_HEAD_BYTES = 16_384;
/** RFC 2046 allows 70. */
const MOST_BOUNDARY = 200;

/**
 * The parts between the boundaries (RFC 2046 section 5.1). Lines may end with LF alone, as some senders have it. What stands before the
 * first and behind the last boundary belongs to no part.
 * @returns undefined when there is no such boundary
 */
export function splitMultipart(bytes: Buffer, boundary: string): Multipart | undefined {
  if (boundary === "" || boundary.length > MOST_BOUNDARY) return undefined;
  const text = bytes.toString("latin1");
  const delimiter = `--${boundary}`;
  const first = nextDelimiter(text, delimiter, 0);
  if (first === undefined) return undefined;
  const parts: BodyPart[] = [];
  for (let open = first; !open.isLast;) {
    const isLastPlace = parts.length + 1 === MOST_PARTS;
    const close: Delimiter | undefined = isLastPlace ? undefined : nextDelimiter(text, delimiter, open.end);
    parts.push(partOf(bytes.subarray(open.end, close?.start ?? bytes.length)));
    if (close === undefined) {
      return { parts, fault: isLastPlace ? `only the first ${MOST_PARTS - 1} parts are taken apart` : "the closing boundary is missing" };
    }
    open = close;
  }
  return { parts, fault: undefined };
}

type Delimiter = {
  /** offset of the line break before it */
  readonly start: number;
  /** offset behind its line */
  readonly end: number;
  readonly isLast: boolean;
};

function nextDelimiter(text: string, delimiter: string, from: number): Delimiter | undefined {
  for (let at = text.indexOf(delimiter, from); at !== -1; at = text.indexOf(delimiter, at + 1)) {
    if (at > from && text[at - 1] !== "\n") continue;
    const behind = at + delimiter.length;
    const isLast = text.startsWith("--", behind);
    let end = isLast ? behind + 2 : behind;
    while (text[end] === " " || text[end] === "\t" || text[end] === "\r") end++;
    // white space alone may follow: a longer text is another boundary
    if (end < text.length && text[end] !== "\n") continue;
    const lineBreak = at === from ? 0 : at - 2 >= from && text[at - 2] === "\r" ? 2 : 1;
    return { start: at - lineBreak, end: Math.min(end + 1, text.length), isLast };
  }
  return undefined;
}

function partOf(bytes: Buffer): BodyPart {
  // a part without headers begins with the empty line
  const start = bytes.toString("latin1", 0, MOST_HEAD_BYTES);
  const first = start.startsWith("\n") ? 1 : start.startsWith("\r\n") ? 2 : 0;
  if (first > 0) return { head: bytes.subarray(0, 0), body: bytes.subarray(first) };
  const empty = /\r?\n\r?\n/.exec(start);
  if (empty !== null) return { head: bytes.subarray(0, empty.index), body: bytes.subarray(empty.index + empty[0].length) };
  // a head may also be all there is
  if (bytes.length < MOST_HEAD_BYTES && /^[!-9;-~]+:/.test(start)) return { head: bytes, body: bytes.subarray(bytes.length) };
  return { head: bytes.subarray(0, 0), body: bytes };
}
