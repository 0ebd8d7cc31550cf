import { type Catalogue, createCatalogue } from "../../shared/catalogue/catalogue.ts";
import { resolveSettings } from "../settings/config.ts";
import type { CommandContext } from "./context.ts";

/** All providers, the user's own among them. @throws {DevhookError} `config-invalid` */
export async function openCatalogue(context: CommandContext): Promise<Catalogue> {
  const { ownProviders } = await resolveSettings(context, {});
  return createCatalogue(ownProviders);
}
