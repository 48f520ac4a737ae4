/** Ask for a link to choose a new password. The answer is the same for every email. */

import { signedOutLinks, showCompany } from "./door.js";
import { ask, formOf } from "./forms.js";
import { showPanel, t, watchNetwork } from "./shell.js";

const form = document.getElementById("forgot");
const { email } = form.elements;

formOf(form, {
  fields: ["email"],
  working: t("forgot.working"),
  check: () => {
    const typed = email.value.trim();
    if (!typed) return { email: t("email.empty") };
    return /^[^\s@]+@[^\s@]+$/.test(typed) ? {} : { email: t("email.wrong") };
  },
  send: () => ask("/api/password/forgot", { email: email.value.trim() }),
  explain: ({ status, message }) => (status === 422 ? { email: t("email.wrong") } : message),
  done: () => showPanel("sent", { focus: true }),
});

document.getElementById("again").addEventListener("click", () => {
  showPanel("ask");
  email.focus();
});
signedOutLinks();
showCompany();
watchNetwork(() => {});
