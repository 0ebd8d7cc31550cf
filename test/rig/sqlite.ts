import { execFileSync } from "node:child_process";

/** Most that rows may be, bytes: a hundred bodies of 10 MiB in hexadecimal. */
const MOST_OUTPUT = 2_000_000_000;

/** Runs statements one after the other, each committed by itself, and prints the rows of all of them. */
const PROGRAM = `
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
rows = []
statement = ""
def run(sql):
    cursor = database.execute(sql)
    names = [column[0] for column in cursor.description or []]
    for row in cursor:
        rows.append({name: value.hex() if isinstance(value, bytes) else value for name, value in zip(names, row)})
for piece in sys.argv[2].split(";"):
    statement += piece + ";"
    if sqlite3.complete_statement(statement):
        run(statement)
        statement = ""
run(statement)
database.close()
json.dump(rows, sys.stdout)
`;

/**
 * Runs SQL with the SQLite of python3: a reader of the product's files that is not the product's. Waits up to 10 s for a lock.
 * @param sql one statement or several, with ";" between them
 * @returns the rows of all statements as objects; blobs are hexadecimal
 * @throws when SQLite refuses; the message has its words
 */
export function sqlite(database: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const text = execFileSync("python3", ["-I", "-S", "-c", PROGRAM, database, sql], {
    encoding: "utf8",
    maxBuffer: MOST_OUTPUT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return JSON.parse(text) as Readonly<Record<string, unknown>>[];
}
