/** A guest's receipt. Its address holds the payment's id only; the Pay Online ID is this tab's, or is asked for. */

import { getPayment, lookUp, orNull } from "./api.js";
import { formatMoney } from "./money.js";
import { methodName } from "./pay-elements.js";
import { panel, showPanel, showProblems, showTenant, watchNetwork } from "./shell.js";
import { fill, locale, say, t } from "./text.js";

const FIELDS = ["pay_online_id", "proof"];
const byId = (id) => document.getElementById(id);
const ask = byId("ask");

/** What is known of the receipt: {payOnlineId, proof, payment?, tenant?, customer?, email?}. */
let known = null;

function paymentId() {
  const id = decodeURIComponent(location.hash.slice(1));
  return /^[\w.-]{1,64}$/.test(id) ? id : null;
}

function start() {
  const id = paymentId();
  if (!id) return showFailed("receipt.none", { again: false });
  known = JSON.parse(sessionStorage.getItem(`duebook.receipt.${id}`) ?? sessionStorage.getItem("duebook.guest"));
  if (!known) return showPanel("ask");
  if (known.payment) showReceipt();
  return refresh();
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
  const { heading, lead, next, good } = wording(payment.status);
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
  say(shown.querySelector("[data-f=mail]"), email ? "receipt.mail" : "receipt.mail.given", { email });
  shown.querySelector("[data-f=mail]").hidden = !good;
  shown.querySelector("[data-part=tick]").hidden = !good;
  for (const part of shown.querySelectorAll("[data-part=to]")) part.hidden = !tenant;
  for (const part of shown.querySelectorAll("[data-part=left]")) part.hidden = left === undefined;
  if (tenant) showTenant(tenant);
  document.title = heading;
  showPanel("receipt", { focus });
}

function wording(status) {
  const words = {
    captured: [t("receipt.captured"), t("receipt.captured.lead"), t("receipt.captured.next"), true],
    pending: [t("receipt.pending"), t("receipt.pending.lead"), t("receipt.pending.next"), true],
    review: [t("receipt.pending"), t("receipt.review.lead"), t("receipt.review.next"), true],
    declined: [t("receipt.declined"), t("receipt.declined.lead"), t("receipt.declined.next"), false],
    failed: [t("receipt.declined"), t("receipt.declined.lead"), t("receipt.declined.next"), false],
    refunded: [t("receipt.refunded"), t("receipt.refunded.lead"), t("receipt.reversed.next"), true],
    partly_refunded: [t("receipt.partly-refunded"), t("receipt.partly-refunded.lead"), t("receipt.reversed.next"), true],
    voided: [t("receipt.voided"), t("receipt.voided.lead"), t("receipt.reversed.next"), true],
    returned: [t("receipt.returned"), t("receipt.returned.lead"), t("receipt.reversed.next"), false],
    charged_back: [t("receipt.returned"), t("receipt.returned.lead"), t("receipt.reversed.next"), false],
  };
  const open = [t("receipt.unknown"), t("receipt.unknown.lead"), t("receipt.unknown.next"), false];
  const [heading, lead, next, good] = words[status] ?? open;
  return { heading, lead, next, good };
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
byId("again").addEventListener("click", () => refresh());
addEventListener("hashchange", start);
watchNetwork(() => known && panel("receipt").hidden && refresh());
start();
