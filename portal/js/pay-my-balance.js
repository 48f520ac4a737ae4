/** The guest's payment page: find the balance, choose an amount, pay, wait for the outcome. */

import { lookUp, paymentsOf } from "./api.js";
import { alone, beginAttempt, endAttempt, isRecent, openAttempt, referenceOf, settle } from "./attempt.js";
import { currencyName, formatAmount, formatMoney, typedAmount as readAmount } from "./money.js";
import { forgetFind, loadBalance, showMiss, whenFound } from "./find-balance.js";
import "./pay-elements.js";
import {
  announce, fill, locale, looksLikeCardNumber, markField, orNull, panel, recheck, say, showPanel, sentenceOf, showProblems, showTenant, t,
  waitText,
} from "./shell.js";

const GUEST = "duebook.guest";
const FIELDS = ["amount", "name", "email", "account_name", "postal_code", "consent"];
const TOKEN_WITHIN_MS = 15_000;
const SERVER_FIELDS = { "payer.name": "name", "payer.email": "email", "payer.postal_code": "postal_code", amount: "amount" };

const byId = (id) => document.getElementById(id);
const [form, method, button] = ["pay", "method", "pay-button"].map(byId);
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("duebook.paid") : null;

/** Who is paying what, and whether the page is busy. */
const page = { guest: null, found: null, balance: null, paying: false, wanting: false };

const money = (minor, currency) => formatMoney(minor, currency, locale);

function showFound(guest, found, { focus = false } = {}) {
  Object.assign(page, { guest, found, wanting: false });
  rememberGuest();
  showTenant(found.tenant);
  fill(document, { customer: found.customer_name, tenant: found.tenant.name });
  const owed = found.balances.filter((balance) => balance.payable > 0);
  if (owed.length === 0) return showPanel("paid-up", { focus });
  const kept = owed.find(({ currency }) => currency === page.balance?.currency);
  const chosen = kept ?? owed.find((balance) => balance.can_pay) ?? owed[0];
  byId("currency-part").hidden = owed.length === 1;
  byId("currencies").replaceChildren(...owed.map((balance) => currencyChoice(balance, balance === chosen)));
  byId("other-tab").hidden = true;
  choose(chosen);
  showPanel("pay", { focus });
  return announce(t("pay.found", { balance: money(chosen.payable, chosen.currency) }));
}

function currencyChoice(balance, checked) {
  const choice = byId("currency-choice").content.cloneNode(true);
  const radio = choice.querySelector("input");
  fill(choice, { name: currencyName(balance.currency, locale), payable: money(balance.payable, balance.currency) });
  choice.querySelector("[data-f=cannot]").hidden = balance.can_pay;
  Object.assign(radio, { value: balance.currency, checked });
  radio.addEventListener("change", () => choose(balance));
  return choice;
}

/** Work on one balance: figures, amount, how (or whether) it can be paid. */
function choose(balance) {
  page.balance = balance;
  const payable = money(balance.payable, balance.currency);
  const label = balance.can_pay ? t("pay.balance") : t("pay.balance.open");
  fill(form.closest("[data-panel]"), { balance: payable, whole: payable, "balance-label": label });
  byId("online-only").hidden = !balance.can_pay;
  say(byId("amount-hint"), "pay.amount.hint", { payable });
  if (balance.can_pay) method.show(balance.hosted_field, page.found.tenant);
  setAmount(balance.payable);
  say(byId("cannot").querySelector("[data-f=message]"), "pay.cannot.text", { tenant: page.found.tenant.name });
  byId("cannot").hidden = balance.can_pay;
  for (const part of ["amount-part", "payer-part", "method-part", "button-part"]) byId(part).hidden = !balance.can_pay;
}

function setAmount(minor) {
  const { payable, currency } = page.balance;
  form.elements.how_much.value = minor === payable ? "whole" : "other";
  form.elements.amount.value = minor === payable ? "" : formatAmount(minor, currency, locale);
  markField("amount", null);
  amountChanged();
}

