import type { Delivery } from "../../../client/ledger/records.ts";
import type { Signers } from "../../../client/resending/resign.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { sampleDelivery } from "../export/deliveries.ts";

/** Signers with made-up secrets by provider id. */
export function signers(secrets: Readonly<Record<string, string>> = {}): Signers {
  return {
    catalogue: createCatalogue([]),
    secretsOf: ({ id }) => (secrets[id] === undefined ? [] : [secrets[id]]),
    provider: undefined,
  };
}

/** A delivery with this body and these headers, whose length stands in front of them. */
export function delivery(body: string | Buffer, change: Partial<Delivery> = {}): Delivery {
  const bytes = Buffer.from(body);
  const headers = ["Host", "relay.example", "Content-Length", String(bytes.length), ...(change.headers ?? [])];
  return sampleDelivery({
    target: "/hooks?x=1",
    bytes: bytes.length,
    body: { bytes, total: bytes.length, truncated: false },
    ...change,
    headers,
  });
}

/** The record of a check that a scheme passed. */
export function checked(provider: string, scheme: string, change: object = {}): Partial<Delivery> {
  const verification = { provider, scheme, verdict: "valid", signature: "ok", time: "ok", secretIndex: 0, ...change };
  return { provider, verdict: verification.verdict, verification: JSON.stringify(verification) };
}
