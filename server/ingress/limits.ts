/** Bounds of what a sender may make the relay hold or wait for. Each has its own status, so that the sender's log says which one it met. */

/** bytes of request line and headers, more is 431; four times what common servers take, since signatures and traces are long */
export const MAX_HEAD_BYTES = 65_536;
/** headers, more is 431; counted here because Node drops what is beyond its own limit without a word */
export const MAX_HEADER_COUNT = 512;
/** milliseconds from the connection to the end of the headers, more is 408 */
export const HEADERS_WITHIN_MS = 10_000;
/** milliseconds between two looks at such connections */
export const CONNECTIONS_CHECK_MS = 2_000;
/** milliseconds a kept connection may idle: above the 60 s of common proxies, so that they close first and never meet a closed one */
export const KEEP_ALIVE_MS = 65_000;
/** bytes that a body must bring in each {@link BODY_WINDOW_MS} while it is being read, fewer is 408: 100 bytes a second */
export const BODY_WINDOW_BYTES = 1_500;
/** milliseconds of one such window */
export const BODY_WINDOW_MS = 15_000;
/** milliseconds that a small body may hold its memory; one that takes longer goes on piece by piece, as large ones do: slow senders must not hold everybody's */
export const WHOLE_BODY_WITHIN_MS = 60_000;
/** bytes of small bodies held at once, all tunnels together; beyond it sockets are not read */
export const BODY_BUDGET_BYTES = 64 * 1_048_576;
/** bytes of those that one tunnel may hold, so that a slow one makes only itself wait */
export const BODY_SHARE_BYTES = 16 * 1_048_576;
