/** What a log line says beside its event: flat, so that each line stays one short JSON object. `undefined` is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the relay says what happens. `event` is a stable word (`link-opened`); no line ever holds a token, a header or a body. */
export type Log = {
  readonly debug: (event: string, fields?: LogFields) => void;
  readonly info: (event: string, fields?: LogFields) => void;
  readonly warn: (event: string, fields?: LogFields) => void;
  readonly error: (event: string, fields?: LogFields) => void;
};

/** A {@link Log} that says nothing: the embedded relay shares its terminal with the client. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
