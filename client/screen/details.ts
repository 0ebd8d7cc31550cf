import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import type { Clock } from "../../shared/clock.ts";
import type { History } from "../ledger/history.ts";
import type { RowReasons } from "../tui/list/explain-line.ts";
import type { Look, PaneDocument } from "../tui/model.ts";
import type { ScreenState } from "../tui/state/state.ts";
import type { KnownSecrets } from "./known-secrets.ts";

export type DetailsOptions = {
  readonly history: Pick<History, "get" | "head" | "body" | "answerBody">;
  readonly catalogue: Catalogue;
  readonly secrets: KnownSecrets;
  readonly clock: Clock;
  readonly onLoaded: () => void;
};

export type Details = {
  readonly document: (state: ScreenState, look: Look, columns: number) => PaneDocument | undefined;
  readonly reasons: (id: string | undefined) => RowReasons;
  readonly find: (needle: string) => readonly number[];
  readonly forget: (ids: readonly string[]) => void;
  readonly restyle: () => void;
};

export function createDetails(_options: DetailsOptions): Details {
  return { document: () => undefined, reasons: () => ({}), find: () => [], forget: () => undefined, restyle: () => undefined };
}
