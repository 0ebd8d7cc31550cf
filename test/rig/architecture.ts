import { posix } from "node:path";

/**
 * Who may import whom. A row speaks for the files whose path begins with `of`; the longest row that fits a file decides. Entries of
 * `may` are beginnings of paths (`shared/http/`); a room may always import itself. Node's own modules are open to all but `pure` rows,
 * packages are in {@link PACKAGES}.
 */
type Room = {
  readonly of: string;
  readonly may: readonly string[];
  /** values in, values out: no Node module, no package, of its own room types only */
  readonly pure?: true;
};

/** What any room of the relay may need. */
const RELAY_LEAVES = ["shared/", "server/log.ts", "server/loopback.ts"];

const ROOMS: readonly Room[] = [
  // what both ends agree on: leaves first
  { of: "shared/errors.ts", may: [] },
  { of: "shared/ids.ts", may: [] },
  { of: "shared/clock.ts", may: [] },
  { of: "shared/version.ts", may: [] },
  { of: "shared/", may: ["shared/errors.ts", "shared/base32.ts"] },
  { of: "shared/http/", may: ["shared/errors.ts"] },
  { of: "shared/wire/", may: ["shared/http/", "shared/errors.ts", "shared/ids.ts"] },
  { of: "shared/sqlite/", may: ["shared/errors.ts", "shared/private-folder.ts"] },
  { of: "shared/signatures/", may: ["shared/http/", "shared/errors.ts"] },
  { of: "shared/providers/", may: ["shared/signatures/"] },
  { of: "shared/catalogue/", may: ["shared/providers/", "shared/signatures/", "shared/http/", "shared/errors.ts"] },

  // the relay: a delivery goes ingress -> deliveries -> links, and comes back as a return value
  { of: "server/log.ts", may: ["shared/"] },
  { of: "server/loopback.ts", may: ["shared/"] },
  { of: "server/tunnels/", may: RELAY_LEAVES },
  { of: "server/journal/", may: RELAY_LEAVES },
  { of: "server/links/", may: [...RELAY_LEAVES, "server/tunnels/"] },
  { of: "server/deliveries/", may: [...RELAY_LEAVES, "server/links/", "server/journal/", "server/tunnels/"] },
  { of: "server/ingress/", may: [...RELAY_LEAVES, "server/deliveries/", "server/tunnels/"] },
  { of: "server/control/", may: [...RELAY_LEAVES, "server/deliveries/", "server/links/", "server/tunnels/", "server/journal/"] },
  { of: "server/commands/", may: ["shared/", "server/"] },
  { of: "server/", may: ["shared/", "server/"] },

  // the client: session -> ledger -> forwarder; screens read beside the trunk
  { of: "client/settings/", may: ["shared/"] },
  { of: "client/forwarder/", may: ["shared/"] },
  { of: "client/ledger/", may: ["shared/", "client/filter/"] },
  { of: "client/verifying/", may: ["shared/"] },
  { of: "client/filter/", may: ["shared/"] },
  {
    of: "client/export/",
    may: [
      "shared/http/",
      "shared/signatures/",
      "shared/errors.ts",
      "client/ledger/records.ts",
      "client/settings/",
      "client/inspect/",
      "client/output/short-size.ts",
    ],
  },
  { of: "client/compare/", may: ["shared/http/", "shared/signatures/json-text.ts", "client/ledger/records.ts"] },
  { of: "client/inspect/", may: ["shared/http/", "shared/providers/", "client/output/short-size.ts"] },
  { of: "client/inspect/bodies/", may: ["client/inspect/sanitize.ts"] },
  { of: "client/output/short-size.ts", may: [] },
  { of: "client/output/", may: ["shared/http/", "shared/signatures/", "shared/errors.ts", "client/inspect/"] },
  {
    of: "client/resending/",
    may: ["shared/", "client/ledger/", "client/forwarder/", "client/verifying/", "client/settings/", "client/compare/"],
  },
  { of: "client/output/words/", may: ["shared/signatures/", "shared/catalogue/describe.ts", "client/inspect/"] },
  { of: "client/owed/", may: ["shared/", "client/ledger/", "client/resending/", "client/verifying/"] },
  { of: "client/session/", may: ["shared/", "client/ledger/", "client/forwarder/", "client/verifying/"] },
  { of: "client/terminal/", may: ["client/inspect/sanitize.ts"] },
  {
    of: "client/tui/",
    may: ["shared/", "client/terminal/", "client/inspect/", "client/compare/", "client/ledger/records.ts", "client/output/"],
  },
  // lines of text: values in, styled lines out
  {
    of: "client/tui/frame/",
    may: [
      "shared/signatures/time.ts",
      "client/terminal/cut-line.ts",
      "client/output/clock-time.ts",
      "client/tui/model.ts",
      "client/tui/theme.ts",
      "client/tui/key",
    ],
  },
  {
    of: "client/tui/list/",
    may: [
      "client/terminal/cut-line.ts",
      "client/output/clock-time.ts",
      "client/tui/frame/",
      "client/tui/model.ts",
      "client/tui/theme.ts",
      "client/tui/keys.ts",
    ],
  },
  { of: "client/screen/", may: ["shared/", "client/"] },
  {
    of: "client/tui/typing/",
    may: ["client/terminal/cut-line.ts", "client/inspect/sanitize.ts", "client/tui/model.ts", "client/tui/theme.ts", "client/tui/keys.ts"],
    pure: true,
  },
  {
    of: "client/tui/overlays/",
    may: [
      "client/terminal/cut-line.ts",
      "client/inspect/sanitize.ts",
      "client/output/clock-time.ts",
      "client/output/short-size.ts",
      "client/tui/overlays/",
      "client/tui/typing/",
      "client/tui/frame/",
      "client/tui/model.ts",
      "client/tui/theme.ts",
      "client/tui/key",
    ],
    pure: true,
  },
  { of: "client/tunnel/", may: ["shared/", "client/"] },
  { of: "client/commands/", may: ["shared/", "client/"] },
  { of: "client/", may: ["shared/", "client/"] },

  // state machines know no clock, no socket and no package
  { of: "server/deliveries/states.ts", may: ["shared/"], pure: true },
  { of: "client/session/states.ts", may: ["shared/"], pure: true },
  { of: "client/owed/states.ts", may: ["client/ledger/records.ts", "client/ledger/final-status.ts"], pure: true },
  { of: "client/owed/should-resign.ts", may: ["shared/signatures/"], pure: true },
  { of: "client/tui/state/", may: ["shared/", "client/tui/"], pure: true },
];

