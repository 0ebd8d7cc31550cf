import { DevhookError } from "../../shared/errors.ts";
import type { Delivery } from "../ledger/records.ts";
import { type ExportForm, requireExportable } from "./export-form.ts";
import { exportPieces } from "./export-pieces.ts";
import { createSecretFinder, type KnownSecret } from "./find-secrets.ts";
import { fixtureFiles, REPLAY_COMMAND } from "./fixture.ts";
import { type NewFiles, writeNewFile, writeNewFolder } from "./new-files.ts";
import { createRedaction } from "./redaction.ts";

/** What is to be exported, and where to. */
export type ExportOrder = {
  readonly history: { readonly get: (id: string) => Delivery | undefined };
  /** whole ids, in the order of the file; one that stands there twice counts once */
  readonly ids: readonly string[];
  readonly form: ExportForm;
  /** absolute; has to be there */
  readonly folder: string;
  /** what is taken out besides credentials: see knownSecrets */
  readonly secrets: readonly KnownSecret[];
  /** of devhook */
  readonly version: string;
};

/** An export that is written. */
export type WrittenExport = NewFiles & {
  /** for the user: what was taken out, what does not hold any more, how to go on. As {@link Redaction.notes}: not safe to print as they are. */
  readonly notes: readonly string[];
};

const SUFFIXES = { curl: ".sh", har: ".har", jsonl: ".jsonl", raw: ".http" } as const;

/**
 * Writes deliveries, without credentials and known secrets, into one new file (0600) of a folder, or for `fixture` into a new folder (0700) there:
 * `devhook-127.har`, `devhook-3-deliveries.jsonl`, `devhook-127-fixture`, with a number behind when that is taken. Nothing that is there is ever
 * written over, and what cannot be finished goes again.
 * @throws {DevhookError} `usage` (nothing is chosen, it cannot be written, it is too large), `not-found`, `body-truncated`
 */
export async function writeExport({ history, ids: given, form, folder, secrets, version }: ExportOrder): Promise<WrittenExport> {
  const ids = [...new Set(given)];
  // all are looked at before the first is written: half a file helps nobody
  const numbers = ids.map((id) => {
    const delivery = requireDelivery(history, id);
    requireExportable(delivery, form);
    return delivery.seq;
  });
  const [first] = numbers;
  if (first === undefined) throw new DevhookError("usage", { what: "nothing is chosen", fix: "select a delivery, or mark several" });
  const stem = numbers.length === 1 ? `devhook-${first}` : `devhook-${numbers.length}-deliveries`;
  const command = `devhook export ${ids.length === 1 ? ids[0] : "ID…"} --as ${form} --out`;
  const { clean, notes } = createRedaction(createSecretFinder(secrets));
  const read = (id: string): Delivery => clean(requireDelivery(history, id));

  if (form === "fixture") {
    const fix = `choose another place: ${command} DIR`;
    const written = await writeNewFolder(fixtureFiles(ids, read), { folder, stem: `${stem}-fixture`, suffix: "", fix });
    return { ...written, notes: [...notes(), `in that folder: ${REPLAY_COMMAND}`] };
  }
  const fix = `choose another place: ${command} FILE`;
  const written = await writeNewFile(exportPieces(ids, form, { read, version }), { folder, stem, suffix: SUFFIXES[form], fix });
  return { ...written, notes: notes() };
}

/** A recorded delivery. @throws {DevhookError} `not-found` */
export function requireDelivery(history: ExportOrder["history"], id: string): Delivery {
  const delivery = history.get(id);
  if (delivery !== undefined) return delivery;
  throw new DevhookError("not-found", { what: `delivery ${id} has been removed from the history meanwhile` });
}
