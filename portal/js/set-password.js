/** Choose a password with the link from a mail. Its token leaves the address at once and stays in this page's memory. */

import { arrive, showCompany } from "./door.js";
import { ask, formOf, newPasswordProblem, refusedPassword } from "./forms.js";
import { fill, showPanel, t, watchNetwork } from "./shell.js";

const byId = (id) => document.getElementById(id);
const form = byId("set");
const [resend, note] = [byId("resend"), byId("resend-note")];

let token = takeToken();

function takeToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found !== null) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

formOf(form, {
  fields: ["password"],
  working: t("set.working"),
  check: () => ({ password: newPasswordProblem(form.elements.password.value) }),
  send: () => ask("/api/password/set", { token, password: form.elements.password.value }),
  explain: (problem) => {
    if (problem.status !== 410 && !problem.fields.token) return refusedPassword(problem);
    showPanel("expired", { focus: true });
    return {};
  },
  done: arrive,
});

resend.addEventListener("click", async () => {
  if (resend.getAttribute("aria-disabled") === "true") return;
  resend.setAttribute("aria-disabled", "true");
  note.hidden = true;
  const { ok, problem } = await ask("/api/password/resend", { token });
  resend.removeAttribute("aria-disabled");
  if (ok) return void showPanel("resent", { focus: true });
  fill(note, { message: problem.message });
  note.hidden = false;
  note.focus();
});

function start() {
  showPanel(token ? "set" : "missing");
}

/* Another link from a mail, opened in this tab while the page is here. */
addEventListener("hashchange", () => {
  token = takeToken() ?? token;
  start();
});
/* The same page in another language: its link takes the token along in the fragment, which no server sees. */
for (const link of document.querySelectorAll("a[hreflang]")) {
  link.addEventListener("click", () => token && (link.hash = `token=${encodeURIComponent(token)}`));
}
start();
showCompany();
watchNetwork(() => {});
