import { join } from "node:path";
import type { ScreenData } from "../../../client/screen/messages.ts";

/** What a screen of 80x24 begins with whose files are in this folder. */
export function dataIn(folder: string, changes: Partial<ScreenData> = {}): ScreenData {
  return {
    size: { columns: 80, rows: 24 },
    databaseFile: join(folder, "devhook.db"),
    secretsFile: join(folder, "secrets.json"),
    credentialsFile: join(folder, "credentials.json"),
    exportFolder: folder,
    env: {},
    secrets: {},
    own: [],
    app: { origin: "http://localhost:8000", path: "", headers: [], hostHeader: "keep", insecure: false, timeoutMs: 1_000 },
    relay: "relay.example",
    embedded: false,
    whenOffline: "503",
    isVerifying: true,
    ui: { keys: {}, theme: "default", colour: false, ascii: false, mouse: false },
    ...changes,
  };
}
