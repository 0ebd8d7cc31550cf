import { describe, expect, test } from "vitest";
import { allHeaders, firstHeader, flatHeaders, headerPairs, isHeaderValue, isToken } from "../../../shared/http/headers.ts";
import { HOP_BY_HOP, isHopByHop, withoutHopByHop } from "../../../shared/http/hop-by-hop.ts";
import { madeAnswer } from "../../../shared/http/made-answer.ts";

describe("a header list", () => {
  const HEADERS = ["Host", "a", "X-Sig", "1", "x-sig", "2", "X-Sign", "3", "X-SIG", ""];

  test("finds names in any case, the first one or all, in order", () => {
    expect(firstHeader(HEADERS, "x-sig")).toBe("1");
    expect(firstHeader(HEADERS, "X-SIGN")).toBe("3");
    expect(firstHeader(HEADERS, "x-si")).toBeUndefined();
    expect(firstHeader([], "host")).toBeUndefined();
    expect(allHeaders(HEADERS, "X-sig")).toEqual(["1", "2", ""]);
    expect(allHeaders(HEADERS, "none")).toEqual([]);
  });

  test("never takes a value for a name", () => {
    expect(firstHeader(["A", "Host", "Host", "right"], "host")).toBe("right");
    expect(allHeaders(["A", "B", "B", "A"], "a")).toEqual(["B"]);
  });

  test("goes to pairs and back with order, case and duplicates", () => {
    expect(headerPairs(HEADERS).slice(0, 2)).toEqual([
      ["Host", "a"],
      ["X-Sig", "1"],
    ]);
    expect(flatHeaders(headerPairs(HEADERS))).toEqual(HEADERS);
  });
});

describe("every byte", () => {
  test("is a part of a token, or not, as RFC 9110 section 5.6.2 has it", () => {
    const allowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (let code = 0; code < 0x120; code++) {
      const character = String.fromCharCode(code);
      expect(isToken(`a${character}`), `byte ${code}`).toBe(allowed.includes(character));
    }
    expect(isToken("")).toBe(false);
    expect(isToken("a\n")).toBe(false);
  });

  test("may stand in a value but for controls, DEL and what is no byte", () => {
    for (let code = 0; code < 0x120; code++) {
      const allowed = code === 9 || (code >= 0x20 && code !== 0x7f && code <= 0xff);
      expect(isHeaderValue(`a${String.fromCharCode(code)}`), `byte ${code}`).toBe(allowed);
    }
    expect(isHeaderValue("")).toBe(true);
    expect(isHeaderValue("a\n")).toBe(false);
  });
});

describe("hop-by-hop headers", () => {
  test("are a fixed list in any case, which Connection cannot make longer", () => {
    const removed = [
      "Connection",
      "KEEP-ALIVE",
      "proxy-connection",
      "Transfer-Encoding",
      "TE",
      "Trailer",
      "Upgrade",
      "HTTP2-Settings",
      "Expect",
    ];
    expect(removed.map((name) => name.toLowerCase()).toSorted()).toEqual([...HOP_BY_HOP].toSorted());
    expect(removed.every(isHopByHop)).toBe(true);
    const headers = removed.flatMap((name) => [name, "X-Signature"]);
    expect(withoutHopByHop(["X-Signature", "s", ...headers, "Host", "a", "x-signature", "t"])).toEqual([
      "X-Signature",
      "s",
      "Host",
      "a",
      "x-signature",
      "t",
    ]);
  });

  test.each(["Content-Length", "Host", "Date", "Trailers", "Upgrades", "Expected", "T", "", "Keep_Alive"])("%s is none", (name) => {
    expect(isHopByHop(name)).toBe(false);
  });
});

describe("an answer that devhook makes", () => {
  test("says in JSON what failed, what to do and which delivery it was", () => {
    const { head, body } = madeAnswer({
      status: 503,
      code: "client-offline",
      message: "nobody is there",
      hint: "start it",
      delivery: "id",
      outcome: "not-delivered",
      retryAfter: 5,
    });
    expect(head).toEqual({
      status: 503,
      reason: "Service Unavailable",
      headers: [
        "Content-Type",
        "application/json; charset=utf-8",
        "Content-Length",
        String(body.length),
        "Cache-Control",
        "no-store",
        "devhook-outcome",
        "not-delivered",
        "Retry-After",
        "5",
      ],
    });
    expect(body.toString()).toBe('{"error":{"code":"client-offline","message":"nobody is there","hint":"start it"},"delivery":"id"}\n');
  });

  test("leaves out what it does not know, and counts bytes, not characters", () => {
    const { head, body } = madeAnswer({ status: 502, code: "x", message: "é", outcome: "unknown" });
    expect(body.toString()).toBe('{"error":{"code":"x","message":"é"}}\n');
    expect(firstHeader(head.headers, "content-length")).toBe(String(Buffer.byteLength('{"error":{"code":"x","message":"é"}}\n')));
    expect(firstHeader(head.headers, "retry-after")).toBeUndefined();
    expect(firstHeader(head.headers, "devhook-outcome")).toBe("unknown");
  });

  test.each([400, 403, 404, 405, 408, 413, 417, 429, 431, 500, 502, 503, 504])("of %d has a reason phrase", (status) => {
    expect(madeAnswer({ status, code: "x", message: "", outcome: "unknown" }).head.reason).not.toBe("");
  });
});
