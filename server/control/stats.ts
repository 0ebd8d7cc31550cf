/**
 * What the relay counts. Plain numbers that the hot path raises in place (`stats.answered += 1`), the one mutable record of the relay:
 * the metrics read them when somebody asks.
 */
export type RelayStats = {
  /** requests that got the app's answer, whole */
  answered: number;
  /** requests that the client answered in the app's place: app refused, too slow */
  answeredByClient: number;
  /** requests whose answer broke off after its head */
  brokenOff: number;
  /** requests whose sender left before the answer */
  senderGone: number;
  /** requests that the relay itself answered, by the code of its reason: `client-offline`, `tunnel-unknown`, `body-too-large` … */
  readonly refused: Map<string, number>;
  /** requests begun and not ended */
  inFlight: number;
  /** bytes of request bodies received, and of answer bodies sent */
  bytesIn: number;
  bytesOut: number;
  /** links that are open now, and that were ever opened */
  links: number;
  linksOpened: number;
  /** links that ended, by reason */
  readonly linkCloses: Map<string, number>;
  /** link handshakes refused, by HTTP status */
  readonly handshakesRefused: Map<number, number>;
  /** rows given to the log of refusals */
  refusalsLogged: number;
};

/** All zero. */
export function createStats(): RelayStats {
  return {
    answered: 0,
    answeredByClient: 0,
    brokenOff: 0,
    senderGone: 0,
    refused: new Map(),
    inFlight: 0,
    bytesIn: 0,
    bytesOut: 0,
    links: 0,
    linksOpened: 0,
    linkCloses: new Map(),
    handshakesRefused: new Map(),
    refusalsLogged: 0,
  };
}

/** Raises one entry of a map of {@link RelayStats}. The keys are codes of ours, never text from outside: each becomes a time series. */
export function countIn<Key>(map: Map<Key, number>, key: Key): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
