/** The numbers of spec.md. Each is pinned by a test: a change here is a change of the protocol. */

/** WebSocket sub-protocol (spec.md section 1) */
export const SUBPROTOCOL = "devhook.1";
/** route of the link's upgrade */
export const LINK_PATH = "/_devhook/link";

/** bytes: a WebSocket message; bounds what one message can make the peer hold */
export const MAX_MESSAGE = 1_048_576;
/** fragments a message; devhook sends none, proxies may make some */
export const MAX_FRAGMENTS = 64;
/** bytes: type, stream, length */
export const FRAME_HEAD = 9;
/** bytes of body in one DATA frame: small enough that a large body never holds up a small exchange for long */
export const MAX_DATA = 65_536;
/** bytes: a body up to here crosses in the message of its head */
export const WHOLE_BODY = 262_144;
/** bytes that may be under way a stream and direction before the first CREDIT: 5 MB/s at 100 ms round trip */
export const INITIAL_CREDIT = 524_288;
/** bytes: bound of the credit of one direction, so that a peer cannot talk us out of flow control */
export const MAX_CREDIT = 16_777_216;
/** exchanges open at once on a link */
export const MAX_STREAMS = 256;
/** the last stream number of a link */
export const MAX_STREAM_ID = 0xffff_ffff;
/** headers of one list */
export const MAX_HEADERS = 1_024;
/** interim answers (1xx) of one exchange */
export const MAX_INFORMATION = 16;
/** bytes of a JSON payload of the link's own frames */
export const MAX_LINK_JSON = 786_432;
/** bytes of the reason in RESET */
export const MAX_RESET_REASON = 1_024;

/** milliseconds between two pings of one side */
export const PING_INTERVAL_MS = 5_000;
/** milliseconds without anything heard until the link counts as dead: two pings lost and some */
export const DEAD_AFTER_MS = 12_000;
/** milliseconds between two looks at the heartbeat */
export const LIVENESS_CHECK_MS = 1_000;
/** milliseconds from the upgrade to WELCOME */
export const WELCOME_WITHIN_MS = 10_000;

/** frame types (spec.md section 2) */
export const TYPE = {
  WELCOME: 0x01,
  GOAWAY: 0x02,
  REFUSALS: 0x03,
  REFUSALS_SEEN: 0x04,
  REQUEST: 0x10,
  RESPONSE: 0x11,
  INFORMATION: 0x12,
  DATA: 0x13,
  END: 0x14,
  RESET: 0x15,
  CREDIT: 0x16,
} as const;

/** flags of REQUEST (spec.md 3.1) */
export const REQUEST_FLAG = { WHOLE: 0x01, UPGRADE: 0x02, HTTPS: 0x04 } as const;
/** flags of RESPONSE (spec.md 3.2) */
export const RESPONSE_FLAG = { WHOLE: 0x01, MADE_BY_CLIENT: 0x02 } as const;
/** codes of RESET (spec.md 3.5) */
export const RESET_CODE = { SENDER_GONE: 1, SENDER_ABORTED: 2, APP_FAILED: 3, REFUSED: 4, CANCELLED: 5 } as const;

/** a value of {@link RESET_CODE} */
export type ResetCode = (typeof RESET_CODE)[keyof typeof RESET_CODE];

/** WebSocket close codes (spec.md section 6) */
export const CLOSE = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  MESSAGE_TOO_BIG: 1009,
  TAKEN_OVER: 4001,
  REVOKED: 4003,
  SILENT: 4008,
} as const;
