import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { nearest } from "./nearest.ts";

/** The provider that a user names by id or alias. @throws {DevhookError} `usage` naming the nearest one */
export function requireProvider(catalogue: Catalogue, id: string): Provider {
  const provider = catalogue.find(id);
  if (provider !== undefined) return provider;
  const known = catalogue.providers.flatMap((one) => [one.id, ...(one.aliases ?? [])]);
  const near = nearest(id, known);
  throw new DevhookError("usage", {
    what: `no provider is called ${JSON.stringify(id)}`,
    ...(near !== undefined && { why: `did you mean ${near}?` }),
    fix: "see them all: devhook providers; or describe it in devhook.config.json",
  });
}
