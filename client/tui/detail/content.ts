import type { Provider } from "../../../shared/signatures/provider.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import type { BodyView } from "../../inspect/body-view.ts";
import type { DeliveryHead } from "../../ledger/records.ts";
import type { SecretHint } from "../../output/words/secret-hint.ts";

/** Everything that the tabs of one delivery show. What is text here is untrusted; nothing of it is read from anywhere when it is shown. */
export type DetailContent = {
  readonly head: DeliveryHead;
  /** what the user wrote about it */
  readonly note: string | undefined;
  /** the check when it came; undefined: there was none, or not yet */
  readonly verification: CheckedSignature | undefined;
  /** the body as it was received */
  readonly request: OpenedBody;
  /** the body of the answer to the attempt that is shown: the chosen one, else the newest */
  readonly answer: OpenedBody;
  /** the body that this attempt sent; undefined: the one that was received */
  readonly sent: OpenedBody | undefined;
  /** of attempts that did not send what was received, by their number: whether their body is the received one all the same; nothing while that is not known */
  readonly sameBodies: ReadonlyMap<number, boolean>;
  /** what the catalogue says of its sender; undefined: nobody knows who that is */
  readonly provider: ProviderFacts | undefined;
  /** the secrets of its provider in the order in which they are tried; undefined: not known */
  readonly secrets: readonly SecretFacts[] | undefined;
  /** what became of it by an attempt, by its number; nothing for one that there is nothing to compare with */
  readonly changes: ReadonlyMap<number, AttemptChange>;
};

/** A signature check as it is recorded. */
export type CheckedSignature = Verification & {
  readonly duplicate: { readonly of: string; readonly sameBytes: boolean | null } | null;
};

/** A body as far as it has been opened, in the mode that it is shown in. */
export type OpenedBody =
  | { readonly state: "loading" }
  | { readonly state: "open"; readonly view: BodyView }
  /** why it cannot be read */
  | { readonly state: "fault"; readonly text: string };

/** A record of the catalogue, as far as it is shown. */
export type ProviderFacts = Pick<Provider, "id" | "name" | "signing" | "secret" | "delivery" | "notes">;

/** A secret that devhook knows, and never the secret itself. */
export type SecretFacts = SecretHint & {
  /** where it comes from: `secrets.json`, the name of a variable */
  readonly origin: string;
};

/** How an attempt ended, compared with the one before it. */
export type AttemptChange = "fixed" | "still-failing" | "regressed" | "same";
