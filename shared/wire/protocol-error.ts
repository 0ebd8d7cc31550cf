import { CLOSE } from "./constants.ts";

/** Faults of the peer (spec.md section 6) and the close code that each one costs it. */
export const PROTOCOL_FAULTS = {
  "frame-truncated": CLOSE.PROTOCOL_ERROR,
  "frame-unknown": CLOSE.PROTOCOL_ERROR,
  "frame-direction": CLOSE.PROTOCOL_ERROR,
  "frame-stream": CLOSE.PROTOCOL_ERROR,
  "frame-payload": CLOSE.PROTOCOL_ERROR,
  "frame-oversized": CLOSE.MESSAGE_TOO_BIG,
  "message-empty": CLOSE.PROTOCOL_ERROR,
  "stream-unexpected": CLOSE.PROTOCOL_ERROR,
  "stream-limit": CLOSE.PROTOCOL_ERROR,
  "credit-exceeded": CLOSE.PROTOCOL_ERROR,
  "credit-overflow": CLOSE.PROTOCOL_ERROR,
} as const;

/** a key of {@link PROTOCOL_FAULTS} */
export type ProtocolFault = keyof typeof PROTOCOL_FAULTS;

/** The peer broke spec.md. Ends the link with {@link closeCode} and the fault as reason; never ends the process. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly fault: ProtocolFault;

  constructor(fault: ProtocolFault, detail: string) {
    super(`${fault}: ${detail}`);
    this.fault = fault;
  }

  /** WebSocket close code to send */
  get closeCode(): number {
    return PROTOCOL_FAULTS[this.fault];
  }
}
