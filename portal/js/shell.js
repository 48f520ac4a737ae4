/** What every page shares: sentences, calls to the API, panels, brand, the live region, the offline note and form errors. */

const table = new Map();
for (const item of document.getElementById("strings").content.children) {
  table.set(item.dataset.s, item.textContent);
}

/** The language tag of the page, for Intl. */
export const locale = document.documentElement.lang;

const plurals = new Intl.PluralRules(locale);

/** The sentence of a key with its {placeholders} replaced. */
export function t(key, values = {}) {
  return sentence(key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** As t, choosing `key.one`, `key.other` … by the number, which is also the placeholder {count}. */
export function tn(key, count, values = {}) {
  const form = `${key}.${plurals.select(count)}`;
  const number = new Intl.NumberFormat(locale).format(count);
  return t(table.has(form) ? form : `${key}.other`, { count: number, ...values });
}

/** The sentence of {key, values, count}, counted where there is a count. */
export function sentenceOf({ key, values, count }) {
  return count === undefined ? t(key, values) : tn(key, count, values);
}

/** How long to wait after too many tries. */
export function waitText(seconds) {
  if (!seconds) return t("wait.later");
  return seconds > 90 ? tn("wait.minutes", Math.ceil(seconds / 60)) : tn("wait.seconds", seconds);
}

/** Write a sentence into an element; each value stands in a <bdi>, so that it keeps its own direction. */
export function say(element, key, values = {}) {
  const parts = sentence(key).split(/\{(\w+)\}/g);
  element.replaceChildren(...parts.map((part, index) => (index % 2 ? isolated(values[part] ?? "") : part)));
}

/** Fill each element below `root` marked data-f="name" with that value. */
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

/** No answer came: the network failed, time ran out, or what came was not an answer of ours. */
export class NoAnswer extends Error {}

/** For `.catch`: no answer is null, any other error stays one. */
export function orNull(error) {
  if (error instanceof NoAnswer) return null;
  throw error;
}

/** Call the API: any answer, good or refused, as {status, body, waitSeconds}, or NoAnswer is thrown. */
export async function call(method, path, { body, headers = {}, timeoutSeconds = 15 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutSeconds * 1000);
  try {
    const answer = await fetch(path, {
      method,
      headers: { accept: "application/json", ...(body && { "content-type": "application/json" }), ...headers },
      body,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: stop.signal,
    });
    return {
      status: answer.status,
      body: answer.status === 204 ? null : await answer.json(),
      waitSeconds: Number(answer.headers.get("retry-after")) || 0,
    };
  } catch (error) {
    throw new NoAnswer(path, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What a refusal says of fields: field → sentence. The API's own sentences are English; elsewhere a plain one of ours stands. */
export function fieldsOf(body) {
  const own = locale.startsWith("en");
  return Object.fromEntries((body?.errors ?? []).map(({ field, message }) => [field, own ? message : t("problem.field")]));
}

const title = document.title;
const live = document.getElementById("live");
const offline = document.getElementById("offline");

/** The same page in another language: what stands behind its address stays. */
for (const link of document.querySelectorAll("a[hreflang]")) {
  link.addEventListener("click", () => ([link.search, link.hash] = [location.search, location.hash]));
}

/** Show one panel and hide the others; `focus` moves the focus to its heading. */
export function showPanel(name, { focus = false } = {}) {
  for (const panel of document.querySelectorAll("[data-panel]")) {
    panel.hidden = panel.dataset.panel !== name;
    if (!panel.hidden && focus) panel.querySelector("[tabindex='-1']")?.focus();
  }
}

export function panel(name) {
  return document.querySelector(`[data-panel="${name}"]`);
}

export function announce(text) {
  live.textContent = text;
}

/** Show the offline note while the network is away; `back` runs once it returns. */
export function watchNetwork(back) {
  const show = () => (offline.hidden = navigator.onLine);
  show();
  addEventListener("offline", show);
  addEventListener("online", () => {
    show();
    back();
  });
}

/* The company whose colours brand.js has painted already. */
if (duebookBrand.cached) showBrand(duebookBrand.cached);

/** Show whose page this is, and keep it for the next page. */
export function showTenant(tenant) {
  showBrand(tenant);
  duebookBrand.keep(tenant);
  showContact(document.getElementById("support"), "shell.support", tenant);
}

function showBrand({ name, logo_url: address }) {
  const brand = document.getElementById("brand");
  const [logo, tile] = [brand.querySelector("[data-f=logo]"), brand.querySelector("[data-f=tile]")];
  brand.querySelector("[data-f=name]").textContent = name;
  logo.hidden = !address;
  tile.hidden = !logo.hidden;
  tile.textContent = [...name][0].toUpperCase();
  if (address) logo.src = address;
}

/** Write into `root` a sentence that names the company, and its phone and email beside it. */
export function showContact(root, key, { name, support }) {
  const [ask, phone, email] = ["ask", "phone", "email"].map((part) => root.querySelector(`[data-f=${part}]`));
  say(ask, key, { name });
  phone.hidden = !support?.phone;
  email.hidden = !support?.email;
  if (support?.phone) [phone.textContent, phone.href] = [support.phone, `tel:${support.phone.replace(/[^\d+]/g, "")}`];
  if (support?.email) [email.textContent, email.href] = [support.email, `mailto:${support.email}`];
}

/** Mark one field wrong with a sentence, or right again with null. */
export function markField(id, message) {
  const [input, line] = [document.getElementById(id), document.getElementById(`${id}-error`)];
  const described = [document.getElementById(`${id}-hint`) && `${id}-hint`, message && line.id].filter(Boolean);
  line.textContent = message ?? "";
  line.hidden = !message;
  input.toggleAttribute("aria-invalid", false);
  if (message) input.setAttribute("aria-invalid", "true");
  if (described.length) input.setAttribute("aria-describedby", described.join(" "));
  else input.removeAttribute("aria-describedby");
}

/** Show what is wrong with a form, field id → sentence: the summary gets the focus, each field its line. */
export function showProblems(summary, problems, fields) {
  for (const id of fields) markField(id, problems[id]);
  const entries = Object.entries(problems);
  summary.querySelector("ul").replaceChildren(...entries.map(([id, message]) => summaryLine(id, message)));
  summary.hidden = entries.length === 0;
  document.title = entries.length ? t("form.error-title", { title }) : title;
  if (entries.length) summary.focus();
}

/** Check a field again on each change once it was found wrong. */
export function recheck(ids, check) {
  for (const id of ids) {
    document.getElementById(id).addEventListener("input", (event) => {
      if (event.target.getAttribute("aria-invalid") === "true") markField(id, check()[id]);
    });
  }
}

function summaryLine(id, message) {
  const item = document.getElementById("error-item").content.cloneNode(true);
  const link = item.querySelector("a");
  link.textContent = message;
  link.href = `#${id}`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(id).focus();
  });
  return item;
}

/** Digits that pass a card's check sum: never sent anywhere but to the processor's field. */
export function looksLikeCardNumber(text) {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (1 + (place % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
