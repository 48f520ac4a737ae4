/** The contact's own name, phone and password, what it has access to, and signing out everywhere. */

import { formOf, newPasswordProblem, refusedPassword } from "./forms.js";
import { api, openSession, sessionChanged, signOut } from "./session.js";
import { announce, fill, looksLikeCardNumber, t } from "./shell.js";

const byId = (id) => document.getElementById(id);
const [details, change, everywhere] = ["details", "change", "everywhere"].map(byId);
const { name, phone } = details.elements;
const { current_password: current, password } = change.elements;

const session = await openSession("request_service");
show(session);

function show({ contact, memberships }) {
  fillDetails(contact);
  byId("username").value = contact.email;
  byId("access").replaceChildren(...memberships.map((one) => {
    const item = byId("access-item").content.cloneNode(true);
    const may = t(one.kind === "company" ? "profile.access.company" : "profile.access.site");
    fill(item, { customer: one.customer_name, tenant: one.tenant_name, may });
    return item;
  }));
}

function fillDetails(contact) {
  fill(details, { email: contact.email });
  if (!("typed" in details.dataset)) [name.value, phone.value] = [contact.name, contact.phone ?? ""];
  byId("profile-loading").hidden = true;
  byId("profile").hidden = false;
}

/** Say beside a form that it is saved, until it is changed again. */
function saved(form) {
  const note = byId(`${form.id}-saved`);
  note.hidden = false;
  announce(note.textContent.trim());
  form.addEventListener("input", () => (note.hidden = true), { once: true });
}

formOf(details, {
  fields: ["name", "phone"],
  working: t("profile.saving"),
  check: () => ({
    name: name.value.trim() ? looksLikeCardNumber(name.value) && t("form.card-number") : t("profile.name.empty"),
    phone: phone.value.trim() && !/\d(?:\D*\d){4}/.test(phone.value) && t("profile.phone.wrong"),
  }),
  send: () => api("PATCH", "/api/portal/profile", { name: name.value.trim(), phone: phone.value.trim() || null }),
  done: ({ contact }) => {
    sessionChanged(contact);
    fillDetails(contact);
    saved(details);
  },
});

formOf(change, {
  fields: ["current_password", "password"],
  working: t("profile.saving"),
  check: () => ({
    current_password: current.value ? null : t("profile.password.current.empty"),
    password: newPasswordProblem(password.value),
  }),
  send: () => api("POST", "/api/portal/profile/password", { current_password: current.value, password: password.value }),
  explain: (problem) => {
    if (problem.fields.current_password) return { current_password: t("profile.password.current.wrong") };
    return refusedPassword(problem);
  },
  done: () => {
    change.reset();
    saved(change);
  },
});

everywhere.addEventListener("click", async () => {
  if (everywhere.getAttribute("aria-disabled") === "true") return;
  const note = byId("everywhere-note");
  note.hidden = true;
  everywhere.setAttribute("aria-disabled", "true");
  everywhere.textContent = t("profile.everywhere.working");
  const problem = await signOut({ everywhere: true });
  everywhere.textContent = t("profile.everywhere");
  everywhere.removeAttribute("aria-disabled");
  fill(note, { message: problem.message });
  note.hidden = false;
  note.focus();
});
