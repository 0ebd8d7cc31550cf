import { z } from "zod";
import { PARTS, type Section, SECTIONS } from "./shapes.ts";

const HEAD = `# JSON

What each command prints with \`--json\`, for scripts and other tools. This page is made from the schemas in test/client/commands/json, which a test holds
against the real output of every command; the examples are that output, with times, ids, ports and the like replaced by steady ones, and broken into lines.

- stdout holds JSON and nothing else: one document, or one object a line. Warnings and errors go to stderr, in words; a command that fails may leave stdout
  empty, and says why by its exit code (docs/errors.md).
- Names and meanings stay. Members may be added: ignore what you do not know.
- \`time\` is ISO 8601 in UTC with milliseconds (\`2026-11-21T14:02:31.000Z\`); \`id\` a UUID, by which deliveries of one tunnel sort as they came; \`base64\` any
  bytes; \`date\` a day. Times that are numbers are in milliseconds where the name is \`ms\` or ends with \`Ms\`, in seconds elsewhere. Sizes are bytes.
- \`a.b\` is the member \`b\` of the object \`a\`, \`a[].b\` that of each object in the list \`a\`. "Optional" members may be left out, others never are.
`;

/** Characters of a line of an example. */
const WIDTH = 140;

/** The text of docs/json.md. @param examples a value of each shape, by its name */
export function jsonPage(examples: ReadonlyMap<string, unknown>): string {
  const sections = SECTIONS.map((section) => sectionText(section, examples));
  const parts = PARTS.map((schema) => `### ${titleOf(schema) ?? ""}\n\n${tableOf(schema)}\n`);
  return [HEAD, ...sections, "## Shared parts\n", ...parts].join("\n");
}

function sectionText({ commands, about, shapes }: Section, examples: ReadonlyMap<string, unknown>): string {
  const heading = `## ${commands.map((command) => (command.startsWith("export") ? command : `${command} --json`)).join(", ")}`;
  const blocks = shapes.flatMap(({ name, schema }) => {
    const isList = schema instanceof z.ZodArray;
    const title = shapes.length > 1 ? [`### ${name}`, ""] : [];
    const kind = isList ? ["A list of objects:", ""] : [];
    const example = ["```json", layOut(examples.get(name)), "```", ""];
    return [...title, ...kind, tableOf(isList ? (schema.element as z.ZodType) : schema), "", ...example];
  });
  return [heading, "", about, "", ...blocks].join("\n");
}

/** One member in the table of a shape. */
export type FieldRow = {
  /** names joined by dots, `[]` behind that of a list */
  readonly path: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly isNullable: boolean;
  readonly about: string;
};

/** The members of a shape, those of its objects and lists included; of a shared part only its name. */
export function fieldRows(schema: z.ZodType, prefix = ""): readonly FieldRow[] {
  if (schema instanceof z.ZodUnion) return variantRows(schema, prefix);
  if (!(schema instanceof z.ZodObject)) throw new Error("only objects have members");
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(([name, field]) => {
    const { inner, isOptional, isNullable } = unwrap(field);
    const path = `${prefix}${name}`;
    const about = field.description ?? inner.description ?? "";
    const row = { path, type: [typeOf(inner), ...(isNullable ? ["null"] : [])].join(" or "), isOptional, isNullable, about };
    return [row, ...rowsBelow(inner, path)];
  });
}

/** Objects that one member tells apart: each row says which have it. */
function variantRows(union: z.ZodUnion, prefix: string): readonly FieldRow[] {
  const variants = (union.options as readonly z.ZodType[]).filter((option) => option instanceof z.ZodObject);
  const key = Object.keys(variants[0]?.shape ?? {})[0] ?? "";
  const merged = new Map<string, { readonly row: FieldRow; readonly types: Set<string>; readonly of: string[] }>();
  for (const variant of variants) {
    const tag = typeOf((variant.shape as Readonly<Record<string, z.ZodType>>)[key] ?? z.never());
    for (const row of fieldRows(variant, prefix)) {
      const known = merged.get(row.path) ?? { row, types: new Set(), of: [] };
      known.types.add(row.type);
      known.of.push(tag);
      merged.set(row.path, known);
    }
  }
  return [...merged.values()].map(({ row, types, of }) => {
    const only = of.length === variants.length ? "" : `With \`${key}\` ${of.join(", ")}: `;
    return { ...row, type: [...types].join(" or "), about: `${only}${row.about}` };
  });
}

function rowsBelow(schema: z.ZodType, path: string): readonly FieldRow[] {
  if (titleOf(schema) !== undefined) return [];
  if (schema instanceof z.ZodArray) return rowsBelow(schema.element as z.ZodType, `${path}[]`);
  if (schema instanceof z.ZodObject) return fieldRows(schema, `${path}.`);
  if (!(schema instanceof z.ZodUnion)) return [];
  const own = (schema.options as readonly z.ZodType[]).filter((option) => titleOf(option) === undefined);
  if (schema instanceof z.ZodDiscriminatedUnion) return variantRows(schema, `${path}.`);
  return own.flatMap((option) => rowsBelow(option, path));
}

function unwrap(schema: z.ZodType): { readonly inner: z.ZodType; readonly isOptional: boolean; readonly isNullable: boolean } {
  if (schema instanceof z.ZodOptional) return { ...unwrap(schema.unwrap() as z.ZodType), isOptional: true };
  if (schema instanceof z.ZodNullable) return { ...unwrap(schema.unwrap() as z.ZodType), isNullable: true };
  return { inner: schema, isOptional: false, isNullable: false };
}

/** More values than this are told elsewhere. */
const MOST_VALUES = 12;
const FORMATS: Readonly<Record<string, string>> = { datetime: "time", date: "date", uuid: "id", base64: "base64" };

function typeOf(schema: z.ZodType): string {
  const title = titleOf(schema);
  if (title !== undefined) return `[${title}](#${title.replaceAll(" ", "-")})`;
  if (schema instanceof z.ZodEnum) {
    return schema.options.length > MOST_VALUES ? "string" : schema.options.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  }
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema instanceof z.ZodArray) {
    const element = schema.element as z.ZodType;
    return element instanceof z.ZodTuple ? "list of pairs of strings" : `list of ${typeOf(element)}`;
  }
  if (schema instanceof z.ZodUnion) return [...new Set((schema.options as readonly z.ZodType[]).map(typeOf))].join(" or ");
  if (schema instanceof z.ZodObject) return "object";
  if (schema instanceof z.ZodRecord) return "object with any names";
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodNumber) return schema.format === "safeint" ? "integer" : "number";
  if (schema instanceof z.ZodStringFormat) return FORMATS[schema.format ?? ""] ?? "string";
  if (schema instanceof z.ZodString) return "string";
  throw new Error(`the page has no word for ${schema.type}`);
}

function titleOf(schema: z.ZodType): string | undefined {
  return schema.meta()?.title;
}

function tableOf(schema: z.ZodType): string {
  const rows = fieldRows(schema).map(
    ({ path, type, isOptional, about }) => `| \`${path}\` | ${isOptional ? "optional " : ""}${type} | ${about} |`,
  );
  return ["| member | type | |", "|---|---|---|", ...rows].join("\n");
}

/** A value as JSON text whose lines are not too long, as a person would break them. */
function layOut(value: unknown, indent = ""): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= WIDTH || typeof value !== "object" || value === null) return line;
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item: unknown) => layOut(item, deeper))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${layOut(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${parts.map((part) => `${deeper}${part}`).join(",\n")}\n${indent}${close}`;
}
