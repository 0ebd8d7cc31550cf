import type { HeaderList } from "../../shared/http/headers.ts";

/** The one place that a forwarder dials, and how requests are dressed for it. */
export type AppTarget = {
  /** origin of the app, http or https */
  readonly url: URL;
  /** put before the path of each request: empty, or begins with `/` and does not end with one */
  readonly path: string;
  /** keep the sender's Host, or write the app's own */
  readonly hostHeader: "keep" | "rewrite";
  /** headers set on each request, in place of the sender's of the same name */
  readonly headers: HeaderList;
  /** accept a certificate that nobody vouches for */
  readonly insecure: boolean;
};

/** What a request target is put behind, as people see it and as it is recorded: `http://localhost:3000/prefix`. */
export function addressOf({ url, path }: Pick<AppTarget, "url" | "path">): string {
  return url.origin + path;
}
