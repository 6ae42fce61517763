// Text analysis of the search index: lower-cased runs of letters, digits and marks; ideographs
// stand alone (close 5.5, "Tokens" and "Case").

const IDEOGRAPH = '\\p{Script=Han}\\p{Script=Hiragana}';
const PART = '\\p{L}\\p{N}\\p{M}';
const TOKEN = new RegExp(`[${IDEOGRAPH}]|[${PART}]+?(?=[${IDEOGRAPH}]|[^${PART}]|$)`, 'gu');

export function fold(text, { caseSensitive = false, diacritics = 'keep' } = {}) {
  const out = diacritics === 'fold' ? text.normalize('NFD').replace(/\p{M}/gu, '') : text;
  return caseSensitive ? out : out.toLowerCase();
}

export function tokensOf(text, options) {
  return fold(text, options).match(TOKEN) ?? [];
}

// Does `words` occur in sequence? The last word may be a prefix.
export function containsPhrase(tokens, words, lastIsPrefix = false) {
  const n = words.length;
  if (n === 0) return false;
  for (let at = 0; at + n <= tokens.length; at++) {
    let k = 0;
    while (k < n - 1 && tokens[at + k] === words[k]) k++;
    if (k < n - 1) continue;
    const last = tokens[at + k];
    if (lastIsPrefix ? last.startsWith(words[k]) : last === words[k]) return true;
  }
  return false;
}

// The modes of a text condition (close 5.3), over one value.
export function textMatcher(mode, value, options) {
  if (mode === 'exact_value') {
    const same = { ...options, caseSensitive: options.exactCase === 'sensitive' };
    const wanted = fold(value, same);
    return (text) => text.length <= options.exactMax && fold(text, same) === wanted;
  }
  const words = tokensOf(value, options);
  // A query without a single token matches nothing, as usual with a full-text index.
  if (words.length === 0) return () => false;
  if (mode === 'phrase') return (text) => containsPhrase(tokensOf(text, options), words);
  if (mode === 'full_words' || options.wholeWordsOnly) {
    return (text) => {
      const tokens = new Set(tokensOf(text, options));
      return words.every((word) => tokens.has(word));
    };
  }
  return (text) => {
    const tokens = tokensOf(text, options);
    return words.every((word) => tokens.some((token) => token.startsWith(word)));
  };
}
