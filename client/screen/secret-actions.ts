import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { Verification } from "../../shared/signatures/verification.ts";
import type { StoredHistory } from "../ledger/history.ts";
import { type SecretHint, secretText } from "../output/words/secret-hint.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { secretDoubts } from "../settings/secret-doubts.ts";
import { parseSecrets, removeSecrets, storeSecrets } from "../settings/secrets.ts";
import type { ListState } from "../tui/state/list-state.ts";
import { explainDelivery, judgeDelivery, type Jury, messageOf } from "../verifying/judge-delivery.ts";
import { recordedVerification } from "../verifying/recorded-verification.ts";
import type { SecretActions } from "./actions.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import type { MainCaller } from "./main-caller.ts";
import type { ScreenData } from "./messages.ts";
import type { Said } from "./telling.ts";

export type SecretSurroundings = {
  readonly data: Pick<ScreenData, "secretsFile">;
  readonly history: StoredHistory;
  readonly catalogue: Catalogue;
  readonly secrets: KnownSecrets;
  readonly main: Pick<MainCaller, "call">;
  readonly clock: Clock;
  readonly list: () => ListState;
  readonly onChanged: (ids: readonly string[]) => void;
};

/** Deliveries of a sender that are judged again: as many as anybody looks back over. */
const JUDGED = 1_000;
/** Of those whose signature does not hold, how many get a search for the cause: each takes up to half a second. */
const EXPLAINED = 10;

/** The work of the screen on secrets. No secret ever becomes part of what is said. */
export function createSecretActions({
  data,
  history,
  catalogue,
  secrets,
  main,
  clock,
  list,
  onChanged,
}: SecretSurroundings): SecretActions {
  const jury: Jury = { catalogue, secretsOf: secrets.of };

  /** Here, and in the thread that judges what arrives. */
  async function readAgain(): Promise<void> {
    await Promise.all([secrets.refresh(), main.call("secretsChanged", undefined)]);
  }

  async function store(id: string, text: string): Promise<Said> {
    const provider = requireProvider(catalogue, id);
    const parsed = parseSecrets(withLines(text));
    if (parsed.length === 0)
      throw new DevhookError("usage", { what: "there is no secret in this", fix: "paste it, then press enter; esc leaves it" });
    await storeSecrets(data.secretsFile, { provider: provider.id, secrets: parsed, clock });
    await readAgain();
    const judged = await judgeAgain(provider);
    const [doubt] = secretDoubts({ provider, text, secrets: parsed });
    const hidden =
      secrets.of(provider).join("\n") === parsed.join("\n")
        ? undefined
        : "--secret or the environment names another one, which counts for this run";
    const remark = doubt ?? hidden;
    const told = `secret of ${provider.name} kept; ${judged}`;
    return remark === undefined ? { kind: "ok", text: told } : { kind: "warning", text: `${told}. But ${remark}` };
  }

  async function remove(id: string): Promise<Said> {
    const provider = requireProvider(catalogue, id);
    const wasThere = await removeSecrets(data.secretsFile, { provider: provider.id, clock });
    await readAgain();
    if (wasThere) return { kind: "ok", text: `secret of ${provider.name} removed; ${await judgeAgain(provider)}` };
    throw new DevhookError("usage", {
      what: `no stored secret of ${provider.name}`,
      why: "--secret or the environment gives it",
      fix: "take it out of --secret or the environment",
    });
  }

  /** Judges the sender's deliveries again, the newest first. @returns what came of it, in words */
  async function judgeAgain(provider: Provider): Promise<string> {
    const rows = list()
      .rows.filter((row) => row.provider === provider.id)
      .slice(-JUDGED)
      .toReversed();
    const verdicts = { valid: 0, invalid: 0 };
    const changed: string[] = [];
    let explained = 0;
    for (const { id } of rows) {
      const delivery = history.get(id);
      if (delivery === undefined || delivery.body.truncated || !delivery.complete) continue;
      const message = messageOf(delivery, delivery.body.bytes);
      const judged = judgeDelivery({ message, candidates: [provider], at: delivery.receivedAt }, jury);
      if (judged === undefined) continue;
      let verification: Verification = judged.verification;
      if (judged.explainable && explained < EXPLAINED) {
        explained += 1;
        verification = explainDelivery({ message, at: delivery.receivedAt }, judged, jury);
      }
      if (verification.verdict === "valid") verdicts.valid += 1;
      if (verification.verdict === "invalid") verdicts.invalid += 1;
      const duplicate = recordedVerification(delivery)?.duplicate ?? null;
      history.recordFacts(id, {
        provider: delivery.provider ?? null,
        event: delivery.event ?? null,
        eventId: delivery.eventId ?? null,
        verdict: verification.verdict,
        duplicateOf: delivery.duplicateOf ?? null,
        verification: JSON.stringify({ ...verification, duplicate }),
      });
      changed.push(id);
      // keys come in between
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (changed.length > 0) onChanged(changed);
    if (changed.length === 0) return "none of its deliveries are here yet";
    return `${changed.length} judged again: ${verdicts.valid} valid, ${verdicts.invalid} not`;
  }

  return {
    store,
    remove,
    list: () => {
      const seen = new Set(list().rows.flatMap(({ provider }) => provider ?? []));
      const senders = catalogue.providers
        .filter(({ signing }) => signing.schemes.length > 0)
        .map((provider) => ({ provider: provider.id, name: provider.name, kept: describeSecrets(secrets.facts(provider)) }));
      const rank = ({ provider, kept }: (typeof senders)[number]): number => (seen.has(provider) ? 0 : kept === undefined ? 2 : 1);
      return Promise.resolve(senders.toSorted((a, b) => rank(a) - rank(b)));
    },
  };
}

/** What may be seen of secrets. */
function describeSecrets(facts: readonly SecretHint[]): string | undefined {
  const [only] = facts;
  if (only === undefined) return undefined;
  return facts.length > 1 ? `${facts.length} secrets` : secretText(only);
}

/** A PEM key as it was copied: one line of a form has made spaces of its line ends, without which it is no key. */
function withLines(text: string): string {
  return text.replaceAll(
    /(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/= ]+)(-----END [A-Z ]+-----)/g,
    (_whole, begin: string, body: string, end: string) => [begin, ...body.split(" ").filter((line) => line !== ""), end].join("\n"),
  );
}
