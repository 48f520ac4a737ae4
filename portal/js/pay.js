/** Make a payment, first half: what is owed and what to pay of it, priced by the server. */

import "./invoice-table.js";
import { currencyName, formatAmount, formatMoney, typedAmount } from "./money.js";
import { Selection, allocate } from "./selection.js";
import { api, openSession, page as address } from "./session.js";
import { announce, fill, locale, markField, panel, say, sentenceOf, showPanel, t, tn } from "./shell.js";

const CHOSEN = "duebook.chosen";
const ATTEMPT = "duebook.attempt.portal";
const KINDS = ["single_site", "multi_site"];
const SAID_AFTER_MS = 600;
const NAMED = 5;

const byId = (id) => document.getElementById(id);
const [table, custom, bar, goOn, amount] = ["invoices", "custom", "bar", "continue", "amount"].map(byId);
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("duebook.portal-paid") : null;
const selection = new Selection();

/** Who pays, what is owed, the account and way at work, and the second half of the page. */
const page = { session: null, customer: null, methods: null, account: null, way: null, step: null };
/** Of a bill's link, until it is traded for a session. */
let [, token] = location.hash.split("#token=");

const money = (minor, { currency } = page.account) => formatMoney(minor, currency, locale);
const invoices = (count) => tn("table.invoices", count);

/* ---- 1. what is owed ---- */

/** Load account and saved methods, with what was chosen before; quietly where the page shows something already. */
async function load({ keep = remembered(), quiet = false } = {}) {
  if (!quiet) showPanel("loading");
  const saved = page.session.permissions.includes("manage_methods") ? api("GET", "/api/portal/payment-methods") : { body: { items: [] } };
  const [accounts, methods] = await Promise.all([api("GET", "/api/portal/account"), saved]);
  const problem = accounts.problem ?? methods.problem;
  if (problem) return showFailed(problem);
  const owed = accounts.body.currencies.filter((one) => one.open_invoices > 0);
  Object.assign(page, { customer: accounts.body.customer, methods: methods.body });
  if (owed.length === 0) return showPaidUp(accounts.body.currencies);
  byId("currencies").hidden = owed.length === 1;
  byId("currencies").replaceChildren(...owed.map(currencyTab));
  showPanel("ready");
  const kept = owed.find(({ currency }) => currency === keep?.currency);
  return choose(kept ?? owed.find((one) => one.can_pay && one.payable_online > 0) ?? owed[0], kept && keep);
}

function showFailed({ status, message }) {
  fill(panel("failed"), { message });
  showPanel(status === 410 ? "ended" : "failed");
}

function showPaidUp(accounts) {
  const waiting = accounts.find((one) => one.unapplied > 0);
  const credit = panel("paid-up").querySelector("[data-f=credit]");
  credit.hidden = !waiting;
  if (waiting) say(credit, "payment.credit", { amount: money(waiting.unapplied, waiting) });
  page.account = null;
  sessionStorage.removeItem(CHOSEN);
  showPanel("paid-up");
}

function currencyTab(account) {
  const tab = byId("currency-tab").content.firstElementChild.cloneNode(true);
  fill(tab, { name: currencyName(account.currency, locale), balance: money(account.balance, account) });
  tab.dataset.currency = account.currency;
  tab.addEventListener("click", () => account === page.account || choose(account));
  return tab;
}

/** Work on one account. */
async function choose(account, keep) {
  page.account = account;
  table.open(account, selection);
  for (const tab of byId("currencies").children) tab.setAttribute("aria-pressed", String(tab.dataset.currency === account.currency));
  showOverview(account);
  say(byId("cannot").querySelector("[data-f=message]"), "payment.cannot", { tenant: page.session.tenant.name });
  byId("cannot").hidden = account.can_pay;
  bar.hidden = !account.can_pay;
  byId("ways").querySelector("[data-way=custom]").hidden = !account.can_pay || account.payable_online === 0;
  await setWay(keep?.way ?? KINDS.find((kind) => account[kind].count > 0) ?? KINDS[0], { keep });
}

function showOverview(account) {
  const { balance, overdue, payable_online: payable, unapplied, processing } = account;
  const notes = [
    payable !== balance && t("payment.note.payable", { amount: money(payable) }),
    processing > 0 && t("payment.note.processing", { amount: money(processing) }),
    unapplied > 0 && t("payment.note.unapplied", { amount: money(unapplied) }),
  ];
  const counts = KINDS.map((kind) => {
    const { count, balance: open } = account[kind];
    return [`way-${kind}`, count ? t("payment.way.open", { invoices: invoices(count), amount: money(open) }) : t("payment.way.none")];
  });
  fill(byId("overview"), {
    overdue: money(overdue),
    "overdue-note": overdue ? "" : t("payment.note.nothing-overdue"),
    balance: money(balance),
    "balance-note": notes.filter(Boolean).join(" "),
  });
  fill(byId("ways"), { "way-custom": t("payment.way.up-to", { amount: money(payable) }), ...Object.fromEntries(counts) });
}

/* ---- 2. what to pay ---- */

