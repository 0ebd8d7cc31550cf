import { z } from "zod";
import type { ConfigFileKind, ConfigIssue } from "./config-file.ts";
import { type Field, fieldNames, fields, type FieldName, type FieldValues } from "./fields.ts";
import { nearest } from "./nearest.ts";

/** Names that mean an existing setting. */
const ALIASES: ReadonlyMap<string, FieldName> = new Map([["forwardTo", "target"]]);
/** What a file in a repository must not decide for whoever clones it. */
const SECRET_KEYS = new Set(["token", "tokens", "secret", "secrets"]);

/** Checks the content of a configuration file. Values are those that are accepted, also when others are not. */
export function validateConfig(
  kind: ConfigFileKind,
  json: unknown,
): { readonly values: FieldValues; readonly issues: readonly ConfigIssue[] } {
  if (!z.record(z.string(), z.unknown()).safeParse(json).success)
    return { values: {}, issues: [{ at: "", message: "is not an object", accepts: '{ "target": 8000 } and the like' }] };

  // from the JSON itself: zod leaves out a key like __proto__, which should be refused
  const keys = Object.entries(json as object) as readonly (readonly [string, unknown])[];
  const issues: ConfigIssue[] = [];
  const given: Record<string, unknown> = {};
  for (const [key, value] of keys) {
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
  return { values, issues };
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
  const near = nearest(key, [...fieldNames, ...ALIASES.keys()]);
  return { at: key, message: `is not a setting${near === undefined ? "" : `; did you mean ${near}?`}`, accepts: fieldNames.join(", ") };
}
