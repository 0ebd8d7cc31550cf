import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { deadlineText, describeProvider, retriesText, signingText, sourceText, toleranceText } from "../../../shared/catalogue/describe.ts";
import type { Fact, Provider } from "../../../shared/signatures/provider.ts";
import type { Scheme, Source } from "../../../shared/signatures/scheme.ts";
import { providersPage } from "./providers-page.ts";

const { providers } = createCatalogue();
const SOURCE: Source = { grade: "official-doc", from: "example.com/webhooks", date: "2026-11-21" };
const PAGE = join(import.meta.dirname, "../../../docs/providers.md");

const scheme: Scheme = {
  id: "v1",
  signature: [{ in: "header", name: "X-Signature", prefix: "sha256=" }],
  algorithm: "hmac-sha256",
  encoding: "hex",
  key: { form: "text" },
  signed: "{timestamp}.{body}",
  time: { place: { in: "header", name: "X-Time" }, unit: "s", tolerance: { old: 300, future: null } },
  source: SOURCE,
};
const provider: Provider = {
  id: "any",
  name: "Any",
  recognise: [],
  signing: { schemes: [scheme] },
  event: { type: [], id: [], source: SOURCE },
  handshakes: [],
  delivery: { deadline: "not found", success: "not found", retries: "not found", disable: "not found" },
};

/** Every source that stands anywhere in a record, found without knowing its shape. */
function sourcesIn(value: unknown): readonly Source[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "grade" in value && "from" in value ? [value as Source] : [];
  return [...own, ...Object.values(value).flatMap(sourcesIn)];
}

describe("the description of a provider", () => {
  it.each(providers)("tells every source of $id, with evidence and date", (one) => {
    const sections = describeProvider(one);
    const told = new Set(sections.flatMap(({ source, facts }) => [source, ...facts.map((fact) => fact.source)]));
    for (const source of sourcesIn(one)) expect([...told]).toContainEqual(source);
  });

  it.each(providers)("leaves no fact of $id empty", (one) => {
    for (const { title, facts } of describeProvider(one)) {
      expect([title, facts.length > 0]).toEqual([title, true]);
      for (const { label, text } of facts) expect(text, `${title}: ${label}`).toMatch(/\S/);
      expect(JSON.stringify(facts)).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  it("says that nothing was found where nothing was", () => {
    const { facts = [] } = describeProvider(provider).find(({ title }) => title === "Delivery") ?? {};
    expect(facts.map(({ text }) => text)).toEqual(["not found", "not found", "not found", "not found"]);
  });

  it("tells place, form, signed text and both sides of the tolerance of a scheme", () => {
    const { facts = [] } = describeProvider(provider).find(({ title }) => title === "Scheme v1") ?? {};
    expect(Object.fromEntries(facts.map(({ label, text }) => [label, text]))).toEqual({
      signature: 'header X-Signature, after "sha256="',
      algorithm: "HMAC-SHA256, written as hex",
      key: "the secret's bytes as they are",
      "signed text": "{timestamp}.{body}",
      time: "header X-Time, seconds since 1970",
      tolerance: "5 min old, any time ahead",
    });
  });

  it("joins a value with its note, and tells a rule that is only a note", () => {
    const retries: Fact<{ attempts: number; waits: readonly number[] }> = {
      value: { attempts: 3, waits: [30, 300] },
      note: "Then it stops.",
      source: SOURCE,
    };
    const disable = { value: {}, note: "After a week of failures.", source: SOURCE } as const;
    const sections = describeProvider({ ...provider, delivery: { ...provider.delivery, retries, disable } });
    const { facts = [] } = sections.find(({ title }) => title === "Delivery") ?? {};
    expect(facts.slice(2).map(({ text }) => text)).toEqual(["3 in all; waits: 30 s, 5 min. Then it stops.", "After a week of failures."]);
  });
});

describe("short texts", () => {
  it.each([
    [{ schemes: [] }, "not found"],
    [{ schemes: [], unsigned: { note: "no", source: SOURCE } }, "not signed"],
    [{ schemes: [], unverifiable: { reason: "no", source: SOURCE } }, "signed; devhook cannot check it"],
    [{ schemes: [scheme] }, "HMAC-SHA256, with time"],
    [
      { schemes: [scheme, { ...scheme, algorithm: "token" as const, time: undefined } as unknown as Scheme] },
      "HMAC-SHA256 or shared token, partly with time",
    ],
    [{ schemes: [scheme], unsigned: { note: "no", source: SOURCE } }, "HMAC-SHA256, with time; partly not signed"],
  ])("say how somebody signs (%#)", (signing, text) => {
    expect(signingText({ signing })).toBe(text);
  });

  it.each([
    [undefined, true, "not found"],
    [{ old: null, future: null }, true, "unlimited"],
    [{ old: 300, future: 300 }, false, "5 min old, 5 min ahead, the limit itself excluded"],
    [{ old: null, future: 60 }, true, "any time old, 1 min ahead"],
  ])("say the tolerance (%#)", (tolerance, inclusive, text) => {
    expect(toleranceText({ ...(tolerance !== undefined && { tolerance }), inclusive })).toBe(text);
  });

  it("say deadline and retries", () => {
    expect(deadlineText({ deadline: { value: 15, source: SOURCE } })).toBe("15 s");
    expect(retriesText({ retries: { value: { attempts: 1 }, source: SOURCE } })).toBe("none");
    expect(retriesText({ retries: { value: { attempts: 8 }, source: SOURCE } })).toBe("8 tries");
    expect(retriesText({ retries: { value: { overSeconds: 259_200 }, source: SOURCE } })).toBe("for 3 days");
    expect(retriesText({ retries: "not found" })).toBe("not found");
  });

  it("name evidence, place and date of a source", () => {
    expect(sourceText(SOURCE)).toBe("official-doc: example.com/webhooks, 2026-11-21");
  });
});

describe("docs/providers.md", () => {
  // CONTRIBUTING.md says how to write it anew
  it("is made from the catalogue as it is now", async () => {
    await expect(providersPage(providers)).toMatchFileSnapshot(PAGE);
  });
});
