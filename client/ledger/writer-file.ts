/**
 * The built writer thread. In the bundle it lies beside the chunk that this code is in; from the sources (tests) it is the one in dist/.
 * @param from `import.meta.url` of the caller's module
 */
export function writerFile(from: string): URL {
  return new URL(from.endsWith(".ts") ? "../../dist/ledger-writer.js" : "./ledger-writer.js", from);
}