function amountChanged() {
  page.wanting = false;
  byId("amount-field").hidden = form.elements.how_much.value === "whole";
  const { minor, problem } = typedAmount();
  const amount = problem ? "…" : money(minor, page.balance.currency);
  method.amount = amount;
  if (!page.paying) button.show(problem ? t("pay.action.empty") : t("pay.action", { amount }));
}

/** The amount to pay, or the sentence that says why it is none. */
function typedAmount() {
  const { payable, currency } = page.balance;
  if (form.elements.how_much.value === "whole") return { minor: payable };
  const { minor, problem } = readAmount(form.elements.amount.value, payable, currency, locale);
  return { minor, problem: problem && sentenceOf(problem) };
}

for (const radio of form.elements.how_much) radio.addEventListener("change", amountChanged);
form.elements.amount.addEventListener("input", amountChanged);
form.elements.amount.addEventListener("change", () => {
  const { minor } = typedAmount();
  if (minor) form.elements.amount.value = formatAmount(minor, page.balance.currency, locale);
});

function problemsOfForm() {
  const { amount, name, postal_code: postalCode, email } = form.elements;
  const problems = { amount: typedAmount().problem, ...method.problems };
  if (!name.value.trim()) problems.name = t("pay.name.empty");
  else if (looksLikeCardNumber(name.value)) problems.name = t("form.card-number");
  if (looksLikeCardNumber(postalCode.value)) problems.postal_code = t("form.card-number");
  if (!email.value.trim()) problems.email = t("pay.email.empty");
  else if (!/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email.value.trim())) problems.email = t("pay.email.wrong");
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem && amount));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.busy || page.paying) return;
  const problems = problemsOfForm();
  showNote(null);
  showProblems(byId("pay-summary"), problems, FIELDS);
  if (Object.keys(problems).length) return;
  if (!navigator.onLine) return void showNote("pay.offline");
  method.wrong(null);
  if (method.isStale) return void method.decline("token_expired");
  if (method.order) return void pay();
  if (!method.request()) return void method.wrong(t("method.not-ready"));
  awaitToken();
});

/** The field may open a dialog of its own, so silence is no error: the button comes back. */
function awaitToken() {
  page.wanting = true;
  button.work(t("pay.reading"));
  clearTimeout(page.timer);
  page.timer = setTimeout(restButton, TOKEN_WITHIN_MS);
}

function restButton() {
  clearTimeout(page.timer);
  const { wanting } = page;
  amountChanged();
  page.wanting = wanting;
}

/** The billing postal code is asked for once: by the field, if it does, else here. */
method.addEventListener("method-ready", ({ detail }) => {
  byId("postal-part").hidden = detail.asksPostalCode;
  if (detail.asksPostalCode) form.elements.postal_code.value = "";
});

method.addEventListener("method-change", () => {
  page.wanting = false;
  if (!page.paying) restButton();
});

method.addEventListener("method-token", () => {
  if (page.paying) return;
  const { wanting } = page;
  restButton();
  if (wanting) pay();
});

method.addEventListener("method-error", ({ detail }) => {
  if (page.paying) return;
  page.wanting = false;
  restButton();
  if (detail.shown) announce(detail.message);
  else method.wrong(detail.message || t("method.not-ready"), { focus: false });
});

async function pay() {
  const { name, email, postal_code: postalCode } = form.elements;
  const payer = { name: name.value.trim(), email: email.value.trim() };
  if (postalCode.value.trim()) payer.postal_code = postalCode.value.trim();
  const order = { amount: typedAmount().minor, currency: page.balance.currency, method: method.order, payer };
  rememberGuest();
  setPaying(true);
  const attempt = () => beginAttempt({ ...page.guest, ...paymentsOf(page.guest), payer: page.guest.payOnlineId, body: JSON.stringify(order) });
  const paid = await alone(page.guest.payOnlineId, () => follow(attempt()));
  if (paid !== "elsewhere") return;
  setPaying(false);
  showNote("pay.other-tab");
}

