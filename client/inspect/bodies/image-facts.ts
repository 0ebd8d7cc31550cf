/** What the first bytes of an image say. */
export type ImageFacts = {
  readonly format: "PNG" | "JPEG" | "GIF" | "WebP";
  /** pixels; undefined when they do not stand where they should */
  readonly size: { readonly width: number; readonly height: number } | undefined;
};

/** Blocks of a JPEG that are passed on the way to its size: cameras write some twenty. */
const MOST_BLOCKS = 1000;

/** Format and size of an image, read from its header: nothing is decoded. @returns undefined for everything else */
export function imageFacts(bytes: Buffer): ImageFacts | undefined {
  const begins = (text: string, at = 0): boolean => bytes.toString("latin1", at, at + text.length) === text;
  if (begins("\x89PNG\r\n\x1a\n")) return { format: "PNG", size: begins("IHDR", 12) ? bigEndian(bytes, 16, 20) : undefined };
  if (begins("GIF87a") || begins("GIF89a")) return { format: "GIF", size: littleEndian(bytes, 6, 8) };
  if (begins("RIFF") && begins("WEBP", 8)) return { format: "WebP", size: webpSize(bytes) };
  if (begins("\xff\xd8\xff")) return { format: "JPEG", size: jpegSize(bytes) };
  return undefined;
}

function bigEndian(bytes: Buffer, width: number, height: number): ImageFacts["size"] {
  if (bytes.length < height + 4) return undefined;
  return { width: bytes.readUInt32BE(width), height: bytes.readUInt32BE(height) };
}

function littleEndian(bytes: Buffer, width: number, height: number): ImageFacts["size"] {
  if (bytes.length < height + 2) return undefined;
  return { width: bytes.readUInt16LE(width), height: bytes.readUInt16LE(height) };
}

/** RFC 9649: the first chunk is `VP8 ` (lossy), `VP8L` (lossless) or `VP8X` (a canvas). */
function webpSize(bytes: Buffer): ImageFacts["size"] {
  if (bytes.length < 30) return undefined;
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8 ":
      // two bits of each are a scale
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** ITU-T T.81: blocks follow each other until a frame header (SOF0 to SOF15, without the three codes that mean something else). */
function jpegSize(bytes: Buffer): ImageFacts["size"] {
  let at = 2;
  for (let block = 0; block < MOST_BLOCKS && at + 9 <= bytes.length && bytes[at] === 0xff; block++) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    } else {
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}
