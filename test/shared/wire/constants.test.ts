import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as constantsModule from "../../../shared/wire/constants.ts";
import { PROTOCOL_FAULTS, ProtocolError, type ProtocolFault } from "../../../shared/wire/protocol-error.ts";

const constants = { ...constantsModule };
const SPEC = readFileSync(join(import.meta.dirname, "../../../shared/wire/spec.md"), "utf8");

/** The rows of the table of spec.md whose head begins with these cells. */
function table(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = SPEC.split("\n");
  const begin = lines.findIndex((line) => line.startsWith(`| ${head.join(" | ")} |`));
  expect(begin).toBeGreaterThan(-1);
  const rest = lines.slice(begin + 2);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const upper = (name: string): string => name.toUpperCase().replaceAll("-", "_");

describe("the numbers of spec.md", () => {
  test.each([
    ["MAX_MESSAGE", 1_048_576],
    ["MAX_FRAGMENTS", 64],
    ["FRAME_HEAD", 9],
    ["MAX_DATA", 65_536],
    ["WHOLE_BODY", 262_144],
    ["INITIAL_CREDIT", 524_288],
    ["MAX_CREDIT", 16_777_216],
    ["MAX_STREAMS", 256],
    ["MAX_STREAM_ID", 4_294_967_295],
    ["MAX_HEADERS", 1_024],
    ["MAX_INFORMATION", 16],
    ["MAX_RESET_REASON", 1_024],
    ["PING_INTERVAL_MS", 5_000],
    ["DEAD_AFTER_MS", 12_000],
    ["LIVENESS_CHECK_MS", 1_000],
    ["WELCOME_WITHIN_MS", 10_000],
  ] as const)("%s is %d", (name, value) => {
    expect(constants[name]).toBe(value);
  });

  test.each([
    "MAX_MESSAGE",
    "WHOLE_BODY",
    "INITIAL_CREDIT",
    "MAX_CREDIT",
    "MAX_STREAMS",
    "MAX_HEADERS",
    "PING_INTERVAL_MS",
    "DEAD_AFTER_MS",
    "WELCOME_WITHIN_MS",
  ] as const)("%s stands in its text with the same number", (name) => {
    const found = new RegExp(`([0-9][0-9,]*)[^0-9\`]*\\(\`${name}\`\\)`).exec(SPEC);
    expect(Number(found?.[1]?.replaceAll(",", ""))).toBe(constants[name]);
  });

  test("the sub-protocol and the route", () => {
    expect(constants.SUBPROTOCOL).toBe("devhook.1");
    expect(constants.LINK_PATH).toBe("/_devhook/link");
    expect(SPEC).toContain("`GET /_devhook/link`");
  });

  test("the frame types", () => {
    expect(constants.TYPE).toEqual({
      WELCOME: 1,
      GOAWAY: 2,
      REFUSALS: 3,
      REFUSALS_SEEN: 4,
      REQUEST: 16,
      RESPONSE: 17,
      INFORMATION: 18,
      DATA: 19,
      END: 20,
      RESET: 21,
      CREDIT: 22,
    });
    expect(Object.fromEntries(table("type", "name").map(([type, name]) => [name, Number(type)]))).toEqual(constants.TYPE);
  });

  test("the flags", () => {
    expect(constants.REQUEST_FLAG).toEqual({ WHOLE: 1, UPGRADE: 2, HTTPS: 4 });
    expect(constants.RESPONSE_FLAG).toEqual({ WHOLE: 1, MADE_BY_CLIENT: 2 });
  });

  test("the codes of RESET", () => {
    expect(constants.RESET_CODE).toEqual({ SENDER_GONE: 1, SENDER_ABORTED: 2, APP_FAILED: 3, REFUSED: 4, CANCELLED: 5 });
    expect(Object.fromEntries(table("code", "name", "meaning").map(([code, name = ""]) => [upper(name), Number(code)]))).toEqual(
      constants.RESET_CODE,
    );
  });

  test("the close codes", () => {
    expect(constants.CLOSE).toEqual({
      NORMAL: 1000,
      GOING_AWAY: 1001,
      PROTOCOL_ERROR: 1002,
      UNSUPPORTED_DATA: 1003,
      MESSAGE_TOO_BIG: 1009,
      TAKEN_OVER: 4001,
      REVOKED: 4003,
      SILENT: 4008,
    });
    expect(Object.fromEntries(table("code", "name", "when").map(([code, name = ""]) => [upper(name), Number(code)]))).toEqual(
      constants.CLOSE,
    );
  });

  test("the faults and what each one costs", () => {
    const faults = Object.fromEntries(table("fault", "close code").map(([fault = "", code]): [string, number] => [fault, Number(code)]));
    expect(faults).toEqual(PROTOCOL_FAULTS);
    for (const [fault, code] of Object.entries(faults)) expect(new ProtocolError(fault as ProtocolFault, "").closeCode).toBe(code);
  });
});
