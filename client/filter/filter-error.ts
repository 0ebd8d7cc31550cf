import { DevhookError } from "../../shared/errors.ts";

/** An expression that means nothing. `column` counts characters from 1. */
export class FilterError extends DevhookError {
  readonly column: number;

  /** @param fault what is wrong there @param expected what would be right */
  constructor(column: number, fault: string, expected: string) {
    super("usage", {
      what: `the filter is wrong at column ${column}: ${fault}`,
      why: `expected: ${expected}`,
      fix: "docs/filters.md has the language; a text with spaces, commas or colons stands in quotes",
    });
    this.column = column;
  }
}
