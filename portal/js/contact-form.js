/** The form in which a contact is added or edited. */

import { matching, siteName } from "./contact-list.js";
import { formOf, putBack } from "./forms.js";
import { api } from "./session.js";
import { fill, looksLikeCardNumber, say, t } from "./shell.js";

export const CONTACTS = "/api/portal/contacts";
const FEW_SITES = 10;

const byId = (id) => document.getElementById(id);
const form = byId("contact");
const { contact_id: editedId, name, email, phone, portal_access: invite } = form.elements;

/** Who is signed in, which sites there are once that is known, what opened the form, and what is done once a contact is saved. */
const page = { me: "", sites: null, opener: null, saved: () => {} };

/** The form works for this contact; `saved` is told each contact that was saved, and whether it was added. */
export function prepareForm(me, saved) {
  Object.assign(page, { me, saved });
}

const sending = formOf(form, {
  fields: ["name", "email", "phone"],
  working: t("contacts.form.saving"),
  check: problemsOfForm,
  send: () => {
    const id = editedId.value;
    return api(id ? "PATCH" : "POST", id ? `${CONTACTS}/${encodeURIComponent(id)}` : CONTACTS, typed(id));
  },
  explain: ({ fields }) => {
    showSitesProblem(fields.site_ids);
    if (fields.email && !email.value.trim()) return { email: t("contacts.no-email") };
    return fields.site_ids ? fields : null;
  },
  done: (contact) => {
    const added = !editedId.value;
    closeForm();
    page.saved(contact, added);
  },
});

function typed(id) {
  const kind = form.elements.kind.value;
  const body = { name: name.value.trim(), email: email.value.trim() || null, phone: phone.value.trim() || null };
  if (id !== page.me) Object.assign(body, { kind, site_ids: kind === "site" ? chosenSites() : [] });
  if (!id && invite.checked) body.portal_access = true;
  return body;
}

function chosenSites() {
  return [...byId("sites").querySelectorAll(":checked")].map(({ value }) => value);
}

function problemsOfForm() {
  const problems = {};
  const [who, address, number] = [name, email, phone].map(({ value }) => value.trim());
  if (!who) problems.name = t("contacts.form.name.empty");
  else if (looksLikeCardNumber(who)) problems.name = t("form.card-number");
  if (address && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(address)) problems.email = t("email.wrong");
  else if (!address && !editedId.value && invite.checked) problems.email = t("contacts.no-email");
  if (number && !/\d(?:\D*\d){4}/.test(number)) problems.phone = t("profile.phone.wrong");
  if (form.elements.kind.value === "site" && chosenSites().length === 0) problems.site_ids = t("contacts.form.sites.empty");
  showSitesProblem(problems.site_ids);
  return problems;
}

function showSitesProblem(message) {
  const line = byId("site_ids-error");
  line.hidden = !message;
  line.textContent = message ?? "";
}

/** Open the form for a contact, or for a new one; its heading gets the focus. */
export function openForm(contact, opener) {
  page.opener = opener;
  sending.clear();
  showSitesProblem(null);
  form.reset();
  drawSites(contact?.site_ids ?? []);
  editedId.value = contact?.id ?? "";
  form.elements.kind.value = contact?.kind ?? "company";
  [name.value, email.value, phone.value] = [contact?.name ?? "", contact?.email ?? "", contact?.phone ?? ""];
  if (contact) say(byId("contact-heading"), "contacts.form.edit", { name: contact.name });
  else byId("contact-heading").textContent = t("contacts.form.add");
  byId("kind-part").hidden = contact?.id === page.me;
  byId("invite-part").hidden = Boolean(contact);
  kindChosen();
  byId("done").hidden = true;
  byId("add").hidden = true;
  form.hidden = false;
  byId("contact-heading").focus();
}

/** The sites came, perhaps while the form is open already. */
export function offerSites(sites) {
  page.sites = sites;
  if (!form.hidden) drawSites(chosenSites());
}

function drawSites(chosen) {
  const sites = page.sites ?? [];
  byId("find_site").value = "";
  byId("sites-find").hidden = sites.length <= FEW_SITES;
  byId("sites-note").hidden = page.sites === null || sites.length > 0;
  byId("sites-note").textContent = t("contacts.form.sites.none");
  byId("sites").replaceChildren(...sites.map((site) => {
    const choice = byId("site-choice").content.cloneNode(true);
    fill(choice, { name: siteName(site), address: site.address ?? "" });
    Object.assign(choice.querySelector("input"), { value: site.id, checked: chosen.includes(site.id) });
    return choice;
  }));
}

function kindChosen() {
  byId("site_ids").hidden = form.elements.kind.value !== "site" || editedId.value === page.me;
}

function closeForm() {
  form.hidden = true;
  delete form.dataset.typed;
  byId("add").hidden = false;
}

/** Open the form as it was left when the session ended; `kept` is what stood in it. */
export function openKept(kept, contactOf) {
  const id = kept.find((one) => one.name === "contact_id")?.value;
  openForm(contactOf(id), byId("add"));
  putBack(form, kept);
  kindChosen();
}

byId("cancel").addEventListener("click", () => {
  closeForm();
  page.opener.focus();
});
for (const radio of form.elements.kind) radio.addEventListener("change", kindChosen);
byId("find_site").addEventListener("input", ({ target }) => {
  const shown = matching(page.sites.map((site) => ({ ...site, site_ids: [] })), [], { words: target.value, access: "all" });
  const ids = new Set(shown.map(({ id }) => id));
  for (const input of byId("sites").querySelectorAll("input")) input.closest("label").hidden = !ids.has(input.value) && !input.checked;
});
