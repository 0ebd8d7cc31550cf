import { expect, test } from "vitest";
import { writerFile } from "../../../client/ledger/writer-file.ts";

test("the writer lies beside the bundle, and in dist/ for the sources", () => {
  expect(writerFile("file:///usr/lib/node_modules/devhook/dist/chunk-A.js").pathname).toBe(
    "/usr/lib/node_modules/devhook/dist/ledger-writer.js",
  );
  expect(writerFile("file:///home/me/devhook/client/ledger/recorder.ts").pathname).toBe("/home/me/devhook/dist/ledger-writer.js");
});
