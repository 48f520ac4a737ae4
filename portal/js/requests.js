/** Service requests: what was asked for and what became of it; asking, and asking again for what was declined. */

import { beginAttempt, endAttempt } from "./attempt.js";
import { siteName } from "./contact-list.js";
import { formOf, putBack } from "./forms.js";
import { allOf, listOf } from "./lists.js";
import { copyOf, todayIn } from "./request-copy.js";
import { api, openSession } from "./session.js";
import { announce, fill, locale, looksLikeCardNumber, say, showContact, t, tn } from "./shell.js";

const REQUESTS = "/api/portal/requests";
const CATALOG = "/api/portal/catalog";
const A_TIME = 50;
/* Where the key of a request is kept until it is known whether the request was sent, see attempt.js. */
const PLACE = ".request";
const STATUS = {
  new: ["requests.sent"],
  read: ["requests.seen", "info"],
  completed: ["requests.accepted", "ok"],
  declined: ["requests.declined", "danger"],
};

const byId = (id) => document.getElementById(id);
const [form, heading, more] = ["request", "requests-heading", "more"].map(byId);
const { site_id: site, product_id: product, service_id: service, wanted_on: wanted, po_number: po, note } = form.elements;

/** What has come so far, where the older ones begin, what can be asked for, and what opened the form. */
const page = { items: [], cursor: null, offered: { sites: [], products: [], services: [] }, opener: null };

let kept = null;
form.addEventListener("form-back", (event) => {
  event.preventDefault();
  kept = event.detail;
});

const { membership, tenant } = await openSession("request_service");
showContact(byId("support"), "requests.support", tenant);

/* ---- the list ---- */

const list = listOf(byId("list"), load, show);
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: tenant.time_zone });
const calendar = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });

async function load() {
  const answers = await Promise.all([ask(), readOffered()]);
  const [requests, offered] = answers;
  return answers.find(({ ok }) => !ok) ?? { ok: true, body: { ...requests.body, offered: offered.body } };
}

/** A page of requests. One without any that the contact may see is followed by the next. */
async function ask(cursor) {
  const query = new URLSearchParams({ limit: A_TIME, ...(cursor && { cursor }) });
  const answer = await api("GET", `${REQUESTS}?${query}`);
  return answer.ok && answer.body.items.length === 0 && answer.body.next_cursor ? ask(answer.body.next_cursor) : answer;
}

async function readOffered() {
  const answers = await Promise.all([api("GET", CATALOG), allOf("/api/portal/sites")]);
  const [catalog, sites] = answers;
  return answers.find(({ ok }) => !ok) ?? { ok: true, body: { sites: sites.items, products: catalog.body.products, services: catalog.body.services } };
}

function show({ items, next_cursor: cursor, offered }) {
  Object.assign(page, { items, cursor });
  offer(offered);
  draw();
  if (kept) openForm(byId("add"));
  if (kept) putBack(form, kept);
  kept = null;
  return items.length;
}

function draw() {
  byId("list").querySelector("tbody").replaceChildren(...page.items.map(rowOf));
  more.hidden = page.cursor === null;
  showOpeners();
}

function rowOf(request) {
  const row = byId("request-row").content.firstElementChild.cloneNode(true);
  const [key, look] = STATUS[request.status];
  const declined = request.status === "declined";
  fill(row, {
    product: request.product_name,
    service: request.service_name,
    site: siteName(request.site),
    wanted: request.wanted_on ? dayText(request.wanted_on) : t("requests.any-day"),
    po: request.po_number ?? "",
    note: request.note ?? "",
    asked: moment.format(new Date(request.created_at)),
    by: request.requested_by,
    status: t(key),
    reason: request.decline_reason ?? "",
  });
  const planned = row.querySelector("[data-part=planned]");
  planned.hidden = !request.scheduled_on;
  if (request.scheduled_on) say(planned, "requests.planned", { date: dayText(request.scheduled_on) });
  if (look) row.querySelector(".tag").classList.add(look);
  for (const name of ["po", "note"]) {
    const cell = row.querySelector(`[data-f=${name}]`);
    cell.closest("td").classList.toggle("nil", !cell.textContent);
  }
  row.querySelector("[data-part=declined]").hidden = !declined;
  const again = row.querySelector("[data-part=again]");
  again.hidden = !possible();
  again.addEventListener("click", () => askAgain(request, again));
  return row;
}

function dayText(day) {
  return calendar.format(new Date(`${day}T00:00:00Z`));
}

more.addEventListener("click", async () => {
  if (more.getAttribute("aria-disabled") === "true") return;
  work(t("requests.more.working"));
  const { ok, body, problem } = await ask(page.cursor);
  work(null);
  byId("more-problem").textContent = ok ? "" : problem.message;
  if (!ok) return;
  Object.assign(page, { items: [...page.items, ...body.items], cursor: body.next_cursor });
  draw();
  announce(tn("requests.more.done", body.items.length));
  if (more.hidden) heading.focus();
});

function work(label) {
  more.textContent = label ?? t("requests.more");
  more.setAttribute("aria-disabled", String(label !== null));
}

