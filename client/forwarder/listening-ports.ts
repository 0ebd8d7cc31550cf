import { connectToApp } from "./app-socket.ts";

/** What apps are usually told to listen on: looked at when nothing listens where an app should. */
export const USUAL_PORTS = [3000, 3001, 4000, 5000, 5173, 8000, 8080, 8787, 9000] as const;

/** Those of `ports` that something on this machine listens on, in their order. Each is connected to and closed again. */
export async function listeningPorts(ports: readonly number[]): Promise<readonly number[]> {
  const found = await Promise.all(ports.map(isListening));
  return ports.filter((_, index) => found[index] === true);
}

function isListening(port: number): Promise<boolean> {
  const target = { url: new URL(`http://localhost:${port}`), insecure: true };
  return new Promise((resolve) => {
    connectToApp(
      target,
      Buffer.alloc(1),
      ({ socket }) => {
        socket.destroy();
        resolve(true);
      },
      () => resolve(false),
    );
  });
}
