// Salesforce's own SOQL grammar. Unlike the package's front door, errors of the lexer count too.

import { malformedAt } from './failures.mjs';
import { load } from './packages.mjs';

let parts;

function grammar() {
  if (parts === undefined) {
    const base = '@salesforce/soql-common/lib/soql-parser';
    const { LowerCasingCharStream } = load(`${base}/soql-parser`);
    const { ParserHelper } = load(`${base}/parserHelper`);
    const { SoqlLexer } = load(`${base}/generated/SoqlLexer`);
    const { SoqlParser } = load(`${base}/generated/SoqlParser`);
    const { CommonTokenStream } = load('antlr4ts');
    parts = { LowerCasingCharStream, ParserHelper, SoqlLexer, SoqlParser, CommonTokenStream };
  }
  return parts;
}

class FirstError {
  constructor() {
    this.found = null;
  }

  syntaxError(recognizer, token, row, column, message) {
    this.found ??= { token, row, column, message };
  }
}

function offsetOf(text, row, column) {
  let start = 0;
  for (let line = 1; line < row; line++) start = text.indexOf('\n', start) + 1;
  return Math.min(start + column, text.length);
}

// A string that does not end, or that holds a bad escape, is reported by what is wrong with it.
function messageOf({ token, message }, text, at) {
  if (/escape|newline/i.test(message)) {
    return `Invalid string literal: ${message.toLowerCase()}`;
  }
  const shown = token?.text ?? text[at];
  return `unexpected token: '${shown}'`;
}

// The parse tree of a query; MALFORMED_QUERY when there is none.
export function parseTree(text, apiVersion) {
  const g = grammar();
  const lexer = new g.SoqlLexer(new g.LowerCasingCharStream(text));
  const parser = new g.SoqlParser(new g.CommonTokenStream(lexer));
  const errors = new FirstError();
  for (const part of [lexer, parser]) {
    part.removeErrorListeners();
    part.addErrorListener(errors);
  }
  parser.helper = new g.ParserHelper(false, apiVersion, false);
  const tree = parser.soqlQuery();
  if (errors.found) {
    const { row, column } = errors.found;
    const at = offsetOf(text, row, column);
    throw malformedAt(text, at, messageOf(errors.found, text, at));
  }
  return tree;
}
