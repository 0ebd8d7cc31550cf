import { type Catalogue, createCatalogue } from "../../shared/catalogue/catalogue.ts";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { createFilter } from "../filter/filter.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { Output } from "../output/output.ts";
import type { ResolvedSettings } from "../settings/config.ts";
import type { Paths } from "../settings/paths.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { openSecrets, type Secrets, type StoredSecrets } from "../settings/secrets.ts";
import type { DeliveryFacts } from "../verifying/delivery-facts.ts";
import { createDuplicates } from "../verifying/duplicates.ts";
import { createPolicy, type GuardPolicy } from "../verifying/policy.ts";
import { createVerifierThread } from "../verifying/thread.ts";
import { type Assignment, createVerifying, type Inspection, NO_INSPECTION } from "../verifying/verifying.ts";
import type { ProviderFacts } from "./tell.ts";

export type VerifyingSurroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Pick<Paths, "secretsFile" | "databaseFile">;
  readonly clock: Clock;
  readonly output: Pick<Output, "warning">;
  /** of --secret */
  readonly secrets: StoredSecrets;
  readonly onFacts: (id: string, facts: DeliveryFacts) => void;
};

/** The check of signatures in a running tunnel. */
export type OpenVerifying = {
  readonly inspect: (request: CapturedRequest, body: Buffer | undefined) => Inspection;
  readonly policy: GuardPolicy | undefined;
  readonly deadlineOf: ProviderFacts["deadlineOf"];
  readonly usualScheme: ProviderFacts["usualScheme"];
  readonly catalogue: Catalogue;
  /** what there is to sign with, too: known whether signatures are checked or not */
  readonly secretsOf: (provider: Provider) => readonly string[];
  /** path that this provider's webhooks arrive at: of its newest delivery, else as --provider says; undefined where neither is known */
  readonly pathOf: (provider: string) => string | undefined;
  /** Secrets have been stored or removed: the next delivery is judged by them. */
  readonly refreshSecrets: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Deliveries of earlier runs whose events are remembered, so that a repeat after a restart is known as one. */
const RECALLED = 5_000;

/**
 * Opens what checks signatures: catalogue, secrets, thread, the events of earlier runs.
 * @throws DevhookError `usage` for a provider that nobody knows, or enforcement without one; `config-invalid` for a damaged secrets file
 */
export async function openVerifying(
  { settings, ownProviders }: Pick<ResolvedSettings, "settings" | "ownProviders">,
  surroundings: VerifyingSurroundings,
): Promise<OpenVerifying> {
  const { env, paths, clock, output, secrets: flags, onFacts } = surroundings;
  const catalogue = createCatalogue(ownProviders);
  const assignments = settings.provider.map(({ id, path }): Assignment => ({ provider: requireProvider(catalogue, id), path }));
  if (settings.verify === "enforce" && assignments.length === 0) {
    throw new DevhookError("usage", {
      what: "--verify enforce needs to know who sends",
      why: "a provider that is recognised from the headers could be feigned by leaving them out",
      fix: "name it: --provider ID (see devhook providers)",
    });
  }
  const warn = (message: string): void => output.warning({ at: clock.now(), code: "secrets-damaged", message });
  const opening = openSecrets({ flags, env, file: paths.secretsFile }, { clock, warn });
  const secrets = settings.verify === "off" ? await opening.catch(withoutSecrets(warn)) : await opening;
  const history = openEarlier(paths.databaseFile, clock);
  const pathOf = (id: string): string | undefined => {
    const assigned = settings.provider.find((one) => one.id === id && one.path !== "")?.path;
    const [newest] = history.list({ filter: createFilter(`from:${id}`), limit: 1, order: "newest" });
    return newest?.path.startsWith(assigned ?? "") === true ? newest.path : assigned;
  };
  if (settings.verify === "off") {
    return {
      inspect: () => NO_INSPECTION,
      policy: undefined,
      deadlineOf: () => undefined,
      usualScheme: () => undefined,
      catalogue,
      secretsOf: secrets.of,
      pathOf,
      refreshSecrets: secrets.refresh,
      close: async () => history.close(),
    };
  }

  if (settings.verify === "enforce") warnSecretless(assignments, secrets, surroundings);
  const thread = createVerifierThread({ own: ownProviders, app: settings.target.origin + settings.path });
  const duplicates = createDuplicates();
  for (const { provider, eventId, id } of history.list({ limit: RECALLED, order: "newest" }).toReversed()) {
    if (provider === undefined || eventId === undefined) continue;
    duplicates.recall({ provider, eventId, delivery: id, body: () => history.get(id)?.body.bytes });
  }
  const inspect = createVerifying({ catalogue, secretsOf: secrets.of, assignments, thread, duplicates, onFacts });
  const policy = createPolicy({
    enforce: settings.verify === "enforce",
    answerHandshakes: settings.answerHandshakes,
    catalogue,
    secretsOf: secrets.of,
  });
  return {
    inspect,
    policy,
    deadlineOf: (id) => {
      const deadline = catalogue.find(id)?.delivery.deadline;
      return deadline === undefined || deadline === "not found" ? undefined : deadline.value;
    },
    usualScheme: (id) => catalogue.find(id)?.signing.schemes[0]?.id,
    catalogue,
    secretsOf: secrets.of,
    pathOf,
    refreshSecrets: secrets.refresh,
    close: async () => {
      history.close();
      await thread.close();
    },
  };
}

/** What earlier runs have recorded; nothing where the native module cannot be loaded, which the recorder tells. @throws DevhookError as openHistory */
function openEarlier(path: string, clock: Clock): Pick<History, "list" | "get" | "close"> {
  try {
    return openHistory(path, { clock });
  } catch (error) {
    if (errorCodeOf(error) !== "database-unavailable") throw error;
    return { list: () => [], get: () => undefined, close: () => {} };
  }
}

/** A damaged file of secrets, where nothing is checked with them. */
function withoutSecrets(warn: (message: string) => void): (error: unknown) => Secrets {
  return (error) => {
    warn(messageOf(error));
    return { of: () => [], refresh: async () => {} };
  };
}

/** Under enforcement a provider without a secret means that nothing of it passes. */
function warnSecretless(
  assignments: readonly Assignment[],
  secrets: Secrets,
  { clock, output }: Pick<VerifyingSurroundings, "clock" | "output">,
): void {
  for (const { provider } of assignments) {
    if (secrets.of(provider).length > 0) continue;
    const message = `--verify enforce lets nothing of ${provider.name} pass: there is no secret of it. Store it: devhook secrets set ${provider.id}`;
    output.warning({ at: clock.now(), code: "no-secret", severity: "error", message });
  }
}
