/**
 * The built program of a worker thread. In the bundle it lies beside the chunk that the caller's code is in; from the sources (tests) it is the one in dist/.
 * @param from `import.meta.url` of the caller's module, two folders below the project's root
 * @param name of the program, without `.js`
 */
export function threadFile(from: string, name: string): URL {
  return new URL(from.endsWith(".ts") ? `../../dist/${name}.js` : `./${name}.js`, from);
}
