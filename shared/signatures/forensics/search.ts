import { changedMessage } from "../message.ts";
import type { Scheme } from "../scheme.ts";
import { BODY, placeholdersOf, render } from "../template.ts";
import type { Reason } from "../verification.ts";
import { changedBodies } from "./body-forms.ts";
import { asIs, type Cause, type Form, reasonOfCauses } from "./cause.ts";
import { changedContents, type Content, millisecondContents, plainContents } from "./content-forms.ts";
import type { Evidence } from "./evidence.ts";
import { arrivedAs, differenceText, rewrittenBodies, withLineEnds } from "./json-body-forms.ts";
import { changedUrls } from "./url-forms.ts";

/** What the signature of one scheme is compared by. */
export type Prover<K> = {
  /** the user's secrets, as the scheme uses them */
  readonly own: readonly Form<K>[];
  /** the keys that senders make of them otherwise, in two halves; the likely ones are tried early, and together with another change */
  readonly likely: readonly Form<K>[];
  readonly unlikely: readonly Form<K>[];
  /** the keys of other providers */
  readonly others: readonly Form<K>[];
  /** the bytes of `{secret}` */
  readonly secretOf: (key: K) => Buffer;
  /**
   * Compares the signature of this text by this key with all that the message holds.
   * @returns how what stands there differs from what the scheme writes; undefined when it is another signature, or the budget is spent
   */
  readonly compare: Compare<K>;
  /** other readings of the same place, with keys and texts of their own; tried as they are, and with the likely changes of the body */
  readonly alternatives: readonly Alternative<K>[];
};

type Compare<K> = (key: K, text: readonly Buffer[]) => readonly Cause[] | undefined;
export type Alternative<K> = { readonly scheme: Scheme; readonly own: readonly Form<K>[]; readonly compare: Compare<K> };

/** Bodies beyond this size are not kept in all their forms, and get no pairs of causes, bytes. */
const MOST_FOR_PAIRS = 262_144;
/** Holes that are filled from the body's JSON. */
const JSON_HOLES = ["body-as", "body-without", "body-only", "sns", "adyen"];
/** Holes that are filled with something made of the body's bytes. */
const DERIVED_HOLES = ["body-sha256-hex", "form-sorted", "form-sorted-unique", "contentful"];

type TemplateKind = {
  /** whether JSON must be read and written to fill it */
  readonly isWritten: boolean;
  /** whether it is filled with something made of the bytes of the body */
  readonly isDerived: boolean;
  /** whether other bytes of the body make another text */
  readonly isRaw: boolean;
};

/**
 * Looks for what a signature was made of: first how alone it is written, by all readings of its place; then everything that differs in one way, then
 * `otherwise`, then the likely pairs. Stops when the budget is spent.
 * @returns undefined when nothing that was tried matches
 */
export function search<K>(evidence: Evidence, prover: Prover<K>, otherwise: () => Reason | undefined): Reason | undefined {
  return new Search(evidence, prover).run(otherwise);
}

type Step<K> = readonly [
  keys: readonly Form<K>[],
  contents: Iterable<Form<Content>>,
  bodies: Iterable<Form<Buffer>>,
  /** that of the prover when left out */
  compare?: Compare<K>,
];

class Search<K> {
  readonly #evidence: Evidence;
  readonly #prover: Prover<K>;
  readonly #kinds = new Map<string, TemplateKind>();

  constructor(evidence: Evidence, prover: Prover<K>) {
    this.#evidence = evidence;
    this.#prover = prover;
  }

  run(otherwise: () => Reason | undefined): Reason | undefined {
    const evidence = this.#evidence;
    const { message, scheme } = evidence;
    const { own, likely, unlikely, others, alternatives } = this.#prover;
    const isSmall = message.body.length <= MOST_FOR_PAIRS;
    const body = [asIs(message.body)];
    const contents = plainContents(message, scheme);
    const all = new Remembered(() => changedContents(evidence), true);
    const likelyContents = new Remembered(() => [...all].slice(0, LIKELY_CONTENTS), true);
    const urls = new Remembered(() => changedUrls(evidence), true);
    const edged = new Remembered(() => changedBodies(evidence, "edges"), isSmall);
    const coded = new Remembered(() => changedBodies(evidence, "text"), isSmall);
    const rewritten = new Remembered(() => rewrittenBodies(evidence, "likely"), isSmall);
    const rarelyRewritten = new Remembered(() => rewrittenBodies(evidence, "rare"), isSmall);

    const readings = alternatives.map((one) => ({ ...one, contents: plainContents(message, one.scheme) }));
    const asWritten: readonly Step<K>[] = [
      [own, contents, body],
      ...readings.map((one): Step<K> => [one.own, one.contents, body, one.compare]),
    ];

    // each step tries all combinations of keys, texts and bodies; the first steps are the likeliest, for their cost
    const single: readonly Step<K>[] = [
      [likely, contents, body],
      [others, contents, body],
      [own, contents, edged],
      [own, contents, rewritten],
      [unlikely, contents, body],
      [own, likelyContents, body],
      [own, urls, body],
      ...readings.flatMap((one): readonly Step<K>[] => [
        [one.own, one.contents, edged, one.compare],
        [one.own, one.contents, rewritten, one.compare],
      ]),
    ];
    const singleRare: readonly Step<K>[] = [
      [own, contents, coded],
      [own, contents, rarelyRewritten],
      [own, all, body],
      [own, contents, changedBodies(evidence, "rare")],
    ];
    const pairs: readonly Step<K>[] = [
      [own, contents, withLineEnds(chain(rewritten, rarelyRewritten))],
      [likely, contents, rewritten],
      [likely, contents, edged],
      [likely, likelyContents, body],
      [likely, urls, body],
      [own, likelyContents, chain(rewritten, edged, coded)],
      [own, urls, edged],
      [likely, contents, chain(coded, rarelyRewritten)],
      [others, likelyContents, body],
      [others, contents, chain(rewritten, edged, coded, rarelyRewritten)],
      [others, urls, body],
      [own, millisecondContents(message, scheme), body],
    ];
    return (
      this.#fewest(asWritten) ?? this.#first(single) ?? otherwise() ?? this.#first(singleRare) ?? (isSmall ? this.#first(pairs) : undefined)
    );
  }

