/**
 * Bytes as POSIX shell text of printable ASCII, so that it can be pasted into any shell, interactive ones as well. Texts are latin1: one character a
 * byte.
 */

/** Bytes of one printf: a terminal that reads a line at a time takes 4,096 characters of it, and an octal escape has four. */
const PIECE_BYTES = 240;
/** Characters of a quoted word before it goes on in the next line, for the same reason. */
const PIECE_CHARACTERS = 1_000;

/**
 * A word that the shell hands over as it is.
 * @param text anything but NUL, which no argument can hold, and no newline at its end
 */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_\-./:,=@%+]+$/.test(text)) return text;
  // an interactive bash takes ! for its history, in double quotes too; how it counts quotes around '\'' differs between versions
  const isPlain = /^[\x20-\x7e]*$/.test(text) && !(text.includes("'") && text.includes("!"));
  if (isPlain) return quoted(text);
  return `"$(${printfs(Buffer.from(text, "latin1")).join("\n")})"`;
}

/** Text in single quotes, line ends and all; in several pieces when it is long. */
export function quoted(text: string): string {
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${PIECE_CHARACTERS}}`, "g")) ?? [""];
  return pieces.map((piece) => `'${piece.replaceAll("'", "'\\''")}'`).join("\\\n");
}

/** Commands that write these bytes, one a line. */
export function printfs(bytes: Buffer): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) lines.push(`printf '${printfFormat(bytes.subarray(at, at + PIECE_BYTES))}'`);
  return lines;
}

/** The format that makes printf write these bytes: no argument, no option, and an octal escape for all that has a meaning to somebody. */
function printfFormat(bytes: Buffer): string {
  let format = "";
  let afterOctal = false;
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    // some shells read a fourth digit after \0
    const isDigit = afterOctal && character >= "0" && character <= "7";
    const isOption = format === "" && character === "-";
    afterOctal = false;
    if (byte === 0x0a) format += "\\n";
    else if (character === "%") format += "%%";
    else if (character === "\\") format += "\\\\";
    else if (byte >= 0x20 && byte <= 0x7e && !isDigit && !isOption && character !== "'" && character !== "!") format += character;
    else {
      format += `\\${byte.toString(8).padStart(3, "0")}`;
      afterOctal = true;
    }
  }
  return format;
}
