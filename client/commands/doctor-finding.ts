/** What one check of `devhook doctor` found. */
export type Finding = {
  /** stable */
  readonly id: "node" | "data" | "database" | "config" | "relay" | "clock" | "app" | "port" | "terminal";
  /** `fail`: devhook does not work like this; `warn`: it does, but not fully; `skip`: there was nothing to check */
  readonly result: "ok" | "warn" | "fail" | "skip";
  /** one clause */
  readonly message: string;
  /** what to do about it */
  readonly fix?: string;
};
