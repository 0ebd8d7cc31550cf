import { firstHeader } from "../../shared/http/headers.ts";
import type { Scheme } from "../../shared/signatures/scheme.ts";
import type { SentRequest } from "./oracle.ts";

/** A signed request after somebody changed it. */
export type Tampered = { readonly what: string; readonly request: SentRequest };

/** Every byte once with its lowest bit turned and once with the bit that makes capitals; and a body cut short, made longer and emptied. */
export function changedBodies(request: SentRequest): readonly Tampered[] {
  const { body } = request;
  const turned = [0x01, 0x20].flatMap((bit) =>
    [...body.keys()].map((at) => {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ bit;
      return {
        what: `byte ${at}${memberAt(body, at)} ^ ${bit}: ${changed.toString("latin1", Math.max(0, at - 8), at + 8)}`,
        request: { ...request, body: changed },
      };
    }),
  );
  const others = [body.subarray(0, -1), body.subarray(1), Buffer.concat([body, Buffer.from("\n")]), Buffer.alloc(0)];
  return [...turned, ...others.map((changed) => ({ what: `${changed.length} bytes`, request: { ...request, body: changed } }))];
}

/** ` of name`: the member of a JSON body that a byte belongs to, its name included. */
function memberAt(body: Buffer, at: number): string {
  let member = "";
  for (const { 1: name = "", index } of body.toString("latin1").matchAll(/"(\w+)": ?/g)) if (index <= at) member = ` of ${name}`;
  return member;
}

/** Each of the named headers taken away, emptied, with another first and last character, and with its hex digits in capitals. */
export function changedHeaders(request: SentRequest, names: readonly string[]): readonly Tampered[] {
  return names.flatMap((name) => {
    const value = firstHeader(request.headers, name) ?? "";
    const others: readonly (readonly [string, string | undefined])[] = [
      ["taken away", undefined],
      ["emptied", ""],
      ["another first character", otherCharacter(value[0]) + value.slice(1)],
      ["another last character", value.slice(0, -1) + otherLastCharacter(value.at(-1))],
      ["without its last character", value.slice(0, -1)],
      ["with one character more", `${value}0`],
      ["hex digits in capitals", value.replace(/[0-9a-f]{32,}/g, (digits) => digits.toUpperCase())],
    ];
    return others.map(([change, other]) => ({ what: `${name}: ${change}`, request: withHeader(request, name, other) }));
  });
}

/** Another method, and URLs that are near the right one. */
export function changedTargets(request: SentRequest): readonly Tampered[] {
  const { url } = request;
  const urls = [
    url.replace("/in/", "/im/"),
    url.replace("tenant=7", "tenant=8"),
    url.replace(/\?.*/, ""),
    `${url}&y=2`,
    url.replace("hooks.", "hook."),
    url.replace("https:", "http:"),
    url.replace("example.com", "example.com:443"),
    url.replace("example.com", "example.com:8443"),
    url.replace("?", "/?"),
    url.replace("%20", "+"),
  ];
  const targets = urls.filter((other) => other !== url).map((other) => ({ what: other, request: { ...request, url: other } }));
  return [{ what: "PUT", request: { ...request, method: "PUT" } }, ...targets];
}

/** The signature beside one of another key, before and after it, where the scheme writes them in a list. */
export function severalSignatures(request: SentRequest, other: SentRequest, { signature: [place] }: Scheme): readonly Tampered[] {
  if (place?.in !== "header" || place.field === undefined) return [];
  const { name, field } = place;
  const good = firstHeader(request.headers, name) ?? "";
  const start = field.name + field.assign;
  const goodMember = good.split(field.separator).find((member) => member.trim().startsWith(start)) ?? "";
  const badMember = (firstHeader(other.headers, name) ?? "").split(field.separator).find((member) => member.trim().startsWith(start)) ?? "";
  return [
    { what: "right, wrong", request: withHeader(request, name, good.replace(goodMember, goodMember + field.separator + badMember)) },
    { what: "wrong, right", request: withHeader(request, name, good.replace(goodMember, badMember + field.separator + goodMember)) },
  ];
}

/** Tolerances of the packages, seconds. */
const TOLERANCES = [5, 10, 30, 60, 180, 300, 600, 1_800];
const DAY_MS = 86_400_000;

/** Ages of a delivery around every tolerance that a package has, and far beyond; negative ones lie in the future. */
export function clocks({ time }: Scheme): readonly { readonly what: string; readonly ageMs: number }[] {
  const own = [time?.tolerance?.old, time?.tolerance?.future].filter((seconds) => typeof seconds === "number");
  const edges = [...new Set([...TOLERANCES, ...own])].flatMap((seconds) =>
    [-1_000, -1, 0, 1, 500, 1_000].map((ms) => seconds * 1_000 + ms),
  );
  return [0, ...edges, DAY_MS, 30 * DAY_MS].flatMap((ms) => [
    { what: `${ms / 1_000} s old`, ageMs: ms },
    { what: `${ms / 1_000} s in the future`, ageMs: -ms },
  ]);
}

function withHeader(request: SentRequest, name: string, value: string | undefined): SentRequest {
  const headers: string[] = [];
  for (let i = 0; i + 1 < request.headers.length; i += 2) {
    const here = request.headers[i] ?? "";
    if (here.toLowerCase() !== name.toLowerCase()) headers.push(here, request.headers[i + 1] ?? "");
    else if (value !== undefined) headers.push(here, value);
  }
  return { ...request, headers };
}

function otherCharacter(character = "0"): string {
  return character === "1" ? "2" : "1";
}

/** The last character of base64 has bits that mean nothing: another in its first bit. */
function otherLastCharacter(character = "A"): string {
  return /[A-Za-f]/.test(character) ? "9" : "A";
}
