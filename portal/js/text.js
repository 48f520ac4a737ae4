/** Sentences of the page's language, and filling marked-up parts with values. */

const table = new Map();
for (const item of document.getElementById("strings").content.children) {
  table.set(item.dataset.s, item.textContent);
}

/** The language tag of the page, for Intl. */
export const locale = document.documentElement.lang;

const plurals = new Intl.PluralRules(locale);

/**
 * The sentence of a key with its {placeholders} replaced.
 * @param {string} key
 * @param {Record<string, string>} [values]
 */
export function t(key, values = {}) {
  return sentence(key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** As t, choosing `key.one`, `key.other` … by the number, which is also the placeholder {count}. */
export function tn(key, count, values = {}) {
  const form = `${key}.${plurals.select(count)}`;
  const number = new Intl.NumberFormat(locale).format(count);
  return t(table.has(form) ? form : `${key}.other`, { count: number, ...values });
}

/** Write a sentence into an element; each value stands in a <bdi>, so that it keeps its own direction. */
export function say(element, key, values = {}) {
  const parts = sentence(key).split(/\{(\w+)\}/g);
  element.replaceChildren(...parts.map((part, index) => (index % 2 ? isolated(values[part] ?? "") : part)));
}

/** Fill each element below `root` marked data-f="name" with the text of that name. */
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const element of root.querySelectorAll(`[data-f="${name}"]`)) element.textContent = value;
  }
}

function sentence(key) {
  return table.get(key) ?? key;
}

function isolated(value) {
  const element = document.createElement("bdi");
  element.textContent = value;
  return element;
}
