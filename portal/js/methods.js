/** Saved cards and bank accounts: list, add in the processor's field, make default, remove. */

import { isExpired, methodName } from "./hosted-field.js";
import { listOf } from "./lists.js";
import { currencyName } from "./money.js";
import "./pay-elements.js";
import { api, openSession } from "./session.js";
import { announce, fill, locale, looksLikeCardNumber, recheck, say, showProblems, t } from "./shell.js";

const METHODS = "/api/portal/payment-methods";
const FIELDS = ["account_name", "postal_code", "consent"];
const TOKEN_WITHIN_MS = 15_000;

const byId = (id) => document.getElementById(id);
const [form, method, button, dialog, add] = ["new", "method", "save", "remove", "add"].map(byId);

/** What came, which one is being removed, and whether a token is awaited or the page is busy. */
const page = { accounts: [], consent: "", removing: null, opener: null, wanting: false, saving: false };

const { tenant, membership } = await openSession("manage_methods");
const list = listOf(byId("list"), load, show);

async function load() {
  const [methods, account] = await Promise.all([api("GET", METHODS), api("GET", "/api/portal/account")]);
  if (methods.ok && account.ok) page.accounts = account.body.currencies.filter((one) => one.can_pay);
  return methods.ok && !account.ok ? account : methods;
}

function show({ items, consent_text: consent }) {
  page.consent = consent;
  byId("methods").replaceChildren(...items.map(line));
  byId("cannot").hidden = page.accounts.length > 0;
  add.hidden = page.accounts.length === 0 || !form.hidden;
  say(byId("cannot").querySelector("[data-f=message]"), "methods.cannot", { tenant: tenant.name });
  return items.length;
}

function line(saved) {
  const item = byId("saved-method").content.firstElementChild.cloneNode(true);
  const [prefer, remove] = ["prefer", "remove"].map((part) => item.querySelector(`[data-part=${part}]`));
  const name = methodName(saved);
  const why = saved.flagged ? saved.flag_reason || t("method.flagged") : isExpired(saved) ? t("method.expired") : "";
  fill(item, { name, why, about: [saved.bank_name, currencyName(saved.currency, locale)].filter(Boolean).join(", ") });
  for (const icon of item.querySelectorAll("[data-type]")) icon.hidden = icon.dataset.type !== saved.type;
  item.querySelector("[data-part=default]").hidden = !saved.default;
  prefer.hidden = saved.default || why !== "";
  prefer.setAttribute("aria-label", t("methods.make-default-of", { method: name }));
  remove.setAttribute("aria-label", t("methods.remove-of", { method: name }));
  prefer.addEventListener("click", () => makeDefault(saved, prefer));
  remove.addEventListener("click", () => askToRemove(saved, remove));
  return item;
}

/** Say what was done, where it was done; the list is loaded anew. */
async function done(key, saved) {
  say(byId("done").querySelector("[data-f=message]"), key, { method: methodName(saved) });
  byId("done").hidden = false;
  announce(byId("done").textContent.trim());
  await list.refresh();
  byId(byId("methods").children.length ? "list-heading" : "title").focus();
}

async function makeDefault(saved, pressed) {
  if (pressed.getAttribute("aria-disabled") === "true") return;
  pressed.setAttribute("aria-disabled", "true");
  const { ok, problem } = await api("PUT", `${METHODS}/${saved.id}/default`);
  pressed.removeAttribute("aria-disabled");
  if (ok) return done("methods.defaulted", saved);
  return tell(problem.message);
}

function tell(message) {
  fill(byId("cannot"), { message });
  byId("cannot").hidden = false;
  byId("cannot").focus();
}

/* ---- remove ---- */

function askToRemove(saved, opener) {
  Object.assign(page, { removing: saved, opener });
  byId("remove-note").hidden = true;
  say(byId("remove-heading"), "methods.remove.heading", { method: methodName(saved) });
  dialog.showModal();
}