/** One of the three ways. Changing it clears what was chosen the other way. */
async function setWay(way, { keep, byHand = false } = {}) {
  const isCleared = byHand && (selection.count > 0 || amount.value.trim() !== "");
  page.way = way;
  selection.clear();
  amount.value = keep?.amount ?? "";
  for (const radio of document.getElementsByName("way")) radio.checked = radio.value === way;
  table.hidden = way === "custom";
  custom.hidden = way !== "custom";
  say(byId("amount-hint"), "pay.amount.hint", { payable: money(page.account.payable_online) });
  markField("amount", null);
  chosenChanged({ silent: true, kept: keep });
  if (isCleared) announce(t("payment.cleared"));
  const { account } = page;
  await (way === "custom" ? Promise.all(KINDS.map((kind) => table.load(kind).done)) : table.pick(way));
  if (page.way !== way || page.account !== account) return;
  if (way !== "custom") table.choose(keep?.ids ?? []);
  if (keep || way === "custom") chosenChanged({ silent: true, drawn: way === "custom" });
}

function typed() {
  const { minor, problem } = typedAmount(amount.value, page.account.payable_online, page.account.currency, locale);
  return { minor, problem: problem && sentenceOf(problem) };
}

/** What is chosen: minor units, number of invoices, and the lines of an amount. */
function chosen() {
  if (page.way !== "custom") return { minor: selection.total, count: selection.count, lines: [] };
  const { minor = 0 } = typed();
  const { lines } = allocate(minor, KINDS.flatMap((kind) => table.load(kind).rows));
  return { minor, count: lines.length, lines };
}

/** Cards, bar and split follow each tick and each digit; the total is said once the fingers rest. `drawn`: only more is known of it. */
function chosenChanged({ silent = false, kept, drawn = false } = {}) {
  const { minor, count, lines } = chosen();
  if (!drawn) page.step?.closeStep();
  if (!drawn) bar.hidden = !page.account.can_pay;
  fill(byId("overview"), {
    selected: money(minor),
    "selected-note": minor && minor === page.account.payable_online ? t("payment.note.everything") : "",
    "to-pay": new Intl.NumberFormat(locale).format(count),
  });
  const told = count ? tn(page.way === "custom" ? "payment.bar.pays" : "payment.bar.selected", count) : t("payment.bar.none");
  fill(bar, { count: told, total: minor ? money(minor) : "" });
  showSplit(lines);
  tellProblem(null);
  if (!kept) remember();
  clearTimeout(page.saying);
  if (count) loadStep();
  if (!silent) page.saying = setTimeout(() => announce(t("payment.said", { chosen: told, total: money(minor) })), SAID_AFTER_MS);
}

/** What an amount pays, before it is paid. The quote has the last word. */
function showSplit(lines) {
  const split = byId("split");
  split.hidden = lines.length === 0;
  if (split.hidden) return;
  const full = lines.filter(({ pays }) => pays === "full").map(({ number }) => number);
  const part = lines.findLast(({ pays }) => pays === "part");
  const more = full.length - NAMED;
  const named = more > 1 ? [...full.slice(0, NAMED), t("payment.split.more", { invoices: invoices(more) })] : full;
  const list = new Intl.ListFormat(locale, { type: "conjunction" }).format(named);
  const key = part ? (full.length ? "payment.split.both" : "payment.split.part") : "payment.split.full";
  say(split.querySelector("p"), key, { list, amount: money(part?.amount ?? 0), number: part?.number ?? "" });
  showLines(split, lines);
}

/** So many lines of {number, amount, pays} at once, the rest behind a fold. */
function showLines(root, lines, few = 0) {
  const drawn = lines.map(({ number, amount: minor, pays }) => {
    const line = byId("pay-line").content.firstElementChild.cloneNode(true);
    fill(line, { number, amount: money(minor), part: pays === "part" ? t("payment.in-part") : "" });
    return line;
  });
  const shown = few && drawn.length <= few + 1 ? drawn.length : few;
  const fold = root.querySelector("details");
  root.querySelector("[data-part=lines]")?.replaceChildren(...drawn.slice(0, shown));
  fold.querySelector("ul").replaceChildren(...drawn.slice(shown));
  fold.querySelector("summary").textContent = tn(shown ? "payment.more-lines" : "payment.all-lines", drawn.length - shown);
  fold.hidden = drawn.length - shown < 2;
}

/** Why there is nothing to go on with, beside the button that was pressed, and aloud. */
function tellProblem(message) {
  const problem = byId("bar-problem");
  problem.hidden = !message;
  problem.textContent = message ?? "";
  if (message) announce(message);
}

function tellLimit({ missed, parent }) {
  if (missed) tellProblem(t(parent ? "payment.limit.parent" : "payment.limit", { parent: parent ?? "", invoices: invoices(missed) }));
}

