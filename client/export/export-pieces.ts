import type { Delivery } from "../ledger/records.ts";
import { curlCommand } from "./curl.ts";
import { deliveryLine } from "./delivery-line.ts";
import type { ExportForm } from "./export-form.ts";
import { HAR_TAIL, harEntries, harHead } from "./har.ts";
import { rawRequest } from "./raw-request.ts";

/** What an export is made of. */
export type ExportSource = {
  /** a delivery as it may leave this machine; called once for each, when its turn comes */
  readonly read: (id: string) => Delivery;
  /** of devhook, named in a HAR file */
  readonly version: string;
};

/** The file of an export, piece by piece, so that one delivery at a time is in memory. */
export function* exportPieces(
  ids: readonly string[],
  form: Exclude<ExportForm, "fixture">,
  { read, version }: ExportSource,
): Generator<string | Buffer> {
  if (form === "har") yield harHead(version);
  let before = "\n";
  for (const id of ids) {
    const delivery = read(id);
    if (form === "curl") yield `${curlCommand(delivery)}\n`;
    else if (form === "jsonl") yield deliveryLine(delivery);
    else if (form === "raw") yield rawRequest(delivery);
    else {
      for (const entry of harEntries(delivery)) {
        yield before + JSON.stringify(entry);
        before = ",\n";
      }
    }
  }
  if (form === "har") yield HAR_TAIL;
}
