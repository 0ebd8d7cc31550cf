import { type AppSocket, connectToApp } from "./app-socket.ts";

/** What apps are usually told to listen on: looked at when nothing listens where an app should. */
export const USUAL_PORTS = [3000, 3001, 4000, 5000, 5173, 8000, 8080, 8787, 9000] as const;
/** How long a relay of devhook may take to say that it is one, milliseconds: it is on this machine. */
const ANSWER_MS = 200;
/** Bytes of an answer that are looked at: that of a relay is smaller. */
const ANSWER_BYTES = 2_048;
/** How the answer of a relay begins: what begins otherwise need not be waited for. */
const BEGIN = /^HTTP\/1\.1 (?:200|503) /;
const BEGIN_BYTES = "HTTP/1.1 200 ".length;
/** As a relay answers to GET /_devhook/healthz. */
const RELAY = /^HTTP\/1\.1 (?:200|503) [^]*\r\n\r\n[^]*\{"ok":(?:true|false),"version":/;

/**
 * Those of `ports` that an app on this machine may listen on, in their order: something accepts there, and it is no relay of devhook.
 * @param answerMs how long a relay may take to say that it is one, 200 when omitted
 */
export async function listeningPorts(ports: readonly number[], answerMs = ANSWER_MS): Promise<readonly number[]> {
  const found = await Promise.all(ports.map((port) => mayBeApp(port, answerMs)));
  return ports.filter((_, index) => found[index] === true);
}

function mayBeApp(port: number, answerMs: number): Promise<boolean> {
  const target = { url: new URL(`http://localhost:${port}`), insecure: true };
  return new Promise((resolve) => {
    connectToApp(
      target,
      Buffer.alloc(ANSWER_BYTES),
      (connection) => {
        void isRelay(connection, port, answerMs).then((is) => resolve(!is));
      },
      () => resolve(false),
    );
  });
}

/** Whether a relay of devhook answers on a connection, which is closed then. */
function isRelay({ socket, onBytes }: AppSocket, port: number, answerMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const end = (): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(RELAY.test(answer));
    };
    const patience = setTimeout(end, answerMs);
    onBytes((bytes) => {
      answer += bytes.toString("latin1");
      const isOther = answer.length >= BEGIN_BYTES && !BEGIN.test(answer);
      if (isOther || answer.length >= ANSWER_BYTES || RELAY.test(answer)) end();
    });
    for (const event of ["end", "error", "close"] as const) socket.once(event, end);
    socket.write(`GET /_devhook/healthz HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`);
  });
}
