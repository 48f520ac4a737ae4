/** Contacts of a customer: company contacts and, by site, site contacts; add, edit, delete, give portal access. */

import { byName, bySite, matching, siteName, sitesOf } from "./contact-list.js";
import { CONTACTS, offerSites, openForm, openKept, prepareForm } from "./contact-form.js";
import { allOf, listOf } from "./lists.js";
import { api, openSession } from "./session.js";
import { announce, fill, locale, say, t, tn } from "./shell.js";
import { download, pagerOf } from "./table.js";

const byId = (id) => document.getElementById(id);
const [dialog, search] = ["delete", "search"].map(byId);

/** What came, what is asked for, and what was just said of a contact. */
const page = { contacts: [], sites: [], me: "", timeZone: undefined, access: "all", words: "", said: new Map() };

let kept = null;
byId("contact").addEventListener("form-back", (event) => {
  event.preventDefault();
  kept = event.detail;
});

const { contact: me, tenant } = await openSession("manage_contacts");
Object.assign(page, { me: me.id, timeZone: tenant.time_zone });

/* ---- the list ---- */

const list = listOf(byId("list"), load, show);
const turn = {
  company: pagerOf(byId("company-pager"), (range) => drawCompany(range), () => byId("company-heading")),
  site: pagerOf(byId("site-pager"), (range) => drawSite(range), () => byId("site-heading")),
};

async function load() {
  const [contacts, sites] = await Promise.all([allOf(CONTACTS), allOf("/api/portal/sites")]);
  if (!contacts.ok || !sites.ok) return contacts.ok ? sites : contacts;
  return { ok: true, body: { contacts: contacts.items, more: contacts.more, sites: sites.items } };
}

function show({ contacts, more, sites }) {
  Object.assign(page, { contacts, sites });
  byId("limit").hidden = !more;
  byId("limit").textContent = tn("contacts.limit", contacts.length);
  draw();
  offerSites(sites);
  if (kept) openKept(kept, contactOf);
  kept = null;
  return contacts.length;
}

/** Draw what matches. */
function draw({ fromStart = false } = {}) {
  const found = matching(page.contacts, page.sites, page).sort(byName(locale));
  page.company = found.filter(({ kind }) => kind === "company");
  page.site = bySite(found.filter(({ kind }) => kind === "site"), page.sites).flatMap(({ site, contacts }) =>
    contacts.map((one) => ({ ...one, site })),
  );
  const filtered = page.words.trim() || page.access !== "all";
  byId("none").hidden = found.length > 0;
  for (const kind of ["company", "site"]) {
    byId(`${kind}-part`).hidden = found.length === 0;
    byId(kind).hidden = page[kind].length === 0;
    const none = byId(kind).parentElement.querySelector("[data-part=none]");
    none.hidden = page[kind].length > 0;
    none.textContent = noneText(kind, filtered);
    turn[kind](page[kind].length, { fromStart });
  }
  return found.length;
}

function noneText(kind, filtered) {
  if (kind === "company") return t("contacts.company.none");
  return t(filtered ? "contacts.site.no-match" : "contacts.site.none");
}

function drawCompany({ first, size }) {
  const body = document.createElement("tbody");
  body.setAttribute("role", "rowgroup");
  body.append(...page.company.slice(first, first + size).map((contact) => rowOf(contact, [])));
  replaceBodies(byId("company"), [body]);
}

function drawSite({ first, size }) {
  const bodies = new Map();
  for (const { contact, also, site } of page.site.slice(first, first + size)) {
    if (!bodies.has(site)) bodies.set(site, groupOf(site));
    bodies.get(site).append(rowOf(contact, also));
  }
  replaceBodies(byId("site"), [...bodies.values()]);
}

function groupOf(site) {
  const body = document.createElement("tbody");
  body.setAttribute("role", "rowgroup");
  const head = byId("site-head").content.cloneNode(true);
  fill(head, { site: site ? siteName(site) : t("contacts.no-site") });
  body.append(head);
  return body;
}

function replaceBodies(table, bodies) {
  for (const body of [...table.tBodies]) body.remove();
  table.append(...bodies);
}