/* ---- what can be asked for ---- */

/** Whether the company shows something to ask for, and there is a site to ask for it. */
function possible() {
  return Object.values(page.offered).every((items) => items.length > 0);
}

function offer(offered) {
  page.offered = offered;
  const sites = offered.sites.map((one) => ({ id: one.id, name: siteName(one) }));
  for (const [select, items] of [[site, sites], [product, offered.products], [service, offered.services]]) {
    const before = items.length === 1 ? items[0].id : select.value;
    select.replaceChildren(select.options[0], ...items.map(({ id, name }) => new Option(name, id)));
    select.value = items.some(({ id }) => id === before) ? before : "";
  }
  const shown = offered.products.length > 0 && offered.services.length > 0;
  byId("closed").hidden = possible();
  showContact(byId("closed"), shown ? "requests.no-site" : "requests.closed", tenant);
}

/** The company hid something meanwhile, or took a site away: the form no longer offers it. */
async function offerAnew() {
  const { ok, body } = await readOffered();
  if (!ok) return;
  offer(body);
  draw();
}

/** One button that opens the form: in the empty list, or else at the top. */
function showOpeners() {
  const hidden = !possible() || !form.hidden;
  byId("add-part").hidden = hidden || page.items.length === 0;
  byId("add-part").classList.remove("waiting");
  byId("first-part").hidden = hidden;
}

/* ---- the form ---- */

const sending = formOf(form, {
  fields: ["site_id", "product_id", "service_id", "wanted_on", "po_number", "note"],
  working: t("requests.sending"),
  check: () => ({
    site_id: !site.value && t("requests.site.empty"),
    product_id: !product.value && t("requests.product.empty"),
    service_id: !service.value && t("requests.service.empty"),
    wanted_on: dayProblem(),
    po_number: holdsCardNumber(po.value) && t("requests.card-number"),
    note: holdsCardNumber(note.value) && t("requests.card-number"),
  }),
  send,
  explain: ({ status, code, fields }) => {
    if (code === "requests_closed" || ["site_id", "product_id", "service_id"].some((name) => fields[name])) offerAnew();
    if (code === "requests_closed") return t("requests.closed", { name: tenant.name });
    if (status > 0 && status < 500) return null;
    return t(navigator.onLine ? "requests.unsure" : "requests.offline");
  },
  done: (request) => {
    page.items = [request, ...page.items.filter(({ id }) => id !== request.id)];
    closeForm();
    draw();
    list.recount(page.items.length);
    say(byId("done").querySelector("p"), "requests.done", { name: tenant.name });
    byId("done").hidden = false;
    announce(t("requests.done", { name: tenant.name }));
    heading.focus();
  },
});

/** The same request keeps its key until its outcome is known, so that it counts once however often it is sent. */
async function send() {
  const body = {
    site_id: site.value,
    product_id: product.value,
    service_id: service.value,
    wanted_on: wanted.value || null,
    po_number: po.value.trim() || null,
    note: note.value.trim() || null,
  };
  const { key } = beginAttempt({ place: PLACE, path: REQUESTS, payer: membership.id, body: JSON.stringify(body) });
  const answer = await api("POST", REQUESTS, body, { headers: { "idempotency-key": key } });
  if (answer.ok || [400, 409, 422].includes(answer.status)) endAttempt(PLACE);
  return answer;
}

function dayProblem() {
  if (wanted.validity.badInput) return t("requests.wanted.part");
  return wanted.value && wanted.value < todayIn(tenant.time_zone) ? t("requests.wanted.past") : null;
}

function holdsCardNumber(text) {
  return (text.match(/\d(?:[ -]?\d){12,18}/g) ?? []).some(looksLikeCardNumber);
}

/** Open the form, empty or with what a declined request asked for; its heading gets the focus. */
function openForm(opener, values = {}) {
  page.opener = opener;
  sending.clear();
  form.reset();
  offer(page.offered);
  wanted.min = todayIn(tenant.time_zone);
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  byId("copied").hidden = true;
  byId("done").hidden = true;
  form.hidden = false;
  showOpeners();
  byId("request-heading").focus();
}

function askAgain(request, opener) {
  const { values, gone } = copyOf(request, page.offered, todayIn(tenant.time_zone));
  openForm(opener, values);
  form.dataset.typed = "";
  const [copied, missing] = ["copied", "gone"].map((name) => byId("copied").querySelector(`[data-f=${name}]`));
  say(copied, "requests.copied", { date: moment.format(new Date(request.created_at)) });
  say(missing, "requests.gone", { names: new Intl.ListFormat(locale).format(gone) });
  missing.hidden = gone.length === 0;
  byId("copied").hidden = false;
}

function closeForm() {
  form.hidden = true;
  delete form.dataset.typed;
  showOpeners();
}

byId("cancel").addEventListener("click", () => {
  closeForm();
  (page.opener.isConnected ? page.opener : byId("title")).focus();
});
for (const name of ["add", "first"]) byId(name).addEventListener("click", ({ currentTarget }) => openForm(currentTarget));
list.refresh();