/** Have the server price a selection. Null: the page says why there is no price. */
async function priced(order) {
  const { body, problem } = await api("POST", "/api/portal/quotes", order);
  if (!problem) return { ...body, order, at: Date.now() };
  if (problem.code === "balance_changed" || problem.status === 404) {
    await load({ quiet: true });
    if (page.account) tellProblem(t("payment.changed"));
  } else tellProblem(problem.code === "too_many_invoices" ? t("payment.too-many") : t("payment.no-price", { reason: problem.message }));
  return null;
}

async function goOnToPayment() {
  if (goOn.getAttribute("aria-disabled") === "true") return;
  const isCustom = page.way === "custom";
  const { minor, problem } = isCustom ? typed() : { minor: selection.total };
  if (isCustom) markField("amount", problem);
  if (problem) return void amount.focus();
  if (minor === 0) return void tellProblem(t("payment.nothing-chosen"));
  const wanted = isCustom ? { kind: "custom_amount", amount: minor } : { kind: "invoices", invoice_ids: selection.ids };
  work(t("payment.pricing"));
  const [quote, step] = await Promise.all([priced({ currency: page.account.currency, selection: wanted }), loadStep()]);
  work(null);
  if (!step) tellProblem(t("payment.step-failed"));
  if (!quote || !step) return;
  if (quote.total !== minor || quote.left_out.length) await load({ keep: asKept(), quiet: true });
  if (!page.account) return;
  bar.hidden = true;
  step.openStep({ quote, ...page, kept: asKept() });
  if (!step.showChanges({ total: minor }, quote)) byId("how-heading").focus();
}

function work(label) {
  goOn.textContent = label ?? t("payment.continue");
  goOn.setAttribute("aria-disabled", String(label !== null));
}

/** The second half of the page, asked for when something is chosen: each module is checked by its hash. Null: it did not come. */
async function loadStep() {
  if (page.step) return page.step;
  try {
    const links = [...byId("late").content.cloneNode(true).children];
    const arrived = links.map((link) => new Promise((resolve, reject) => Object.assign(link, { onload: resolve, onerror: reject })));
    document.head.append(...links);
    await Promise.all(arrived);
    const step = await import(links[0].href);
    if (!page.step) step.setUpStep({ session: page.session, priced, comeBack, reload: () => load({ quiet: true }), paid, showLines });
    page.step = step;
    return step;
  } catch {
    return null;
  }
}

/* ---- what is kept in this tab ---- */

function asKept() {
  return { currency: page.account.currency, way: page.way, ids: selection.ids, amount: amount.value };
}

function remember() {
  sessionStorage.setItem(CHOSEN, JSON.stringify({ payer: page.session.membership.id, ...asKept() }));
}

function remembered() {
  const kept = JSON.parse(sessionStorage.getItem(CHOSEN));
  return kept?.payer === page.session.membership.id ? kept : undefined;
}

/** After a reload while paying, or when figures moved, and nothing was charged: what was chosen comes back with its price. */
async function comeBack(kept, { quiet = false } = {}) {
  await load({ keep: kept, quiet });
  if (!panel("ready").hidden) await goOnToPayment();
}

/** A bill's link lets in who has it. Its token leaves the address at once. */
async function start() {
  if (token) {
    history.replaceState(null, "", location.pathname);
    const { problem } = await api("POST", "/api/session/pay-link", { token });
    if (problem) return showFailed(problem);
    token = null;
  }
  page.session = await openSession("pay_invoices");
  const step = sessionStorage.getItem(ATTEMPT) && (await loadStep());
  if (!step?.resumeAttempt()) load();
}

/** Other tabs hear of it; this one goes to the receipt. */
function paid({ id }) {
  sessionStorage.removeItem(CHOSEN);
  tabs?.postMessage({ id, customer: page.session.membership.customer_id });
  location.assign(receiptOf(id));
}

function receiptOf(id) {
  return `${address("receipt")}?id=${encodeURIComponent(id)}`;
}

for (const radio of document.getElementsByName("way")) radio.addEventListener("change", () => setWay(radio.value, { byHand: true }));
table.addEventListener("selection-change", ({ detail }) => {
  chosenChanged({ silent: detail.missed > 0 });
  tellLimit(detail);
});
amount.addEventListener("input", () => chosenChanged());
amount.addEventListener("change", () => {
  const { minor, problem } = typed();
  if (amount.getAttribute("aria-invalid") === "true") markField("amount", problem);
  if (minor) amount.value = formatAmount(minor, page.account.currency, locale);
});
amount.addEventListener("keydown", ({ key }) => key === "Enter" && goOnToPayment());
goOn.addEventListener("click", goOnToPayment);
byId("change").addEventListener("click", () => {
  chosenChanged({ silent: true });
  byId("what-heading").focus();
});
byId("again").addEventListener("click", start);
addEventListener("online", () => panel("failed").hidden || start());
addEventListener("hashchange", () => location.hash.includes("#token=") && location.reload());
tabs?.addEventListener("message", async ({ data }) => {
  if (page.step?.isPaying() || data.customer !== page.session?.membership.customer_id) return;
  await load({ quiet: true });
  byId("other-tab").hidden = false;
  byId("other-tab").querySelector("a").href = receiptOf(data.id);
});
start();
