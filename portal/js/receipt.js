/**
 * A receipt. A contact's stands at ?id= and needs the session. A guest's stands behind #: its address holds the payment's id
 * only; the Pay Online ID is this tab's, or is asked for.
 */

import { getPayment, lookUp } from "./api.js";
import { methodName } from "./hosted-field.js";
import { formatMoney } from "./money.js";
import { api, openSession, page as address } from "./session.js";
import { fill, locale, orNull, panel, say, showPanel, showProblems, showTenant, t, watchNetwork } from "./shell.js";

const FIELDS = ["pay_online_id", "proof"];
const UNDER_WAY = ["pending", "review", "unknown", "submitting"];
const byId = (id) => document.getElementById(id);
const ask = byId("ask");

/** What is known of the receipt: {payOnlineId, proof, payment?, tenant?, customer?, email?, left?}; of a contact's {session} too. */
let known = null;

function paymentId() {
  const id = decodeURIComponent(location.hash.slice(1));
  return /^[\w.-]{1,64}$/.test(id) ? id : null;
}

function start() {
  const own = new URLSearchParams(location.search).get("id");
  for (const part of [byId("account"), byId("tabs").parentElement]) part.hidden = !own;
  byId("main").classList.remove("waiting");
  if (own) return open(own);
  const id = paymentId();
  if (!id) return showFailed("receipt.none", { again: false });
  known = JSON.parse(sessionStorage.getItem(`duebook.receipt.${id}`) ?? sessionStorage.getItem("duebook.guest"));
  if (!known) return showPanel("ask");
  if (known.payment) showReceipt();
  return refresh();
}

/** A contact's own receipt: the server knows all of it. */
async function open(id) {
  const session = known?.session ?? (await openSession("view_invoices"));
  const way = session.membership.kind === "payer" ? [address("pay"), t("receipt.back")] : [address("payments"), t("receipt.all")];
  for (const back of document.querySelectorAll("[data-part=back]")) [back.href, back.textContent] = way;
  known = { ...known, session };
  const path = `/api/portal/payments/${encodeURIComponent(id)}`;
  const { ok, body, problem } = await api("GET", path);
  if (!ok && known.payment) return undefined;
  if (!ok) return showFailed(problem.status === 404 ? "receipt.unknown-id" : navigator.onLine ? "receipt.failed" : "load.offline");
  const { tenant, membership, contact } = session;
  Object.assign(known, { payment: body, tenant, customer: membership.customer_name, email: contact.email, left: body.remaining_balance ?? undefined });
  fill(panel("receipt"), { "left-label": t("receipt.remaining") });
  byId("pdf").href = `${path}/receipt`;
  for (const name of ["pdf", "mail-me"]) byId(name).hidden = !hasReceipt(body);
  byId("mail-me").onclick = () => mailMe(path);
  showReceipt();
  return undefined;
}

/** Of money that was taken, or that a bank is taking. */
function hasReceipt({ status }) {
  return !["declined", "failed", "unknown", "submitting"].includes(status);
}

async function mailMe(path) {
  const [button, told] = [byId("mail-me"), byId("mailed")];
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  told.textContent = t("receipt.mailing");
  const { ok, body, problem } = await api("POST", `${path}/receipt`);
  button.removeAttribute("aria-disabled");
  if (ok) say(told, "receipt.mailed", { email: body.to });
  else told.textContent = problem.message;
}

/** Ask the server again. What this tab knows already stays on the page if no answer comes. */
async function refresh({ byHand = false } = {}) {
  const guest = { ...known, paymentId: paymentId() };
  const [payment, found] = await Promise.all([getPayment(guest).catch(orNull), lookUp(guest).catch(orNull)]);
  if (payment?.status === 200) {
    known.payment = payment.body;
    if (found?.status === 200) learn(found.body);
    showReceipt({ focus: byHand });
    return keep();
  }
  if (known.payment) return undefined;
  if (!payment || payment.status >= 500) return showFailed(navigator.onLine ? "receipt.failed" : "load.offline");
  return showMiss(payment, byHand);
}

function learn({ tenant, customer_name: customer, balances }) {
  const { currency } = known.payment;
  const left = balances.find((balance) => balance.currency === currency)?.payable ?? 0;
  Object.assign(known, { tenant, customer, left });
}

function keep() {
  sessionStorage.setItem(`duebook.receipt.${known.payment.id}`, JSON.stringify(known));
}

function showReceipt({ focus = false } = {}) {
  const { payment, tenant, customer, left, email } = known;
  const shown = panel("receipt");
  const { heading, lead, next, mail } = wording(payment, known.session);
  fill(shown, {
    heading, lead, next,
    amount: formatMoney(payment.amount, payment.currency, locale),
    date: dateText(payment.created_at, tenant?.time_zone),
    method: payment.method ? methodName(payment.method) : "",
    reference: payment.reference || payment.id,
    tenant: tenant?.name ?? "",
    customer: customer ?? "",
    left: left === undefined ? "" : formatMoney(left, payment.currency, locale),
  });
  const [mailLine, tick] = [shown.querySelector("[data-f=mail]"), shown.querySelector("[data-part=tick]")];
  if (mail) say(mailLine, mail[email ? 0 : 1], { email });
  mailLine.hidden = !mail || Boolean(known.session);
  tick.hidden = !mail;
  tick.classList.toggle("wait", payment.status !== "captured");
  fill(shown, { authorization: payment.authorization ?? "" });
  shown.querySelector("[data-part=authorization]").hidden = !payment.authorization;
  for (const part of shown.querySelectorAll("[data-part=to]")) part.hidden = !tenant;
  for (const part of shown.querySelectorAll("[data-part=left]")) part.hidden = left === undefined;
  shown.querySelector("[data-f=address]").hidden = !tenant?.address;
  fill(shown, { address: tenant?.address ?? "", refunded: formatMoney(payment.refunded ?? 0, payment.currency, locale) });
  for (const part of shown.querySelectorAll("[data-part=refunded]")) part.hidden = !payment.refunded;
  showPaid(payment);
  if (tenant) showTenant(tenant);
  document.title = heading;
  showPanel("receipt", { focus });
}