function rowOf(contact, also) {
  const row = byId("person").content.cloneNode(true).firstElementChild;
  const piece = (part) => row.querySelector(`[data-part="${part}"]`);
  row.dataset.contact = contact.id;
  if (also.length) say(piece("also"), "contacts.also", { sites: also.map(siteName).join(", ") });
  piece("also").hidden = also.length === 0;
  piece("switch").querySelector("input").addEventListener("click", (event) => row.ariaBusy === "true" && event.preventDefault());
  piece("switch").querySelector("input").addEventListener("change", ({ target }) => turnAccess(contact.id, target.checked));
  piece("resend").addEventListener("click", () => resend(contact.id));
  piece("edit").addEventListener("click", ({ currentTarget }) => openForm(contactOf(contact.id), currentTarget));
  piece("delete").addEventListener("click", () => askDelete(contactOf(contact.id)));
  fillRow(row, contact);
  return row;
}

/** Write a contact into its row: also what was just said of it. */
function fillRow(row, contact) {
  const piece = (part) => row.querySelector(`[data-part="${part}"]`);
  const own = contact.id === page.me;
  const { told, wrong } = page.said.get(contact.id) ?? {};
  const access = piece("switch").querySelector("input");
  fill(row, {
    name: contact.name,
    email: contact.email ?? "",
    phone: contact.phone ?? "",
    on: t(contact.portal_access ? "contacts.on" : "contacts.off"),
    last: lastText(contact),
  });
  row.querySelector("[data-f=email]").closest("td").classList.toggle("nil", !contact.email);
  row.querySelector("[data-f=phone]").closest("td").classList.toggle("nil", !contact.phone);
  row.querySelector("[data-f=last]").closest("td").classList.toggle("nil", !lastText(contact));
  access.checked = contact.portal_access;
  access.setAttribute("aria-label", t("contacts.access.of", { name: contact.name }));
  for (const part of ["you", "own"]) piece(part).hidden = !own;
  for (const part of ["switch", "delete"]) piece(part).hidden = own;
  piece("told").hidden = !told;
  if (told) say(piece("told"), ...told);
  piece("wrong").hidden = !wrong;
  piece("wrong").textContent = wrong ?? "";
  piece("resend").hidden = own || !contact.portal_access || !contact.email || Boolean(contact.last_sign_in_at);
  say(piece("to"), "contacts.resend.of", { name: contact.name });
}

function lastText({ portal_access: access, invited_at: invited, last_sign_in_at: last }) {
  if (last) return dateText(last);
  if (!access) return "";
  return invited ? t("contacts.invited", { date: dateText(invited) }) : t("contacts.never");
}

function dateText(instant) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: page.timeZone }).format(new Date(instant));
}

function contactOf(id) {
  return page.contacts.find((one) => one.id === id);
}

function rowFor(id) {
  return document.querySelector(`tr[data-contact="${CSS.escape(id)}"]`);
}

function keepContact(contact) {
  const at = page.contacts.findIndex((one) => one.id === contact.id);
  page.contacts.splice(at < 0 ? page.contacts.length : at, at < 0 ? 0 : 1, contact);
}

/* ---- portal access ---- */

/** Saved at once; undone with the reason when it cannot be. */
async function turnAccess(id, on) {
  const before = contactOf(id);
  if (on && !before.email) return sayOf(before, { wrong: t("contacts.no-email") });
  const answer = await busy(id, () => api("PATCH", `${CONTACTS}/${encodeURIComponent(id)}`, { portal_access: on }));
  if (!answer.ok) return sayOf(before, { wrong: reason(answer.problem, before) });
  keepContact(answer.body);
  return sayOf(answer.body, { told: accessTold(before, answer.body) });
}

function accessTold(before, { name: who, email: to, portal_access: on, invited_at: invited }) {
  if (!on) return ["contacts.ended", { name: who }];
  return invited !== before.invited_at ? ["contacts.invite.sent", { email: to }] : ["contacts.started", { name: who }];
}

async function resend(id) {
  const answer = await busy(id, () => api("POST", `${CONTACTS}/${encodeURIComponent(id)}/invitation`, {}));
  if (!answer.ok) return sayOf(contactOf(id), { wrong: reason(answer.problem, contactOf(id)) });
  keepContact(answer.body);
  return sayOf(answer.body, { told: ["contacts.invite.sent", { email: answer.body.email }] });
}

