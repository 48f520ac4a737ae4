/** What every guest page shares: sentences, panels, brand, the live region, offline note and form errors. */

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

const title = document.title;
const live = document.getElementById("live");
const offline = document.getElementById("offline");

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

export function showTenant(tenant) {
  const brand = document.getElementById("brand");
  const [logo, tile] = [brand.querySelector("[data-f=logo]"), brand.querySelector("[data-f=tile]")];
  brand.querySelector("[data-f=name]").textContent = tenant.name;
  logo.hidden = !tenant.logo_url;
  tile.hidden = !logo.hidden;
  tile.textContent = [...tenant.name][0].toUpperCase();
  if (tenant.logo_url) logo.src = tenant.logo_url;
  paint(tenant.accent);
  showSupport(tenant);
}

function showSupport({ name, support }) {
  const foot = document.getElementById("support");
  const [ask, phone, email] = ["ask", "phone", "email"].map((part) => foot.querySelector(`[data-f=${part}]`));
  say(ask, "shell.support", { name });
  phone.hidden = !support?.phone;
  email.hidden = !support?.email;
  if (support?.phone) [phone.textContent, phone.href] = [support.phone, `tel:${support.phone.replace(/[^\d+]/g, "")}`];
  if (support?.email) [email.textContent, email.href] = [support.email, `mailto:${support.email}`];
}

const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
const SURFACES = { light: ["#ffffff", "#f6f7f8", "#eef1f3", "#eaf3ff"], dark: ["#11161b", "#1a2128", "#222b33", "#1b2c44"] };

/** The bar takes the accent as it is; buttons and links take it as dark or light as reading needs. */
function paint(accent) {
  if (!/^#[0-9a-f]{6}$/i.test(accent ?? "")) return;
  const style = document.documentElement.style;
  style.setProperty("--accent", accent);
  style.setProperty("--on-accent", readableOn(accent));
  for (const theme of ["light", "dark"]) {
    const action = readable(accent, theme);
    style.setProperty(`--action-${theme}`, action);
    style.setProperty(`--action-${theme}-hover`, mix(action, theme === "light" ? BLACK : WHITE, 0.15));
    style.setProperty(`--on-action-${theme}`, readableOn(action));
  }
}

/** A colour towards black (light theme) or white (dark) in steps of 2 % until it has 4.5:1 on every surface. */
function readable(colour, theme) {
  const towards = theme === "light" ? BLACK : WHITE;
  for (let step = 0; step < 50; step += 1) {
    const mixed = mix(colour, towards, step / 50);
    if (SURFACES[theme].every((surface) => contrast(mixed, surface) >= 4.5)) return mixed;
  }
  return mix(colour, towards, 1);
}

function readableOn(colour) {
  return contrast(colour, "#ffffff") >= contrast(colour, "#000000") ? "#ffffff" : "#000000";
}

function mix(colour, towards, share) {
  const parts = channels(colour).map((part, index) => Math.round(part + (towards[index] - part) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = channels(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
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
