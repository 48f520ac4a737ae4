/** Make a payment, second half, loaded once something is chosen: how to pay; then one charge and its outcome. */

import { alone, beginAttempt, endAttempt, isRecent, openAttempt, referenceOf, settle } from "./attempt.js";
import { formatMoney } from "./money.js";
import "./pay-elements.js";
import { api } from "./session.js";
import { announce, fill, locale, looksLikeCardNumber, panel, recheck, say, showPanel, showProblems, t, tn, waitText } from "./shell.js";

const PLACE = ".portal";
const FIELDS = ["account_name", "postal_code", "consent"];
const TOKEN_WITHIN_MS = 15_000;
const PRICE_HOLDS_MS = 14 * 60 * 1000;
const FEW_LINES = 5;

const byId = (id) => document.getElementById(id);
const [form, method, button, check, note] = ["pay", "method", "pay-button", "check", "pay-note"].map(byId);

/** Whose step it is and how it reaches the first half of the page. */
let desk = null;
/** What is to be paid, and whether the page is busy. */
const step = { quote: null, paying: false, wanting: false };

/**
 * @param {object} given
 * @param {object} given.session
 * @param {(order) => Promise<object | null>} given.priced a new quote for the same order
 * @param {(kept, how?: {quiet: boolean}) => Promise<void>} given.comeBack loads everything and opens the step again
 * @param {() => Promise<void>} given.reload everything, quietly
 * @param {(payment) => void} given.paid
 * @param {(root, lines, few) => void} given.showLines draws what is paid
 */
export function setUpStep(given) {
  desk = given;
}

export function isPaying() {
  return step.paying;
}

/** Offer the ways to pay a quote. A hosted field that is there already stays, with what was typed into it. */
export function openStep({ quote, account, session, customer, methods, kept }) {
  Object.assign(step, { quote, account, kept, customer, wanting: false });
  showNote(null);
  const saved = methods.items.filter(({ currency, type }) => currency === account.currency && account.methods.includes(type));
  method.show(account.hosted_field, session.tenant, { saved, keeping: methods.consent_text });
  method.payer = customer.name;
  fill(check, { tenant: session.tenant.name });
  form.hidden = false;
  showPrice();
}

/** What was chosen changed, so its price is void. */
export function closeStep() {
  Object.assign(step, { quote: null, wanting: false });
  form.hidden = true;
}

function money(minor) {
  return formatMoney(minor, step.account.currency, locale);
}

function showPrice() {
  const { total, lines } = step.quote;
  fill(check, { total: money(total), count: tn("table.invoices", lines.length) });
  desk.showLines(check, lines, FEW_LINES);
  method.amount = money(total);
  restButton();
}

/** Tell what became of the figures since they were shown; false where nothing did. */
export function showChanges(before, { total, left_out: gone }) {
  if (before.total === total && gone.length === 0) return false;
  const figures = before.total === total ? [] : [t("payment.new-total", { before: money(before.total), now: money(total) })];
  showNote("payment.changed", {}, [...figures, ...gone.map(({ number, reason }) => t("payment.left-out", { number, reason: reasonText(reason) }))]);
  return true;
}

function reasonText(reason) {
  const known = { paid: "left-out.paid", void: "left-out.void", processing: "left-out.processing" };
  return t(known[reason] ?? "left-out.offline");
}

function showNote(key, values, changes = []) {
  note.hidden = !key;
  if (!key) return;
  say(note.querySelector("[data-f=message]"), key, values);
  note.querySelector("ul").replaceChildren(...changes.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  note.focus();
}

/** A price holds for a quarter of an hour; then a new one takes its place quietly. Other figures are told first: false. */
async function renewed({ force = false } = {}) {
  const before = step.quote;
  if (!force && Date.now() - before.at < PRICE_HOLDS_MS) return true;
  const quote = await desk.priced(before.order);
  if (!quote || step.quote !== before) return false;
  step.quote = quote;
  showPrice();
  return sameLines(before.lines, quote.lines) || !showChanges(before, quote);
}

/** Whether two lists of lines pay the same invoices the same amounts. */
function sameLines(some, others) {
  const plain = (lines) => lines.map((line) => `${line.invoice_id} ${line.amount}`).sort().join();
  return plain(some) === plain(others);
}

/* ---- the form ---- */

function problemsOfForm() {
  const problems = { ...method.problems };
  if (looksLikeCardNumber(form.elements.postal_code.value)) problems.postal_code = t("form.card-number");
  return problems;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.busy || step.paying || !step.quote) return;
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
  step.wanting = true;
  button.work(t("pay.reading"));
  clearTimeout(step.timer);
  step.timer = setTimeout(restButton, TOKEN_WITHIN_MS);
}

function restButton() {
  clearTimeout(step.timer);
  if (step.paying || !step.quote) return;
  fill(check, { with: method.label });
  button.show(t("pay.action", { amount: money(step.quote.total) }));
}

/** The billing postal code is asked for once: by the field, if it does, else here. */
method.addEventListener("method-ready", ({ detail }) => {
  byId("postal-part").hidden = detail.asksPostalCode;
  if (detail.asksPostalCode) form.elements.postal_code.value = "";
});

method.addEventListener("method-change", () => {
  step.wanting = false;
  showProblems(byId("pay-summary"), {}, FIELDS);
  restButton();
});