/** Run one call for a contact; its row is busy meanwhile and takes no second one. */
async function busy(id, task) {
  const row = rowFor(id);
  row.ariaBusy = "true";
  fill(row, { on: t("contacts.saving") });
  const answer = await task();
  row.ariaBusy = null;
  return answer;
}

function reason({ fields, message }, { email: address }) {
  if (fields.email) return address ? fields.email : t("contacts.no-email");
  return message;
}

function sayOf(contact, said) {
  page.said.set(contact.id, said);
  const row = rowFor(contact.id);
  if (row) fillRow(row, contact);
  if (said.told) announce(t(...said.told));
}

/* ---- search, filter, file ---- */

let typing;
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(find, 200);
});
for (const chip of document.querySelectorAll("[data-access]")) {
  chip.addEventListener("click", () => {
    page.access = chip.dataset.access;
    find();
  });
}
byId("clear").addEventListener("click", () => {
  search.value = "";
  page.access = "all";
  find();
  search.focus();
});

function find() {
  page.words = search.value;
  for (const chip of document.querySelectorAll("[data-access]")) {
    chip.setAttribute("aria-pressed", String(chip.dataset.access === page.access));
  }
  announce(tn("contacts.found", draw({ fromStart: true })));
}

byId("csv").addEventListener("click", () => {
  const head = ["contacts.name", "contacts.email", "contacts.phone", "contacts.kind", "contacts.sites", "contacts.access", "contacts.last"];
  const rows = matching(page.contacts, page.sites, page).sort(byName(locale)).map((one) => [
    one.name, one.email, one.phone,
    t(one.kind === "company" ? "contacts.form.company" : "contacts.form.site"),
    sitesOf(one, page.sites).map(siteName).join("; "),
    t(one.portal_access ? "contacts.on" : "contacts.off"),
    one.last_sign_in_at?.slice(0, 10),
  ]);
  download(t("contacts.csv.file"), [head.map((key) => t(key)), ...rows]);
});

/* ---- add, edit, say what was done ---- */

prepareForm(me.id, (contact, added) => {
  const invited = added && contact.portal_access;
  keepContact(contact);
  page.said.delete(contact.id);
  list.recount(page.contacts.length);
  draw();
  const key = invited ? "contacts.added.invited" : added ? "contacts.added" : "contacts.saved";
  tell(key, { name: contact.name, email: contact.email });
  (rowFor(contact.id)?.querySelector("[data-part=edit]") ?? byId("title")).focus();
});
byId("add").addEventListener("click", ({ currentTarget }) => openForm(null, currentTarget));

/** Say what was done, at the top of the list and to screen readers. */
function tell(key, values) {
  say(byId("done").querySelector("p"), key, values);
  byId("done").hidden = false;
  announce(t(key, values));
}

/* ---- delete ---- */

function askDelete(contact) {
  dialog.dataset.contact = contact.id;
  say(byId("delete-heading"), "contacts.delete.heading", { name: contact.name });
  byId("delete-note").hidden = true;
  dialog.showModal();
}

byId("delete-no").addEventListener("click", () => dialog.close());
byId("delete-yes").addEventListener("click", async ({ currentTarget: button }) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  const contact = contactOf(dialog.dataset.contact);
  button.setAttribute("aria-disabled", "true");
  button.textContent = t("contacts.delete.working");
  const { ok, problem } = await api("DELETE", `${CONTACTS}/${encodeURIComponent(contact.id)}`);
  button.textContent = t("contacts.delete.action");
  button.removeAttribute("aria-disabled");
  if (!ok && problem.status !== 404) {
    fill(byId("delete-note"), { message: problem.message });
    byId("delete-note").hidden = false;
    return void byId("delete-note").focus();
  }
  dialog.close();
  page.contacts = page.contacts.filter((one) => one !== contact);
  list.recount(page.contacts.length);
  draw();
  tell("contacts.deleted", { name: contact.name });
  return byId(`${contact.kind}-heading`).focus();
});

list.refresh();
