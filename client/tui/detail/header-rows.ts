import { headerPairs, type HeaderList } from "../../../shared/http/headers.ts";
import type { Place, Scheme } from "../../../shared/signatures/scheme.ts";
import type { Look } from "../model.ts";
import type { DetailContent } from "./content.ts";
import { piece } from "./piece.ts";
import type { Row } from "./rows.ts";

/** Header lines in the order received; those in `roles` have a word at their end. */
export function headerRows(headers: HeaderList, { theme }: Look, roles: HeaderRoles = new Map()): readonly Row[] {
  const rows = headerPairs(headers).map(([name, value]): Row => {
    const role = roles.get(name.toLowerCase())?.role;
    const tail = role === undefined ? undefined : piece(`  ${theme.glyphs.to} ${role}`, "bold");
    return { pieces: [piece(` ${name}:`, "dim"), piece(` ${value}`, role === undefined ? undefined : "link")], tail };
  });
  return rows.length === 0 ? [{ pieces: [piece(" none", "dim")] }] : rows;
}

/** What headers are to a scheme, by their lower-case names; `name` as the sender writes it. */
type HeaderRoles = ReadonlyMap<string, { readonly name: string; readonly role: HeaderRole }>;

type HeaderRole = "signature" | "the secret itself" | "time of signing" | "message id";

/** What headers are to the scheme of a delivery. */
export function headerRoles(content: Pick<DetailContent, "provider" | "verification">): HeaderRoles {
  const roles = new Map<string, { readonly name: string; readonly role: HeaderRole }>();
  const add = (place: Place | undefined, role: HeaderRole): void => {
    if (place?.in !== "header" || roles.has(place.name.toLowerCase())) return;
    roles.set(place.name.toLowerCase(), { name: place.name, role });
  };
  for (const scheme of schemesOf(content)) {
    for (const place of scheme.signature) add(place, scheme.algorithm === "token" ? "the secret itself" : "signature");
    add(scheme.time?.place, "time of signing");
    add(scheme.messageId, "message id");
  }
  return roles;
}

/** The scheme that the check names, or else all that its sender may use. */
export function schemesOf({ provider, verification }: Pick<DetailContent, "provider" | "verification">): readonly Scheme[] {
  const schemes = provider?.signing.schemes ?? [];
  const named = schemes.filter(({ id }) => id === verification?.scheme);
  return named.length > 0 ? named : schemes;
}