async function remove() {
  const yes = byId("remove-yes");
  if (yes.getAttribute("aria-disabled") === "true") return;
  work(yes, t("methods.removing"));
  const { ok, problem } = await api("DELETE", `${METHODS}/${page.removing.id}`);
  work(yes, null, t("methods.remove"));
  if (!ok && problem.status !== 404) {
    fill(byId("remove-note"), { message: problem.message });
    byId("remove-note").hidden = false;
    return;
  }
  page.opener = null;
  dialog.close();
  done("methods.removed", page.removing);
}

function work(pressed, label, rest) {
  pressed.textContent = label ?? rest;
  pressed.setAttribute("aria-disabled", String(label !== null));
}

byId("remove-yes").addEventListener("click", remove);
byId("remove-no").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => page.opener?.focus());

/* ---- add ---- */

function open() {
  const options = page.accounts.map(({ currency }) => new Option(currencyName(currency, locale), currency));
  form.elements.currency.replaceChildren(...options);
  byId("currency-part").hidden = options.length < 2;
  byId("done").hidden = true;
  form.hidden = false;
  add.hidden = true;
  offer();
  byId("new-heading").focus();
}

function offer() {
  const account = page.accounts.find(({ currency }) => currency === form.elements.currency.value);
  method.show(account.hosted_field, tenant, { keeping: page.consent, adding: true });
  method.payer = membership.customer_name;
}

function close() {
  method.rest();
  method.shown = undefined;
  form.reset();
  form.hidden = true;
  add.hidden = false;
  note(null);
  showProblems(byId("new-summary"), {}, FIELDS);
}

function problemsOfForm() {
  const problems = { ...method.problems };
  if (looksLikeCardNumber(form.elements.postal_code.value)) problems.postal_code = t("form.card-number");
  return problems;
}

function note(key, values) {
  const shown = byId("new-note");
  shown.hidden = !key;
  if (!key) return;
  say(shown.querySelector("[data-f=message]"), key, values);
  shown.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.busy || page.saving) return;
  const problems = problemsOfForm();
  note(null);
  method.wrong(null);
  showProblems(byId("new-summary"), problems, FIELDS);
  if (Object.keys(problems).length) return;
  if (method.isStale) return void method.decline("token_expired");
  if (method.order) return void save();
  if (!method.request()) return void method.wrong(t("method.not-ready"));
  page.wanting = true;
  button.work(t("pay.reading"));
  page.timer = setTimeout(rest, TOKEN_WITHIN_MS);
});

function rest() {
  clearTimeout(page.timer);
  page.wanting = false;
  if (!page.saving) button.show(t("methods.save"));
}

async function save() {
  page.saving = true;
  button.work(t("methods.saving"));
  const { token, type, account_kind: kind, account_name: name } = method.order;
  const { currency, postal_code: postalCode, default: preferred } = form.elements;
  const body = { token, type, currency: currency.value, consent: true, default: preferred.checked };
  if (kind) Object.assign(body, { account_kind: kind, account_name: name });
  if (postalCode.value.trim()) body.postal_code = postalCode.value.trim();
  const { ok, body: saved, problem } = await api("POST", METHODS, body, { timeoutSeconds: 30 });
  page.saving = false;
  rest();
  if (!ok) return refuse(problem);
  close();
  return done("methods.added", saved);
}

/** The token is used up. */
function refuse(problem) {
  method.decline(problem.body?.reason ?? "processor_error");
  if (problem.code === "method_refused") return;
  method.wrong(null);
  note("methods.refused", { reason: Object.values(problem.fields).join(" ") || problem.message });
}

method.addEventListener("method-ready", ({ detail }) => (byId("postal-part").hidden = detail.asksPostalCode));
method.addEventListener("method-change", rest);
method.addEventListener("method-token", () => {
  const { wanting } = page;
  rest();
  if (wanting) save();
});
method.addEventListener("method-error", ({ detail }) => {
  rest();
  if (detail.shown) announce(detail.message);
  else method.wrong(detail.message || t("method.not-ready"), { focus: false });
});
form.elements.currency.addEventListener("change", offer);
recheck(FIELDS, problemsOfForm);
add.addEventListener("click", open);
byId("cancel").addEventListener("click", () => {
  close();
  add.focus();
});
list.refresh();
