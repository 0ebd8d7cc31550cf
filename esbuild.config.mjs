/**
 * Builds the programs into dist/: one file for each entry, chunks for what is imported lazily, and the licences of what is bundled.
 * `node esbuild.config.mjs bench` builds test/bench/*.ts into node_modules/.cache/devhook/bench instead.
 *
 * Files are replaced one by one and only when they differ, so that a build while programs run, or two builds at once, hurt nobody.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { build } from "esbuild";

const ROOT = import.meta.dirname;
const DIST = join(ROOT, "dist");
/** Inside node_modules, so that what runs from here finds its packages and what is published stays free of it. */
const CACHE = join(ROOT, "node_modules/.cache/devhook");

/** Output name -> source. The names are a contract: package.json and the ledger name the files in dist/. */
const PROGRAMS = {
  devhook: "client/main.ts",
  "journal-writer": "server/journal/journal-thread.ts",
  "ledger-writer": "client/ledger/writer-thread.ts",
  "verifier-thread": "client/verifying/verifier-thread.ts",
  "screen-thread": "client/screen/screen-thread.ts",
};

/** The native module, and nothing else, is found in node_modules when the program runs. */
const EXTERNAL = ["better-sqlite3"];

/** Bundled CommonJS packages call require() for node: modules, which an ES module does not have. */
const REQUIRE_BANNER =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

const { version } = await readManifest(ROOT);

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  // one flat folder: a file finds its neighbours by "./name.js", whichever chunk its code landed in
  chunkNames: "chunk-[hash]",
  define: { "process.env.NODE_ENV": '"production"', DEVHOOK_VERSION: JSON.stringify(version) },
  jsx: "automatic",
  plugins: [withoutDevtools()],
  logLevel: "warning",
};

if (process.argv[2] === "bench") await buildBench();
else await buildPrograms();

async function buildPrograms() {
  const result = await build({
    ...common,
    entryPoints: PROGRAMS,
    outdir: DIST,
    external: EXTERNAL,
    splitting: true,
    minify: true,
    // the notices carry the licences whole
    legalComments: "none",
    banner: { js: REQUIRE_BANNER },
    metafile: true,
    write: false,
  });
  /** @type {Map<string, Uint8Array>} file name in dist/ -> content */
  const files = new Map(result.outputFiles.map((file) => [relative(DIST, file.path), file.contents]));
  files.set("THIRD-PARTY-NOTICES.txt", Buffer.from(await noticesOf(Object.keys(result.metafile.inputs))));

  // what is imported first: an entry never names a chunk that is not there yet
  const isProgram = (/** @type {string} */ name) => name.slice(0, -".js".length) in PROGRAMS;
  const names = [...files.keys()].sort((a, b) => Number(isProgram(a)) - Number(isProgram(b)));
  await mkdir(DIST, { recursive: true });
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, "build-"));
  for (const name of names) await replaceFile(join(DIST, name), /** @type {Uint8Array} */ (files.get(name)), fresh);
  for (const name of await readdir(DIST)) if (!files.has(name)) await rm(join(DIST, name), { recursive: true, force: true });
  await rm(fresh, { recursive: true });
}

async function buildBench() {
  const folder = join(ROOT, "test/bench");
  const sources = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
  await build({
    ...common,
    entryPoints: sources.map((name) => join(folder, name)),
    outdir: join(CACHE, "bench"),
    packages: "external",
  });
}

/**
 * Ink imports React's development tools, which are not installed, where the variable DEV is set: a bundle looks for them at once.
 * @returns {import("esbuild").Plugin}
 */
function withoutDevtools() {
  return {
    name: "without-devtools",
    setup(bundle) {
      bundle.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "without-devtools" }));
      bundle.onLoad({ filter: /.*/, namespace: "without-devtools" }, () => ({ contents: "export default {};" }));
    },
  };
}

/**
 * Leaves the file alone when it holds `content` already; otherwise swaps it in one step.
 * @param {string} path
 * @param {Uint8Array} content
 * @param {string} fresh a folder on the same file system, for the new file until it is whole
 */
async function replaceFile(path, content, fresh) {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(content)) return;
  const next = join(fresh, basename(path));
  await writeFile(next, content, { mode: basename(path) === "devhook.js" ? 0o755 : 0o644 });
  await rename(next, path);
}

/**
 * @param {readonly string[]} inputs source paths of the bundle, relative to the project
 * @returns {Promise<string>} name, version and licence text of each package among them, by name
 * @throws when a package names no licence: it must not be shipped unseen
 */
async function noticesOf(inputs) {
  const packages = new Set(inputs.map(packageFolderOf).filter((folder) => folder !== undefined));
  const sections = await Promise.all([...packages].sort().map(noticeOf));
  return [`devhook ${version} contains the following packages.`, ...sections].join(`\n\n${"-".repeat(80)}\n\n`);
}

/**
 * @param {string} path
 * @returns {string | undefined} `node_modules/<name>` (the innermost), or undefined for a file of our own
 */
function packageFolderOf(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** @param {string} folder */
async function noticeOf(folder) {
  const manifest = await readManifest(join(ROOT, folder));
  const files = (await readdir(join(ROOT, folder))).filter((name) => /^(licen[cs]e|copying|notice)\b/i.test(name)).sort();
  if (files.length === 0 && manifest.license === undefined) throw new Error(`${folder} names no licence`);
  const texts = await Promise.all(files.map((name) => readFile(join(ROOT, folder, name), "utf8")));
  return [`${manifest.name} ${manifest.version} (${manifest.license ?? "see below"})`, ...texts.map((text) => text.trim())].join("\n\n");
}

/** @param {string} folder */
async function readManifest(folder) {
  return /** @type {{ name: string, version: string, license?: string }} */ (
    JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
  );
}
