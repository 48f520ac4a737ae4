/** All payments of a customer, newest first, with their receipts; by status, by text, as a file. */

import { methodName } from "./hosted-field.js";
import { listOf } from "./lists.js";
import { decimalText, formatMoney } from "./money.js";
import { api, openSession, page as address } from "./session.js";
import { announce, fill, locale, t, tn } from "./shell.js";
import { download } from "./table.js";

const A_TIME = 100;
const LOOKS = { pending: "info", review: "info", unknown: "info", captured: "ok", returned: "danger", charged_back: "danger" };

const byId = (id) => document.getElementById(id);
const [filters, more, csv, heading] = ["filters", "more", "csv", "payments-heading"].map(byId);

/** What has come so far, and where the older ones begin. */
const page = { items: [], cursor: null };

const { tenant } = await openSession("manage_methods");
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: tenant.time_zone });
const list = listOf(byId("list"), () => ask(), show);

function ask(cursor) {
  const query = new URLSearchParams({ limit: A_TIME, ...(cursor && { cursor }) });
  return api("GET", `/api/portal/payments?${query}`);
}

function show({ items, next_cursor: cursor }) {
  Object.assign(page, { items, cursor });
  draw();
  return items.length;
}

function draw() {
  const { status, search } = filters.elements;
  const texts = [...new Set(page.items.map((one) => statusText(one.status)))];
  const kept = status.value;
  status.replaceChildren(status.options[0], ...texts.map((text) => new Option(text, text)));
  status.value = texts.includes(kept) ? kept : "";
  const shown = page.items.filter((one) => matches(one, status.value, search.value));
  byId("list").querySelector("tbody").replaceChildren(...shown.map(line));
  heading.textContent = tn("payments.count", shown.length);
  byId("table").hidden = shown.length === 0;
  byId("none").hidden = shown.length > 0;
  more.hidden = page.cursor === null;
  csv.hidden = page.items.length === 0;
  page.shown = shown;
}

function matches(payment, status, text) {
  if (status && statusText(payment.status) !== status) return false;
  const wanted = text.trim().toLowerCase();
  const invoices = payment.applications.map(({ number }) => number);
  const said = [payment.reference, payment.method.last4, methodName(payment.method), money(payment.amount, payment.currency), ...invoices];
  return said.some((one) => one?.toLowerCase().includes(wanted));
}

function line(payment) {
  const row = byId("payment-row").content.firstElementChild.cloneNode(true);
  const { id, method, status, amount, currency, refunded, reference } = payment;
  fill(row, {
    date: dateText(payment),
    method: methodName(method),
    for: forText(payment),
    status: statusText(status),
    back: refunded && status === "partly_refunded" ? t("payments.paid-back", { amount: money(refunded, currency) }) : "",
    amount: money(amount, currency),
  });
  if (LOOKS[status]) row.querySelector(".tag").classList.add(LOOKS[status]);
  const receipt = row.querySelector("[data-part=receipt]");
  receipt.href = `${address("receipt")}?id=${encodeURIComponent(id)}`;
  receipt.setAttribute("aria-label", t("payments.receipt-of", { reference: reference || id }));
  return row;
}

function money(minor, currency) {
  return formatMoney(minor, currency, locale);
}

/** A check counts from the day it came. */
function dateText({ created_at: at, received_on: on }) {
  if (!on) return moment.format(new Date(at));
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${on}T00:00:00Z`));
}

function forText({ applications }) {
  if (applications.length === 0) return t("payments.account");
  const [{ number }, ...others] = applications;
  return others.length ? t("payments.invoices.more", { first: number, more: new Intl.NumberFormat(locale).format(others.length) }) : number;
}

function statusText(status) {
  const texts = {
    captured: "status.captured",
    pending: "status.pending",
    review: "status.review",
    refunded: "status.refunded",
    partly_refunded: "status.partly-refunded",
    voided: "status.voided",
    returned: "status.returned",
    charged_back: "status.charged-back",
  };
  return t(texts[status] ?? "status.unknown");
}

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled") === "true") return;
  work(t("payments.more.working"));
  const { ok, body, problem } = await ask(page.cursor);
  work(null);
  byId("more-problem").textContent = ok ? "" : problem.message;
  if (!ok) return;
  const last = byId("list").querySelector("tbody").lastElementChild;
  Object.assign(page, { items: [...page.items, ...body.items], cursor: body.next_cursor });
  draw();
  announce(heading.textContent);
  if (more.hidden || !last) heading.focus();
});

function work(label) {
  more.textContent = label ?? t("payments.more");
  more.setAttribute("aria-disabled", String(label !== null));
}

filters.addEventListener("submit", (event) => event.preventDefault());
for (const type of ["input", "change"]) {
  filters.addEventListener(type, () => {
    draw();
    clearTimeout(page.timer);
    page.timer = setTimeout(() => announce(heading.textContent), 600);
  });
}
byId("forget").addEventListener("click", () => {
  filters.reset();
  draw();
  filters.elements.search.focus();
});

csv.addEventListener("click", () => {
  const names = ["date", "method", "invoices", "reference", "status", "currency", "amount", "paid_back"];
  const rows = page.shown.map((one) => [
    one.received_on ?? one.created_at.slice(0, 10), methodName(one.method), one.applications.map(({ number }) => number).join(" "),
    one.reference, one.status, one.currency, decimalText(one.amount, one.currency), decimalText(one.refunded, one.currency),
  ]);
  download("payments.csv", [names, ...rows]);
});
list.refresh();
