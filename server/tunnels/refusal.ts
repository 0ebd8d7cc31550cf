import { REFUSED_METHOD_LIMIT, REFUSED_PATH_LIMIT, type RefusedRequest } from "./registry.ts";

/** Anything that is no printable byte of latin1: text from outside goes to a database and a wire that expect bytes. */
const NO_LATIN1 = /[^\x20-\x7e\x80-\xff]/g;

/** The refusal with path and method cut to their limits, and every character that is not a latin1 byte as `?`. */
export function capped(refusal: RefusedRequest): RefusedRequest {
  return {
    ...refusal,
    method: refusal.method.slice(0, REFUSED_METHOD_LIMIT).replace(NO_LATIN1, "?"),
    path: refusal.path.slice(0, REFUSED_PATH_LIMIT).replace(NO_LATIN1, "?"),
  };
}