/** What it paid, or will pay while it is under way; what no invoice took is named as well. */
function showPaid(payment) {
  const { status, currency, applications, unapplied } = payment;
  const money = (minor) => formatMoney(minor, currency, locale);
  const isToCome = UNDER_WAY.includes(status);
  const lines = applications.map(({ number, amount, open }) => ({ number, amount: money(amount), part: inPart(open, money) }));
  if (unapplied && !isToCome) lines.push({ number: t("receipt.unapplied"), amount: money(unapplied), part: "" });
  fill(panel("receipt"), { "paid-heading": t(isToCome ? "receipt.will-pay" : "receipt.paid") });
  panel("receipt").querySelector("[data-part=paid]").hidden = lines.length === 0;
  panel("receipt").querySelector("[data-part=lines]").replaceChildren(...lines.map((values) => {
    const line = byId("pay-line").content.firstElementChild.cloneNode(true);
    fill(line, values);
    return line;
  }));
}

function inPart(open, money) {
  if (!Number.isInteger(open)) return "";
  return open <= 0 ? t("receipt.in-full") : t("receipt.in-part", { left: money(open) });
}

/** What is said of a payment; `mail` is what is said of the receipt's mail, with and without its address, where one goes out. */
function wording({ status, return_code: code }, signedIn) {
  const words = {
    captured: [t("receipt.captured"), t("receipt.captured.lead"), t(signedIn ? "receipt.captured.done" : "receipt.captured.next"), ["receipt.mail", "receipt.mail.given"]],
    pending: [t("receipt.pending"), t("receipt.pending.lead"), t("receipt.pending.next"), ["receipt.mail-later", "receipt.mail-later.given"]],
    review: [t("receipt.pending"), t("receipt.review.lead"), t("receipt.review.next"), ["receipt.mail-later", "receipt.mail-later.given"]],
    declined: [t("receipt.declined"), t("receipt.declined.lead"), t("receipt.declined.next")],
    failed: [t("receipt.declined"), t("receipt.declined.lead"), t("receipt.declined.next")],
    refunded: [t("receipt.refunded"), t("receipt.refunded.lead"), t("receipt.reversed.next")],
    partly_refunded: [t("receipt.partly-refunded"), t("receipt.partly-refunded.lead"), t("receipt.reversed.next")],
    voided: [t("receipt.voided"), t("receipt.voided.lead"), t("receipt.reversed.next")],
    returned: [t("receipt.returned"), returnReason(code), t("receipt.returned.next")],
    charged_back: [t("receipt.charged-back"), t("receipt.charged-back.lead"), t("receipt.returned.next")],
  };
  const open = [t("receipt.unknown"), t("receipt.unknown.lead"), t("receipt.unknown.next")];
  const [heading, lead, next, mail] = words[status] ?? open;
  return { heading, lead, next, mail };
}

/** Why a bank sent a payment back, by the code of the ACH network, as far as a payer can do something about it. */
function returnReason(code) {
  const sentences = [
    [/^R0[19]$/, "returned.funds"],
    [/^R02$/, "returned.closed"],
    [/^R0[34]$|^R17$|^R43$/, "returned.account"],
    [/^R13$|^R28$|^R42$/, "returned.routing"],
    [/^R16$|^R20$/, "returned.no-debits"],
    [/^R0[578]$|^R1[01]$|^R29$/, "returned.not-authorized"],
  ];
  return t(sentences.find(([codes]) => codes.test(code))?.[1] ?? "receipt.returned.lead");
}

function dateText(instant, timeZone) {
  const options = { dateStyle: "medium", timeStyle: "short", ...(timeZone && { timeZone }) };
  return new Intl.DateTimeFormat(locale, options).format(new Date(instant));
}

function showFailed(key, { again = true } = {}) {
  fill(panel("failed"), { message: t(key) });
  byId("again").hidden = !again;
  showPanel("failed");
}

/** A payment of another customer, an unknown one and a wrong ID all look the same. */
function showMiss({ status, body }, byHand) {
  showPanel("ask");
  ask.elements.pay_online_id.value = known.payOnlineId;
  if (!byHand) return;
  const proof = body.code === "proof_required";
  if (proof) byId("proof-part").hidden = false;
  if (proof && !known.proof) return void ask.elements.proof.focus();
  const message = status === 429 ? t("wait.later") : t(proof ? "find.proof.wrong" : "ask.miss");
  showProblems(byId("ask-summary"), { [proof ? "proof" : "pay_online_id"]: message }, FIELDS);
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  const payOnlineId = ask.elements.pay_online_id.value.trim();
  const problems = payOnlineId ? {} : { pay_online_id: t("find.empty") };
  showProblems(byId("ask-summary"), problems, FIELDS);
  if (!payOnlineId) return;
  known = { payOnlineId, proof: ask.elements.proof.value.trim() };
  refresh({ byHand: true });
});

byId("print").addEventListener("click", () => window.print());
byId("again").addEventListener("click", () => (known?.session ? start() : refresh()));
addEventListener("hashchange", start);
watchNetwork(() => known && panel("receipt").hidden && (known.session ? start() : refresh()));
start();
