/** Money in minor units: writing it for people and reading what they type. No DOM, no floats. */

/* ISO 4217, list one. Intl follows CLDR, which drops the cents of some currencies (AFN, IQD …); the API does not. */
const NO_MINOR_UNIT = new Set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" "));
const THREE_DIGITS = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "));
const MAX_MINOR = 10 ** 13;

/** Digits of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. */
export function minorDigits(currency) {
  if (NO_MINOR_UNIT.has(currency)) return 0;
  return THREE_DIGITS.has(currency) ? 3 : 2;
}

/** 184783, "USD" → "$1,847.83" in the page's language. */
export function formatMoney(minor, currency, locale) {
  const options = { style: "currency", currency, ...fraction(currency) };
  return new Intl.NumberFormat(locale, options).format(decimalText(minor, currency));
}

/** 184783, "USD" → "1,847.83": as typed into a field, without the currency's sign. */
export function formatAmount(minor, currency, locale) {
  return new Intl.NumberFormat(locale, fraction(currency)).format(decimalText(minor, currency));
}

/** "USD" → "US Dollar" in the page's language. */
export function currencyName(currency, locale) {
  return new Intl.DisplayNames(locale, { type: "currency" }).of(currency);
}

/**
 * Read a typed amount. The currency's own sign may stand before or after it, thousands may be grouped as the language
 * does, and the decimal mark may be a point or a comma where that cannot be misread. Anything else is refused.
 * @returns {{minor: number} | {problem: "format" | "decimals" | "ambiguous" | "limit"}}
 */
export function parseAmount(text, currency, locale) {
  const plain = ungrouped(withoutSign(text.trim(), currency, locale), currency, marksOf(locale));
  if (plain.problem) return plain;
  const [, whole, decimals = ""] = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(plain.text) ?? [];
  if (whole === undefined) return { problem: "format" };
  const digits = minorDigits(currency);
  if (decimals.length > digits) return { problem: "decimals" };
  const minor = BigInt(whole + decimals.padEnd(digits, "0"));
  return minor > BigInt(MAX_MINOR) ? { problem: "limit" } : { minor: Number(minor) };
}

/**
 * An amount typed for a balance: {minor}, or what is wrong with it as the name of a sentence, its values, and a number if the
 * sentence counts.
 */
export function typedAmount(typed, payable, currency, locale) {
  const values = { limit: formatMoney(payable, currency, locale), example: formatAmount(payable, currency, locale), currency };
  const wrong = (key, count) => ({ problem: { key, values, count } });
  if (!typed.trim()) return wrong("amount.empty");
  const { minor, problem } = parseAmount(typed, currency, locale);
  if (problem === "decimals") return wrong("amount.decimals", minorDigits(currency));
  if (problem === "ambiguous") return wrong("amount.ambiguous");
  if (problem === "format") return wrong("amount.format");
  if (problem === "limit" || minor > payable) return wrong("amount.limit");
  return minor === 0 ? wrong("amount.zero") : { minor };
}

/** 425 cents → 4.25 in text: exact, for Intl, which takes decimal text. */
export function decimalText(minor, currency) {
  const digits = minorDigits(currency);
  const text = String(Math.abs(minor)).padStart(digits + 1, "0");
  const cut = text.length - digits;
  const sign = minor < 0 ? "-" : "";
  return sign + text.slice(0, cut) + (digits ? `.${text.slice(cut)}` : "");
}

function fraction(currency) {
  const digits = minorDigits(currency);
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

function marksOf(locale) {
  const parts = new Intl.NumberFormat(locale).formatToParts(12345678.5);
  const mark = (type) => parts.find((part) => part.type === type)?.value ?? "";
  return { decimal: mark("decimal"), group: mark("group") };
}

function withoutSign(text, currency, locale) {
  const parts = new Intl.NumberFormat(locale, { style: "currency", currency }).formatToParts(1);
  const signs = [parts.find((part) => part.type === "currency")?.value, currency];
  for (const sign of signs) {
    if (sign && text.startsWith(sign)) return text.slice(sign.length).trimStart();
    if (sign && text.endsWith(sign)) return text.slice(0, -sign.length).trimEnd();
  }
  return text;
}

/** Turn grouping off and the decimal mark into a point; what has no comma or blank inside stays as it is. */
function ungrouped(text, currency, { decimal, group }) {
  const blanks = /[\s\u00a0\u202f]/g;
  const grouping = blanks.test(group) ? " " : group;
  const typed = text.replace(blanks, " ");
  const marks = [...new Set(typed.match(/[., ]/g) ?? [])];
  if (marks.length === 0) return { text: typed };
  if (marks.length === 2) return twoMarks(typed, grouping);
  if (marks.length > 2) return { problem: "format" };
  const [mark] = marks;
  const wellGrouped = mark === grouping && isGrouped(typed, mark);
  if (mark === decimal || !wellGrouped) {
    if (mark === " " || typed.split(mark).length > 2) return { problem: "format" };
    return { text: typed.replace(mark, ".") };
  }
  if (mark !== " " && minorDigits(currency) === 3 && typed.split(mark).length === 2) return { problem: "ambiguous" };
  return { text: typed.replaceAll(mark, "") };
}

/** "1,847.83": the first mark groups, the last one, once, is the decimal mark. */
function twoMarks(typed, grouping) {
  const last = typed.search(/[., ](?=[^., ]*$)/);
  const [whole, mark] = [typed.slice(0, last), typed[last]];
  const inner = whole.match(/[., ]/)?.[0];
  if (mark === " " || inner !== grouping || !isGrouped(whole, inner)) return { problem: "format" };
  return { text: `${whole.replaceAll(inner, "")}.${typed.slice(last + 1)}` };
}

function isGrouped(text, mark) {
  const [first, ...rest] = text.split(mark);
  return /^\d{1,3}$/.test(first) && rest.length > 0 && rest.every((part) => /^\d{3}$/.test(part));
}
