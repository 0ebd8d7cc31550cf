import { shortSize } from "../output/short-size.ts";
import type { BodyLines } from "./bodies/body-lines.ts";
import { type DecodedText, decodeText } from "./bodies/decode-text.ts";
import { fixedLines } from "./bodies/fixed-lines.ts";
import { formLines } from "./bodies/form-lines.ts";
import { hexLines } from "./bodies/hex-lines.ts";
import { imageFacts } from "./bodies/image-facts.ts";
import { isBegunJson, jsonLines, scanDocument } from "./bodies/json-lines.ts";
import { type BodyPart, splitMultipart } from "./bodies/multipart.ts";
import { stackedLines } from "./bodies/stacked-lines.ts";
import { textLines } from "./bodies/text-lines.ts";
import { scanXml, xmlLines } from "./bodies/xml-lines.ts";
import { type ContentType, parseContentType } from "./content-type.ts";
import { decodeContent } from "./decode-content.ts";
import { sanitizeLine } from "./sanitize.ts";

type BodyKind = "empty" | "json" | "form" | "multipart" | "xml" | "text" | "image" | "hex";

/** A body to look at. */
export type BodyContent = {
  /** the header's value, undefined when there is none */
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
  /** whether its end is missing */
  readonly truncated: boolean;
  /** show it so, whatever it is: as it is written, or by its bytes */
  readonly as?: "text" | "hex";
};

/** A body in the form that fits it. All of it is safe to print. */
export type BodyView = BodyLines & {
  readonly kind: BodyKind;
  /** type, size, and what else is known */
  readonly facts: readonly string[];
  /** what is wrong with it */
  readonly notes: readonly string[];
};

/** {@link viewBody} of what Content-Encoding hides. `as: "hex"` shows the bytes as they came. */
export async function openBody(content: BodyContent & { readonly contentEncoding: string | undefined }): Promise<BodyView> {
  if (content.as === "hex") return viewBody(content);
  const { bytes, codings, isWhole, note } = await decodeContent(content.bytes, content.contentEncoding);
  const view = viewBody({ ...content, bytes, truncated: content.truncated || !isWhole });
  const [type = "", , ...others] = view.facts;
  const sizes = `${shortSize(content.bytes.length)} ${codings.join(", ")} → ${shortSize(bytes.length)}`;
  return {
    ...view,
    facts: codings.length === 0 ? view.facts : [type, sizes, ...others],
    notes: note === undefined ? view.notes : [note, ...view.notes],
  };
}

/**
 * Looks at a body: its kind by its type and its bytes, then lines as they are asked for. Opening reads it once and keeps little besides its
 * text; what does not hold what its type says is shown as text with the reason, bytes that are no text by their numbers.
 */
export function viewBody(content: BodyContent): BodyView {
  return viewNested(content, 0);
}

/** Multipart within multipart, as in mail; deeper is shown as text. */
const MOST_NESTING = 2;

type Shown = Omit<BodyView, "facts" | keyof BodyLines> & { readonly more: readonly string[]; readonly body: BodyLines };

function viewNested(content: BodyContent, nesting: number): BodyView {
  const type = parseContentType(content.contentType);
  const { kind, notes, more, body } = show(content, type, nesting);
  const name = type.name === "" ? "no type" : sanitizeLine(type.name, 100);
  return { ...body, kind, facts: [name, shortSize(content.bytes.length), ...more], notes };
}

function show(content: BodyContent, type: ContentType, nesting: number): Shown {
  const { bytes, as, truncated } = content;
  if (bytes.length === 0) return { kind: "empty", notes: [], more: [], body: fixedLines([]) };
  if (as === "hex") return showHex(bytes);
  const image = as === "text" ? undefined : imageFacts(bytes);
  if (image !== undefined) {
    const size = image.size === undefined ? [] : [`${image.size.width} × ${image.size.height} pixels`];
    const facts = [`${image.format} image`, ...size];
    return { kind: "image", notes: [], more: facts, body: fixedLines([[{ text: facts.join(", "), style: "plain" }]]) };
  }
  if (type.name.startsWith("multipart/") && as !== "text" && nesting < MOST_NESTING) {
    const shown = showMultipart(content, type.boundary, nesting);
    if (shown !== undefined) return shown;
  }
  const decoded = decodeText(bytes, type.charset, { isCut: truncated });
  if (as !== "text" && !isText(bytes, decoded, type)) return showHex(bytes);
  return showText(decoded, content, type);
}