  #fewest(steps: readonly Step<K>[]): Reason | undefined {
    const all = steps.flatMap((step) => [this.#try(step) ?? []]).filter((causes) => causes.length > 0);
    return reasonOfCauses(all.toSorted((a, b) => a.length - b.length)[0] ?? []);
  }

  #first(steps: readonly Step<K>[]): Reason | undefined {
    for (const step of steps) {
      const reason = reasonOfCauses(this.#try(step) ?? []);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** @returns the causes of a match */
  #try([keys, contents, bodies, compare = this.#prover.compare]: Step<K>): readonly Cause[] | undefined {
    if (keys.length === 0) return undefined;
    for (const body of bodies) {
      for (const content of contents) {
        if (body.causes.length > 0 && !this.#kindOf(content.value.template).isRaw) continue;
        let text: readonly Buffer[] | undefined;
        for (const [index, key] of keys.entries()) {
          if (index === 0 || content.value.template.includes("{secret}")) text = this.#text(content.value, body, key.value);
          if (text === undefined) break;
          const found = compare(key.value, text);
          if (found === undefined) continue;
          const causes = [...key.causes, ...body.causes, ...content.causes, ...found];
          if (causes.length > 0) return this.#told(causes, body);
        }
      }
    }
    return undefined;
  }

  #kindOf(template: string): TemplateKind {
    const known = this.#kinds.get(template);
    if (known !== undefined) return known;
    const holes = [...placeholdersOf(template)];
    const kind = {
      isWritten: template.includes("{body:") || holes.some((hole) => JSON_HOLES.includes(hole)),
      isDerived: holes.some((hole) => DERIVED_HOLES.includes(hole)),
      isRaw: holes.some((hole) => hole === "body" || DERIVED_HOLES.includes(hole)),
    };
    this.#kinds.set(template, kind);
    return kind;
  }

  /** The pieces of the signed text; undefined when the message lacks something, or the budget is spent. */
  #text({ template, message, url, timestamp, id }: Content, body: Form<Buffer>, key: K): readonly Buffer[] | undefined {
    const { isWritten, isDerived } = this.#kindOf(template);
    if (isWritten && !this.#evidence.spendWriting()) return undefined;
    const signed = isDerived && body.causes.length > 0 ? changedMessage(message, { body: body.value }) : message;
    const rendered = render(template, { message: signed, url, timestamp, id, secret: this.#prover.secretOf(key) });
    return rendered.kind === "missing" ? undefined : rendered.pieces.map((piece) => (piece === BODY ? body.value : piece));
  }

  /** The causes, with where the body differs. */
  #told(causes: readonly Cause[], body: Form<Buffer>): readonly Cause[] {
    const difference = differenceText(this.#evidence.message.body, body.value);
    if (difference === undefined) return causes;
    return causes.map((cause) => {
      if (cause.code !== "body-reserialised" && cause.code !== "body-reencoded") return cause;
      const arrived = cause.code === "body-reserialised" ? arrivedAs(this.#evidence) : undefined;
      return { ...cause, found: [cause.found, ...(arrived === undefined ? [] : [arrived]), difference].join("; ") };
    });
  }
}

/** Signed texts that are tried early, and together with another change. */
const LIKELY_CONTENTS = 20;

function* chain<T>(...all: readonly Iterable<T>[]): Generator<T> {
  for (const one of all) yield* one;
}

/** Things that are costly to make: made when they are first asked for, and kept for the next time if wanted. */
class Remembered<T> implements Iterable<T> {
  readonly #make: () => Iterable<T>;
  readonly #isKept: boolean;
  readonly #known: T[] = [];
  #rest: Iterator<T> | undefined;

  constructor(make: () => Iterable<T>, isKept: boolean) {
    this.#make = make;
    this.#isKept = isKept;
  }

  *[Symbol.iterator](): Iterator<T> {
    yield* this.#known;
    this.#rest ??= this.#make()[Symbol.iterator]();
    for (let next = this.#rest.next(); next.done !== true; next = this.#rest.next()) {
      if (this.#isKept) this.#known.push(next.value);
      yield next.value;
    }
  }
}
