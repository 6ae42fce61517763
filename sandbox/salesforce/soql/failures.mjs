// Refusals of a query (salesforce §2.2, §2.4). `at` is an offset in the text of the query.

import { ApiError } from '../errors.mjs';

const WINDOW = 80;

// The line of the query around an offset, with a caret below it.
export function located(text, at, message) {
  const before = text.slice(0, at);
  const row = before.split('\n').length;
  const lineStart = before.lastIndexOf('\n') + 1;
  const newline = text.indexOf('\n', at);
  const column = at - lineStart + 1;
  const from = Math.max(lineStart, at - WINDOW);
  const to = Math.min(newline < 0 ? text.length : newline, at + WINDOW);
  return `\n${text.slice(from, to)}\n${' '.repeat(at - from)}^\n`
    + `ERROR at Row:${row}:Column:${column}\n${message}`;
}

export function refused(code, message) {
  return new ApiError(400, code, message);
}

export function malformed(message) {
  return refused('MALFORMED_QUERY', message);
}

export function malformedAt(text, at, message) {
  return malformed(located(text, at, message));
}