/** Each package lives in one room, so that another can take its place there. Whatever is not listed is in no product file. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": ["shared/sqlite/"],
  ws: ["server/links/", "client/session/dial.ts"],
  hono: ["server/control/"],
  "@hono/node-server": ["server/control/"],
  "prom-client": ["server/control/"],
  pino: ["server/"],
  zod: ["server/", "client/", "shared/"],
  commander: ["client/main.ts", "client/commands/", "server/commands/"],
  undici: ["client/forwarder/"],
  ink: ["client/tui/panes/ink-frames.tsx"],
  react: ["client/tui/panes/ink-frames.tsx"],
  "string-width": ["client/terminal/"],
};

/**
 * Rooms with a door: what is not used is not loaded. One file enters by `import()`, or one room does as it likes, because it is loaded in that way itself.
 * `types`: types may be taken from it anywhere, since nothing is loaded for them.
 */
type Door = { readonly into: string; readonly from: string; readonly types?: true };

const DOORS: readonly Door[] = [
  { into: "server/", from: "client/main.ts" },
  { into: "client/screen/", from: "client/tunnel/surface.ts", types: true },
  { into: "client/tui/", from: "client/screen/", types: true },
];

/** What makes a program depend on the moment or end it: parameters everywhere else. */
const WORLD =
  /\bprocess\.(?:exit|exitCode|on|once|off|abort|kill)\b|\bconsole\.|\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b/g;
const WORLDLY = ["client/main.ts", "client/output/", "client/ledger/writer-thread.ts", "shared/clock.ts", "shared/ids.ts"];

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = ["utils", "util", "helpers", "helper", "common", "manager", "service", "types", "misc"];
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;
/** Both ends have commands of their own. */
const SHARED_FOLDER_NAMES = ["commands"];

type Import = { readonly target: string; readonly dynamic: boolean; readonly type: boolean };

/**
 * What is wrong with one product file.
 * @param path from the project's root, with forward slashes
 * @returns one sentence a fault
 */
export function faultsOfFile(path: string, source: string): readonly string[] {
  const code = withoutComments(source);
  const world = WORLDLY.some((allowed) => path.startsWith(allowed)) ? [] : [...code.matchAll(WORLD)].map(([text]) => text);
  return [
    ...importsOf(path, code).flatMap((found) => faultOfImport(path, found) ?? []),
    ...world.map((text) => `${path}: ${text} belongs to ${WORLDLY.join(", ")}; take it as a parameter`),
  ];
}

