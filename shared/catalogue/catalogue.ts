import { providers as builtIn } from "../providers/index.ts";
import type { Message } from "../signatures/message.ts";
import { holds } from "../signatures/places.ts";
import type { Provider } from "../signatures/provider.ts";
import type { Condition } from "../signatures/scheme.ts";

/** All senders that devhook knows. */
export type Catalogue = {
  /** by id */
  readonly providers: readonly Provider[];
  /** the provider of an id or alias, in any case */
  readonly find: (id: string) => Provider | undefined;
  /**
   * The providers that a message may come from, most likely first: those with the most conditions that hold, and of equals those whose headers the others share.
   * Empty when nothing speaks for anyone. Costs about a microsecond where no header is known; JSON bodies are read only when they hold a name that counts.
   */
  readonly recognise: (message: Message) => readonly Provider[];
};

/** One way to recognise a provider. */
type Way = { readonly provider: Provider; readonly conditions: readonly Condition[] };

/**
 * The catalogue, with a user's own providers.
 * @param own take the place of built-in ones with the same id, and come before others that are as likely
 */
export function createCatalogue(own: readonly Provider[] = []): Catalogue {
  const replaced = new Set(own.map(({ id }) => id));
  const ownFirst = [...own, ...builtIn.filter(({ id }) => !replaced.has(id))];
  const providers = ownFirst.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map<string, Provider>();
  // what is set last counts: ids before aliases, and a user's own before built-in ones
  const lastCounts = ownFirst.toReversed();
  for (const provider of lastCounts) for (const id of provider.aliases ?? []) byId.set(id.toLowerCase(), provider);
  for (const provider of lastCounts) byId.set(provider.id.toLowerCase(), provider);

  /** ways that begin with a header, by its name in lower case */
  const byHeader = new Map<string, Way[]>();
  /** ways that need the body, with the quoted names that it must hold */
  const byBody: { readonly way: Way; readonly names: readonly Buffer[] }[] = [];
  for (const provider of ownFirst) {
    for (const conditions of provider.recognise) {
      // headers first: they are cheaper than a body
      const way = {
        provider,
        conditions: conditions.toSorted((a, b) => Number(a.place.in !== "header") - Number(b.place.in !== "header")),
      };
      const [first] = way.conditions;
      if (first?.place.in === "header") {
        const name = (first.place.name + (first.place.numbered === true ? "1" : "")).toLowerCase();
        byHeader.set(name, [...(byHeader.get(name) ?? []), way]);
      } else if (first !== undefined) {
        byBody.push({
          way,
          names: conditions.flatMap(({ place }) => (place.in === "body" ? (quotedName(place.path) ?? []) : [])),
        });
      }
    }
  }

  function recognise(message: Message): readonly Provider[] {
    const weights = new Map<Provider, number>();
    const consider = ({ provider, conditions }: Way): void => {
      if ((weights.get(provider) ?? 0) < conditions.length && holds(message, conditions)) weights.set(provider, conditions.length);
    };
    for (let i = 0; i < message.headers.length; i += 2) {
      const ways = byHeader.get((message.headers[i] as string).toLowerCase());
      if (ways !== undefined) for (const way of ways) consider(way);
    }
    for (const { way, names } of byBody) if (names.every((name) => message.body.includes(name))) consider(way);
    if (weights.size === 0) return [];
    const order = (provider: Provider): number => (weights.get(provider) ?? 0) * 2 - (provider.sameAs === undefined ? 0 : 1);
    return [...weights.keys()].toSorted((a, b) => order(b) - order(a));
  }

  return { providers, find: (id) => byId.get(id.toLowerCase()), recognise };
}

/**
 * The providers whose secrets are worth trying on a message: of those that share their headers with the most likely one, all that have a secret; if none has,
 * the most likely one alone.
 * @param candidates as {@link Catalogue.recognise} gives them
 */
export function worthTrying(candidates: readonly Provider[], hasSecret: (provider: Provider) => boolean): readonly Provider[] {
  const [first] = candidates;
  if (first === undefined) return [];
  const family = candidates.filter(
    ({ id, sameAs }) => id === first.id || sameAs === first.id || (first.sameAs !== undefined && [id, sameAs].includes(first.sameAs)),
  );
  const known = family.filter(hasSecret);
  return known.length > 0 ? known : [first];
}

/** The last segment of a path that is a name and not an index, as it must stand in the body; undefined where JSON has other spellings of it, too. */
function quotedName(path: string): Buffer | undefined {
  const name = path.split(".").findLast((segment) => !/^\d+$/.test(segment)) ?? "";
  return /^[\w .:@$-]+$/.test(name) ? Buffer.from(`"${name}"`) : undefined;
}