method.addEventListener("method-token", () => {
  if (step.paying) return;
  const { wanting } = step;
  step.wanting = false;
  restButton();
  if (wanting) pay();
});

method.addEventListener("method-error", ({ detail }) => {
  if (step.paying) return;
  step.wanting = false;
  restButton();
  if (detail.shown) announce(detail.message);
  else method.wrong(detail.message || t("method.not-ready"), { focus: false });
});

recheck(FIELDS, problemsOfForm);

/* ---- pay, once ---- */

async function pay() {
  setPaying(true);
  if (!(await renewed())) return setPaying(false);
  const { membership, contact } = desk.session;
  const { quote_id: quoteId } = step.quote;
  const postalCode = form.elements.postal_code.value.trim();
  const chosen = method.order;
  if (postalCode && chosen.kind === "token") chosen.postal_code = postalCode;
  const about = { kept: step.kept, type: method.type, email: contact.email };
  const body = JSON.stringify({ quote_id: quoteId, method: chosen });
  const attempt = () => beginAttempt({ place: PLACE, path: "/api/portal/payments", payer: membership.id, body, about });
  const next = await alone(membership.customer_id, () => follow(attempt()));
  if (next !== "elsewhere") return next();
  setPaying(false);
  return showNote("pay.other-tab");
}

/** See one attempt through to its outcome, and return what is to be done about it. A fault of this page is no outcome. */
async function follow(attempt) {
  const outcome = await settle(attempt, () => showPanel("checking", { focus: true })).catch((fault) => {
    reportError(fault);
    return { kind: "unknown" };
  });
  if (outcome.kind === "unknown") return () => showUnknown(attempt);
  endAttempt(PLACE);
  if (outcome.kind === "paid") return () => showPaid(outcome.payment);
  return () => showUnpaid(outcome, attempt.about);
}

async function showUnpaid(outcome, about) {
  if (step.quote) showPanel("ready");
  else await desk.comeBack(about.kept);
  setPaying(false);
  if (!step.quote) return undefined;
  return outcome.kind === "declined" ? showDeclined(outcome.problem, about) : showRefused(outcome);
}

/** While paying nothing else can be changed, and leaving is questioned. */
function setPaying(paying) {
  step.paying = paying;
  const warn = paying ? addEventListener : removeEventListener;
  warn("beforeunload", askBeforeLeaving);
  if (paying && !form.hidden) button.button.focus();
  for (const part of document.querySelectorAll("[data-still]")) part.inert = paying;
  if (paying) button.work(t("pay.working"));
  else restButton();
}

function askBeforeLeaving(event) {
  event.preventDefault();
}

function showPaid(payment) {
  setPaying(false);
  desk.paid(payment);
}

/** The quote is used up as well: the next press pays by a new one, under a new key. What was chosen stays. */
async function showDeclined({ reason }, { type }) {
  if (method.type !== type && !method.saved) method.pick(type);
  method.decline(reason);
  await renewed({ force: true });
}

/** Refused before any charge. The token is still unused. */
async function showRefused({ status, problem, waitSeconds }) {
  const { code, errors = [] } = problem;
  if (status === 401) return api("GET", "/api/session");
  if (status === 429) return showNote("pay.wait", { wait: waitText(waitSeconds) });
  if (code === "processor_unavailable") return showNote("pay.unavailable");
  if (code === "quote_expired") return (await renewed({ force: true })) && (method.order ? pay() : showNote("payment.changed"));
  if (code === "method_flagged" || (status === 404 && method.saved)) return forgetMethod();
  if (code === "not_payable_online") return desk.reload();
  if (status === 409 || status === 404) return showMoved();
  return showNote("payment.refused", { reason: errors.map(({ message }) => message).join(" ") });
}

/** The figures moved: everything is loaded anew, what can still be paid stays chosen, and the difference is told. */
async function showMoved() {
  const before = step.quote;
  const now = await desk.priced(before.order);
  if (!now) return;
  await desk.comeBack(step.kept, { quiet: true });
  if (step.quote && !showChanges(before, { total: step.quote.total, left_out: now.left_out })) showNote("payment.again");
}

/** The saved method is gone or flagged meanwhile: the others are offered. */
async function forgetMethod() {
  const { ok, body } = await api("GET", "/api/portal/payment-methods");
  if (ok) openStep({ ...step, session: desk.session, methods: body });
  method.wrong(t("payment.method-gone"));
}

/** Pay stays out of reach: the only button asks again with the same key. */
function showUnknown(attempt) {
  setPaying(false);
  const reference = attempt.reference ?? referenceOf(attempt);
  say(panel("unknown").querySelector("[data-f=message]"), "unknown.text", { email: attempt.about.email, reference });
  showPanel("unknown", { focus: true });
}

/** Go on with a try of this contact whose outcome this tab never learnt; false where there is none. */
export function resumeAttempt({ byHand = false } = {}) {
  const attempt = openAttempt(PLACE);
  if (attempt?.payer !== desk.session.membership.id) return false;
  if (byHand || isRecent(attempt)) resume(attempt);
  else showUnknown(attempt);
  return true;
}

async function resume(attempt) {
  setPaying(true);
  showPanel("checking", { focus: true });
  const next = await alone(desk.session.membership.customer_id, () => follow(attempt));
  if (next === "elsewhere") showUnknown(attempt);
  else next();
}

byId("check-again").addEventListener("click", () => resumeAttempt({ byHand: true }) || location.reload());