/** What is wrong with the names and places of product files. */
export function faultsOfTree(paths: readonly string[]): readonly string[] {
  const faults: string[] = [];
  const homes = new Map<string, string>();
  for (const path of paths) {
    const segments = path.split("/");
    for (const segment of segments) {
      if (!KEBAB.test(segment)) faults.push(`${path}: ${segment} is not kebab-case`);
      const stem = segment.split(".")[0] ?? "";
      if (EMPTY_NAMES.includes(stem)) faults.push(`${path}: ${stem} does not say what is inside`);
    }
    const folder = posix.dirname(path);
    const name = posix.basename(folder);
    const home = homes.get(name) ?? folder;
    homes.set(name, home);
    if (home !== folder && !SHARED_FOLDER_NAMES.includes(name)) faults.push(`${folder}: ${home} has the same name`);
    const room = roomOf(path);
    if (segments.length > 2 && (room === undefined || room.of.split("/").length < 3))
      faults.push(`${folder}: a room without a row in the table`);
  }
  return [...new Set(faults)];
}

/** Static and dynamic imports, re-exports and require calls; relative targets as paths from the root. */
function importsOf(path: string, code: string): readonly Import[] {
  const found: Import[] = [];
  const add = (target: string, kind: Omit<Import, "target">): void => {
    const resolved = target.startsWith(".") ? posix.join(posix.dirname(path), target) : target;
    found.push({ target: resolved, ...kind });
  };
  for (const [, type, target = ""] of code.matchAll(/^\s*(?:import|export)\b(\s+type\b)?(?:[^;"'`()]*?\bfrom)?\s*["']([^"']+)["']/gm)) {
    add(target, { dynamic: false, type: type !== undefined });
  }
  for (const [, target = ""] of code.matchAll(/\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g))
    add(target, { dynamic: true, type: false });
  return found;
}

function faultOfImport(path: string, { target, dynamic, type }: Import): string | undefined {
  const room = roomOf(path);
  if (room === undefined) return `${path}: in no room of the table`;
  const isOurs = /^(?:shared|server|client)\//.test(target);
  if (!isOurs && /^(?:\.\.|test\/)/.test(target)) return `${path} imports ${target}, which is not part of the product`;
  if (!isOurs) return faultOfPackage(path, room, target, type);

  const door = DOORS.find(({ into }) => target.startsWith(into) && !path.startsWith(into));
  const isRoomOfDoor = door?.from.endsWith("/") === true && path.startsWith(door.from);
  if (door !== undefined && (isRoomOfDoor || (dynamic && path === door.from) || (type && door.types === true))) return undefined;
  if (door !== undefined) return `${path} imports ${target}: only ${door.from} may enter ${door.into}, by import()`;
  if (room.of === "shared/providers/" && target.startsWith("shared/signatures/") && !type) return `${path} imports ${target}: types only`;
  if (room.of === "shared/providers/" && target.startsWith(room.of) && !path.endsWith("/index.ts"))
    return `${path} imports ${target}: providers know each other by no means`;
  const home = room.of.endsWith("/") ? room.of : `${posix.dirname(room.of)}/`;
  const isOwnRoom = home.split("/").length > 2 && target.startsWith(home) && (room.pure !== true || type);
  if (isOwnRoom || room.may.some((allowed) => target.startsWith(allowed))) return undefined;
  return `${path} imports ${target}: ${room.of} may import ${room.may.join(", ") || "nothing of ours"}`;
}

function faultOfPackage(path: string, room: Room, target: string, type: boolean): string | undefined {
  if (target.startsWith("node:")) return room.pure === true ? `${path} imports ${target}: ${room.of} is pure` : undefined;
  const name = target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
  const rooms = PACKAGES[name];
  if (rooms === undefined) return `${path} imports ${name}: not a package of the product`;
  if (room.pure === true && !type) return `${path} imports ${name}: ${room.of} is pure`;
  if (rooms.some((allowed) => path.startsWith(allowed))) return undefined;
  return `${path} imports ${name}: it belongs to ${rooms.join(", ")}`;
}

function roomOf(path: string): Room | undefined {
  return ROOMS.filter(({ of }) => path.startsWith(of)).sort((a, b) => b.of.length - a.of.length)[0];
}

/** The code with comments blanked; strings that look like comments are rare enough not to matter here. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[^:"'`\\])\/\/.*$/gm, "$1");
}