function showHex(bytes: Buffer): Shown {
  return { kind: "hex", notes: [], more: [], body: hexLines(bytes) };
}

/** Bytes without a meaning that a text may have: one in so many. */
const LEAST_MEANING = 10;

/** Whoever says that it is text is believed as long as most of it is. */
function isText(bytes: Buffer, { broken, charset }: DecodedText, type: ContentType): boolean {
  if (type.isText) return broken * LEAST_MEANING <= bytes.length;
  return broken === 0 && (charset.startsWith("utf-16") || !bytes.includes(0));
}

function showText(decoded: DecodedText, { as, bytes, truncated }: BodyContent, type: ContentType): Shown {
  const { text, charset, hasMark, broken } = decoded;
  const more = [hasMark ? `${charset} with byte order mark` : charset];
  const strange = broken === 0 ? [] : [`${broken} ${broken === 1 ? "byte is" : "bytes are"} not ${charset}`];
  const asText = (...reasons: readonly string[]): Shown => ({ kind: "text", notes: [...reasons, ...strange], more, body: textLines(text) });
  if (as === "text") return asText();
  if (type.syntax === "form") return { kind: "form", notes: strange, more, body: formLines(bytes, type.charset) };
  const looksLikeJson = /^[ \t\r\n]*[[{]/.test(text);
  if (type.syntax === "json" || (type.syntax === "any" && looksLikeJson)) {
    const scan = scanDocument(text);
    if (scan.expected === undefined || (truncated && isBegunJson(text, scan))) {
      return { kind: "json", notes: strange, more, body: jsonLines(text, scan) };
    }
    return type.syntax === "json" ? asText(`not JSON: expected ${scan.expected} ${positionOf(text, scan.end)}`) : asText();
  }
  if (type.syntax === "xml" || (type.syntax === "any" && text.startsWith("<?xml"))) {
    const scan = scanXml(text, { isCut: truncated });
    const { fault } = scan;
    if (fault === undefined) return { kind: "xml", notes: strange, more, body: xmlLines(text, scan) };
    return asText(`not well-formed XML: expected ${sanitizeLine(fault.expected, 100)} ${positionOf(text, fault.at)}`);
  }
  return asText();
}

/** Lines and columns count from 1, as editors do. */
function positionOf(text: string, at: number): string {
  if (at >= text.length) return "at the end";
  let line = 1;
  let start = 0;
  for (let next = text.indexOf("\n"); next !== -1 && next < at; next = text.indexOf("\n", start)) {
    line++;
    start = next + 1;
  }
  return `at line ${line}, column ${at - start + 1}`;
}

function showMultipart({ bytes, truncated }: BodyContent, boundary: string | undefined, nesting: number): Shown | undefined {
  const split = boundary === undefined ? undefined : splitMultipart(bytes, boundary);
  if (split === undefined) return undefined;
  const { parts, fault } = split;
  const blocks = parts.flatMap((part, index) => {
    // only the last one can lack its end
    const isCut = truncated && index === parts.length - 1;
    return partBlocks(part, { title: `part ${index + 1} of ${parts.length}`, isCut, nesting });
  });
  const count = `${parts.length} ${parts.length === 1 ? "part" : "parts"}`;
  return { kind: "multipart", notes: fault === undefined || truncated ? [] : [fault], more: [count], body: stackedLines(blocks) };
}

function partBlocks(
  { head, body }: BodyPart,
  { title, isCut, nesting }: { readonly title: string; readonly isCut: boolean; readonly nesting: number },
): readonly BodyLines[] {
  const lines = decodeText(head, undefined, { isCut: false, isPart: true }).text;
  const contentType = /^content-type[ \t]*:([^\r\n]*)/im.exec(lines)?.[1];
  // RFC 2046 section 5.1: without a type, plain text
  const view = viewNested({ contentType: contentType ?? "text/plain", bytes: body, truncated: isCut }, nesting + 1);
  const facts = [title, ...view.facts.slice(1), ...view.notes].join(" · ");
  const heading = fixedLines([[{ text: `── ${facts}`, style: "dim" }]]);
  return head.length === 0 ? [heading, view] : [heading, textLines(lines, "key"), fixedLines([[]]), view];
}
