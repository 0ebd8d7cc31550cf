import { expect, test } from "vitest";
import { threadFile } from "../../shared/thread-file.ts";

test("the writer lies beside the bundle, and in dist/ for the sources", () => {
  expect(threadFile("file:///usr/lib/node_modules/devhook/dist/chunk-A.js", "ledger-writer").pathname).toBe(
    "/usr/lib/node_modules/devhook/dist/ledger-writer.js",
  );
  expect(threadFile("file:///home/me/devhook/client/ledger/recorder.ts", "ledger-writer").pathname).toBe(
    "/home/me/devhook/dist/ledger-writer.js",
  );
});