/** See one attempt through to its outcome. A fault of this page is no outcome. */
async function follow(attempt) {
  const outcome = await settle(attempt, () => showPanel("checking", { focus: true })).catch((fault) => {
    reportError(fault);
    return { kind: "unknown" };
  });
  setPaying(false);
  if (outcome.kind === "paid") return showReceipt(attempt, outcome.payment);
  if (outcome.kind === "unknown") return showUnknown(attempt);
  if (!page.found && !(await loadForOutcome())) return undefined;
  const { amount, currency, payer, method: paidBy } = JSON.parse(attempt.body);
  restore(amount, currency, payer);
  if (page.balance.can_pay) method.pick(paidBy.type);
  showPanel("pay");
  return outcome.kind === "declined" ? showDeclined(outcome.problem) : showRefused(outcome, currency);
}

/** After a reload: nothing was charged, so the form comes back as soon as the balance is known. */
async function loadForOutcome() {
  endAttempt();
  await loadBalance(page.guest);
  return page.found && !panel("pay").hidden;
}

function setPaying(paying) {
  page.paying = paying;
  const warn = paying ? addEventListener : removeEventListener;
  warn("beforeunload", askBeforeLeaving);
  if (paying && form.contains(document.activeElement)) byId("pay-button").button.focus();
  for (const part of form.querySelectorAll(".part:not(#button-part)")) part.inert = paying;
  if (paying) button.work(t("pay.working"));
  else if (page.balance) restButton();
}

function askBeforeLeaving(event) {
  event.preventDefault();
}

function restore(amount, currency, payer) {
  const balance = page.found.balances.find((one) => one.currency === currency);
  if (balance && balance !== page.balance) choose(balance);
  if (amount <= page.balance.payable) setAmount(amount);
  for (const name of ["name", "email", "postal_code"]) form.elements[name].value = payer[name] ?? "";
  method.payer = form.elements.name.value;
}

function showReceipt(attempt, payment) {
  const { payOnlineId, proof } = attempt;
  const { email } = JSON.parse(attempt.body).payer;
  const { tenant, customer_name: customer } = page.found ?? {};
  const receipt = { payOnlineId, proof, payment, tenant, customer, email };
  sessionStorage.setItem(`duebook.receipt.${payment.id}`, JSON.stringify(receipt));
  endAttempt();
  tabs?.postMessage(payOnlineId);
  location.assign(new URL(`receipt#${encodeURIComponent(payment.id)}`, location.href));
}

function showDeclined({ reason }) {
  endAttempt();
  method.decline(reason);
}

/** Refused before any charge: the next press is a new try, with the token that is still unused. */
function showRefused({ status, problem, waitSeconds }, currency) {
  endAttempt();
  if (problem.code === "processor_unavailable") return showNote("pay.unavailable");
  if (status === 429) return showNote("pay.wait", { wait: waitText(waitSeconds) });
  if (problem.code === "balance_changed") return showChanged(problem, currency);
  if (problem.code === "not_payable_online") return showNotPayable();
  if (status === 403 || status === 404) return showMiss(page.guest, { status, body: problem, waitSeconds });
  if (status === 422 && showServerProblems(problem.errors ?? [])) return undefined;
  return showNote("pay.refused");
}

async function showChanged({ payable }, currency) {
  if (!Number.isInteger(payable)) await loadBalance(page.guest);
  else {
    const balances = page.found.balances.map((one) => (one.currency === currency ? { ...one, payable } : one));
    showFound(page.guest, { ...page.found, balances });
  }
  if (!panel("pay").hidden) showNote("pay.changed");
}

function showNotPayable() {
  page.balance.can_pay = false;
  choose(page.balance);
  byId("cannot").querySelector(".note").focus();
}

