import { z } from "zod";
import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import { type OwnProvider, readOwnProvider } from "../../shared/catalogue/own-provider.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { ConfigFileKind, ConfigIssue } from "./config-file.ts";
import { type Field, fieldNames, fields, type FieldName, type FieldValues } from "./fields.ts";
import { nearest } from "./nearest.ts";
import { readUi, type UiValues } from "./ui-settings.ts";

/** Names that mean an existing setting. */
const ALIASES: ReadonlyMap<string, FieldName> = new Map([["forwardTo", "target"]]);
/** What a file in a repository must not decide for whoever clones it. */
const SECRET_KEYS = new Set(["token", "tokens", "secret", "secrets"]);

/** Checks the content of a configuration file. Values are those that are accepted, also when others are not. */
export function validateConfig(
  kind: ConfigFileKind,
  json: unknown,
): {
  readonly values: FieldValues;
  readonly ui: UiValues;
  readonly ownProviders: readonly Provider[];
  readonly issues: readonly ConfigIssue[];
} {
  if (!isObject(json)) {
    const issue = { at: "", message: "is not an object", accepts: '{ "target": 8000 } and the like' };
    return { values: {}, ui: {}, ownProviders: [], issues: [issue] };
  }

  // from the JSON itself: zod leaves out a key like __proto__, which should be refused
  const keys = Object.entries(json as object) as readonly (readonly [string, unknown])[];
  const issues: ConfigIssue[] = [];
  const given: Record<string, unknown> = {};
  const ownProviders: Provider[] = [];
  let ui: UiValues = {};
  for (const [key, value] of keys) {
    if (key === PROVIDERS) {
      const read = readProviders(kind, value);
      ownProviders.push(...read.ownProviders);
      issues.push(...read.issues);
      continue;
    }
    if (key === UI) {
      const read = readUi(value);
      ui = read.ui;
      issues.push(...read.issues);
      continue;
    }
    const refusal = refusalOf(kind, key, keys);
    if (refusal === undefined) given[ALIASES.get(key) ?? key] = value;
    else issues.push(refusal);
  }
  const values: Record<string, unknown> = {};
  for (const name of fieldNames) {
    if (!(name in given)) continue;
    const parsed = schemas[name].safeParse(given[name]);
    if (parsed.success) values[name] = parsed.data;
    else issues.push({ at: name, message: "is not accepted", accepts: fields[name].accepts });
  }
  return { values, ui, ownProviders, issues };
}

/** The key under which a file describes providers of its own, by id. */
const PROVIDERS = "providers";
/** The key of what concerns the screen. */
const UI = "ui";

function readProviders(
  kind: ConfigFileKind,
  value: unknown,
): { readonly ownProviders: readonly Provider[]; readonly issues: readonly ConfigIssue[] } {
  if (!isObject(value)) {
    const accepts = "an object of providers by id; docs/signatures.md shows one";
    return { ownProviders: [], issues: [{ at: PROVIDERS, message: "is not an object", accepts }] };
  }
  const read = Object.entries(value).map(([id, json]) => ({
    id,
    own: kind === "project" ? withoutBuiltIn(id, readOwnProvider(id, json)) : readOwnProvider(id, json),
  }));
  return {
    ownProviders: read.flatMap(({ own }) => (own.kind === "provider" ? [own.provider] : [])),
    issues: read.flatMap(({ id, own }) =>
      own.kind === "invalid"
        ? own.issues.map((issue) => ({ ...issue, at: [PROVIDERS, id, issue.at].filter((part) => part !== "").join(".") }))
        : [],
    ),
  };
}

/** A project file may not stand in for a sender that devhook knows: it would be given the secrets that the user keeps for that one. */
function withoutBuiltIn(id: string, own: OwnProvider): OwnProvider {
  if (own.kind === "invalid") return own;
  const { aliases = [] } = own.provider;
  const taken = [id, ...aliases].find((name) => builtIn.find(name) !== undefined);
  if (taken === undefined) return own;
  const at = taken === id ? "" : `aliases[${aliases.indexOf(taken)}]`;
  return {
    kind: "invalid",
    issues: [
      {
        at,
        message: `${taken} is a sender that devhook knows, and a project file may not take its place`,
        accepts: "another name here, or this record in the user file",
      },
    ],
  };
}

const builtIn = createCatalogue();

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).safeParse(json).success;
}

const schemas = Object.fromEntries(fieldNames.map((name) => [name, schemaOf(fields[name])])) as Readonly<Record<FieldName, z.ZodType>>;

function schemaOf(field: Field<unknown>): z.ZodType {
  return z.unknown().transform((value, context) => {
    const parsed = field.parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: field.accepts });
    return z.NEVER;
  });
}

function refusalOf(kind: ConfigFileKind, key: string, all: readonly (readonly [string, unknown])[]): ConfigIssue | undefined {
  if (SECRET_KEYS.has(key)) {
    return {
      at: key,
      message: "cannot be set in a configuration file",
      accepts: "a token comes from `devhook login URL` or DEVHOOK_TOKEN",
    };
  }
  if (kind === "project" && key === "insecure") {
    return {
      at: key,
      message: "cannot be set by a project file: it would switch off certificate checks for everyone who clones the project",
      accepts: "--insecure, DEVHOOK_INSECURE=1, or the user file",
    };
  }
  const name = ALIASES.get(key);
  if (name !== undefined && all.some(([other]) => other === name))
    return { at: key, message: `and ${name} are the same setting`, accepts: "one of the two" };
  if (name !== undefined || fieldNames.some((each) => each === key)) return undefined;
  const near = nearest(key, [...fieldNames, ...ALIASES.keys(), PROVIDERS, UI]);
  const accepts = [...fieldNames, PROVIDERS, UI].join(", ");
  return { at: key, message: `is not a setting${near === undefined ? "" : `; did you mean ${near}?`}`, accepts };
}
