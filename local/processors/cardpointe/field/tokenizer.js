/**
 * The simulated iframe tokenizer. It has no button: as soon as all fields are good and the person pauses or leaves a field, it
 * asks for a token and posts it to the page around it, as a JSON string:
 *
 *   {"message": "9411…", "expiry": "203012"}                                                     plain
 *   {"message": "9411…", "token": "9411…", "errorCode": "0", "errorMessage": "", "expiry": "…"}   enhancedresponse
 *   {"message": "", "validationError": "…"} | {"message": "", …, "errorCode": "1001", "errorMessage": "…"}
 *
 * Editing a field after that clears the others: what was typed serves one token.
 */

const query = new URLSearchParams(location.search);
const on = (name) => query.get(name)?.toLowerCase() === "true";
const by = (id) => document.getElementById(id);
const INACTIVE_MS = Number(query.get("inactivityto")) || 500;
const LONGEST = Number(query.get("cardinputmaxlength")) || 2000;
const YEARS = 20;
const MONTHS = "January February March April May June July August September October November December".split(" ");
const STYLES = new Set(
  `appearance background background-color border border-bottom border-color border-left border-radius border-right border-style border-top
   border-width box-shadow box-sizing color color-scheme display font font-family font-size font-style font-weight height letter-spacing
   line-height margin margin-bottom margin-left margin-right margin-top max-width min-height min-width opacity outline outline-offset
   padding padding-bottom padding-left padding-right padding-top text-align text-transform transition width`.split(/\s+/),
);
const SELECTOR = /^[a-zA-Z#.:\-\s,\d()[\]="]+$/;

const number = by("ccnumfield");
const cvv = by("cccvvfield");
const typedExpiry = on("useexpiryfield");
const month = by(typedExpiry ? "ccexpiryfieldmonth" : "ccexpirymonth");
const year = by(typedExpiry ? "ccexpiryfieldyear" : "ccexpiryyear");
const shown = [number, ...(on("useexpiry") ? [month, year] : []), ...(on("usecvv") ? [cvv] : [])];

let token = "";
let pause = 0;
let asked = 0;

const CHECKS = [
  {
    code: "1001",
    text: "Invalid card number",
    event: "invalidcreditcardevent",
    fields: [number],
    good: () => luhn(digits()) || /^\d{9}\/\d{4,17}$/.test(digits()),
  },
  { code: "1002", text: "Invalid CVV", event: "invalidcvvevent", fields: [cvv], good: () => /^\d{3,4}$/.test(cvv.value.trim()) },
  { code: "1003", text: "Invalid expiration date", event: "invalidexpiryevent", fields: [month, year], good: () => expiry() >= thisMonth() },
].filter((check) => check.fields.every((field) => shown.includes(field)));

function digits() {
  return number.value.replace(/[\s-]/g, "");
}

/** `YYYYMM`, or empty while month or year is missing or wrong. */
function expiry() {
  const typed = Number(month.value);
  return typed >= 1 && typed <= 12 && /^20\d\d$/.test(year.value) ? year.value + String(typed).padStart(2, "0") : "";
}

function thisMonth() {
  return new Date().toISOString().slice(0, 7).replace("-", "");
}

function luhn(typed) {
  if (!/^\d{13,19}$/.test(typed)) return false;
  let sum = 0;
  [...typed].reverse().forEach((char, index) => {
    const value = Number(char) * (index % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

function post(message) {
  if (window.parent !== window) window.parent.postMessage(JSON.stringify(message), "*");
}

function property() {
  return query.get("tokenpropname") || "message";
}

function tellToken() {
  const beside = on("useexpiry") ? { expiry: expiry() } : {};
  const plain = { [property()]: token };
  post(on("enhancedresponse") ? { ...plain, token, errorCode: "0", errorMessage: "", ...beside } : { ...plain, ...beside });
}

function tellFault(code, text) {
  const plain = { [property()]: "" };
  post(on("enhancedresponse") ? { ...plain, token: "", errorCode: code, errorMessage: text } : { ...plain, validationError: text });
}

function mark(check, good) {
  for (const field of check.fields) {
    field.classList.toggle("error", !good);
    field.setAttribute("aria-invalid", String(!good));
  }
}

/** Fields that are still empty are no mistake yet. */
function wrong() {
  return CHECKS.filter((check) => {
    const filled = check.fields.every((field) => field.value.trim());
    const good = check.good();
    mark(check, good || !filled);
    return filled && !good;
  });
}

async function attempt() {
  clearTimeout(pause);
  if (token) return;
  const faults = wrong();
  for (const fault of faults) {
    if (on(fault.event) || on("invalidinputevent")) tellFault(fault.code, fault.text);
  }
  if (!CHECKS.every((check) => check.good())) return;
  const mine = ++asked;
  const account = digits();
  try {
    const response = await fetch("/cardsecure/api/v1/ccn/tokenize", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        account,
        ...(on("useexpiry") ? { expiry: expiry() } : {}),
        ...(on("usecvv") ? { cvv: cvv.value.trim() } : {}),
        ...(on("unique") ? { unique: true } : {}),
      }),
      signal: AbortSignal.timeout(20_000),
    });
    const answer = await response.json();
    if (mine !== asked) return;
    if (!answer.token) {
      tellFault(String(answer.errorcode).padStart(4, "0"), answer.message);
      return;
    }
    token = answer.token;
    tellToken();
  } catch {
    if (mine === asked) tellFault("0065", "The service could not be reached");
  }
}

function edited(field) {
  asked += 1;
  if (!token) return;
  token = "";
  for (const other of shown) if (other !== field) other.value = "";
  if (on("invalidinputevent")) tellFault("1001", "Invalid card number");
}

function format() {
  if (on("cardnumbernumericonly")) number.value = number.value.replace(/[^\d\s/]/g, "");
  if (!on("formatinput") || number.value.includes("/") || document.activeElement !== number) return;
  if (number.selectionStart === number.value.length) number.value = digits().replace(/(\d{4})(?=\d)/g, "$1 ");
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

function fillLists() {
  const names = query.get("monthnames")?.split(",") ?? MONTHS;
  const texts = on("usemonthnames") ? names : MONTHS.map((_, at) => String(at + 1).padStart(2, "0"));
  const from = new Date().getFullYear();
  by("ccexpirymonth").append(
    option("", query.get("placeholdermonth") || "MM"),
    ...texts.slice(0, 12).map((text, at) => option(String(at + 1), text)),
  );
  by("ccexpiryyear").append(
    option("", query.get("placeholderyear") || "YYYY"),
    ...Array.from({ length: YEARS }, (_, at) => option(String(from + at), String(from + at))),
  );
}

function label(line, field, visible, name) {
  if (visible) {
    line.textContent = visible;
    line.hidden = false;
    line.htmlFor = field.id;
  } else {
    field.setAttribute("aria-label", name);
  }
}

/** Rules of the css option, with the properties that are allowed and no others. */
function restyle(text) {
  const given = new CSSStyleSheet();
  given.replaceSync(text);
  const kept = new CSSStyleSheet();
  for (const rule of given.cssRules) {
    if (!(rule instanceof CSSStyleRule) || !SELECTOR.test(rule.selectorText)) continue;
    const allowed = [...rule.style].filter((name) => isAllowed(name) && !/url\(/i.test(rule.style.getPropertyValue(name)));
    const lines = allowed.map((name) => `${name}: ${rule.style.getPropertyValue(name)} ${rule.style.getPropertyPriority(name) && "!important"}`);
    kept.insertRule(`${rule.selectorText} { ${lines.join("; ")} }`, kept.cssRules.length);
  }
  document.adoptedStyleSheets = [kept];
}

/** A shorthand comes apart into its longer names, such as border-top-color. */
function isAllowed(name) {
  return STYLES.has(name) || [...STYLES].some((allowed) => name.startsWith(`${allowed}-`));
}

function setUp() {
  number.maxLength = LONGEST;
  number.placeholder = query.get("placeholder") ?? "";
  cvv.placeholder = query.get("placeholdercvv") ?? "";
  month.placeholder = query.get("placeholdermonth") ?? "MM";
  year.placeholder = query.get("placeholderyear") ?? "YYYY";
  if (on("fullmobilekeyboard")) number.inputMode = "text";
  by("ccexpirymonth-part").hidden = by("ccexpiryyear-part").hidden = !on("useexpiry");
  by("cccvv-part").hidden = !on("usecvv");
  for (const field of ["ccexpirymonth", "ccexpiryyear"]) by(field).hidden = typedExpiry;
  for (const field of ["ccexpiryfieldmonth", "ccexpiryfieldyear"]) by(field).hidden = !typedExpiry;
  fillLists();
  label(by("cccardlabel"), number, query.get("cardlabel"), query.get("cardtitle") || "Card number");
  label(by("ccexpirylabel"), month, query.get("expirylabel"), query.get("expirymonthtitle") || "Expiration month");
  year.setAttribute("aria-label", query.get("expiryyeartitle") || "Expiration year");
  label(by("cccvvlabel"), cvv, query.get("cvvlabel"), query.get("cvvtitle") || "CVV");
  if (query.get("css")) restyle(query.get("css"));
  if (on("autofocus")) number.focus();
}

document.addEventListener("input", (event) => {
  edited(event.target);
  if (event.target === number) {
    format();
    if (on("sendcardtypingevent")) post({ cardTyping: true });
  }
  clearTimeout(pause);
  if (on("tokenizewheninactive")) pause = setTimeout(attempt, INACTIVE_MS);
});
document.addEventListener("change", () => attempt());
by("tokenform").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt();
});

setUp();