function showServerProblems(errors) {
  const known = errors.filter(({ field }) => SERVER_FIELDS[field]);
  if (known.some(({ field }) => field === "amount")) form.elements.how_much.value = "other";
  if (known.length) showProblems(byId("pay-summary"), Object.fromEntries(known.map((one) => [SERVER_FIELDS[one.field], one.message])), FIELDS);
  byId("amount-field").hidden = form.elements.how_much.value === "whole";
  return known.length > 0;
}

function showNote(key, values) {
  const note = byId("pay-note");
  note.hidden = !key;
  if (!key) return;
  say(note.querySelector("[data-f=message]"), key, values);
  note.focus();
}

/** Pay stays out of reach: the only button asks again with the same key. */
function showUnknown(attempt) {
  const { email } = JSON.parse(attempt.body).payer;
  const reference = attempt.reference ?? referenceOf(attempt);
  say(panel("unknown").querySelector("[data-f=message]"), "unknown.text", { email, reference });
  showPanel("unknown", { focus: true });
}

byId("check-again").addEventListener("click", () => resume(openAttempt()));

/** Go on asking for a try whose outcome this tab never learnt. */
async function resume(attempt) {
  if (!attempt) return start();
  page.guest = { payOnlineId: attempt.payOnlineId, proof: attempt.proof };
  setPaying(true);
  showPanel("checking", { focus: true });
  if (!page.found) lookUp(page.guest).then(({ status, body }) => status === 200 && showTenant(body.tenant)).catch(orNull);
  if ((await alone(page.guest.payOnlineId, () => follow(attempt))) !== "elsewhere") return undefined;
  setPaying(false);
  return showUnknown(attempt);
}

function rememberGuest() {
  const { name, email, postal_code: postalCode } = form.elements;
  const payer = { name: name.value, email: email.value, postal_code: postalCode.value };
  sessionStorage.setItem(GUEST, JSON.stringify({ ...page.guest, payer }));
}

function forgetGuest() {
  sessionStorage.removeItem(GUEST);
  forgetFind();
  Object.assign(page, { guest: null, found: null, balance: null });
  showPanel("find");
  byId("title").focus();
}

/** The ID of a bill-pay link or QR code. It leaves the address bar at once. */
function takeLinkedId() {
  const linked = new URLSearchParams(location.hash.slice(1)).get("id") ?? new URLSearchParams(location.search).get("id");
  if (linked !== null) history.replaceState(null, "", location.pathname);
  return linked?.trim();
}

function start() {
  const linked = takeLinkedId();
  const attempt = openAttempt();
  if (attempt && isRecent(attempt)) return resume(attempt);
  if (attempt && (!linked || linked === attempt.payOnlineId)) return showUnknown(attempt);
  const stored = JSON.parse(sessionStorage.getItem(GUEST));
  for (const [name, value] of Object.entries(stored?.payer ?? {})) form.elements[name].value = value;
  method.payer = form.elements.name.value;
  if (linked) return loadBalance({ payOnlineId: linked, proof: linked === stored?.payOnlineId ? stored.proof : "" });
  return stored && loadBalance({ payOnlineId: stored.payOnlineId, proof: stored.proof });
}

for (const other of document.querySelectorAll("[data-other]")) other.addEventListener("click", forgetGuest);
form.addEventListener("change", () => page.guest && rememberGuest());
form.elements.name.addEventListener("input", ({ target }) => (method.payer = target.value));
recheck(FIELDS, problemsOfForm);
addEventListener("hashchange", start);
addEventListener("pageshow", (event) => event.persisted && location.reload());
tabs?.addEventListener("message", async ({ data }) => {
  if (page.paying || data !== page.guest?.payOnlineId) return;
  await loadBalance(page.guest);
  byId("other-tab").hidden = false;
});
whenFound(showFound);
start();
