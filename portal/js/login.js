/** Sign in, and go on to the page that was asked for. */

import { ask, formOf } from "./forms.js";
import { arrive, showCompany, signedOutLinks } from "./door.js";
import { say, t, watchNetwork } from "./shell.js";

const byId = (id) => document.getElementById(id);
const form = byId("login");
const { email, password } = form.elements;
const why = new URLSearchParams(location.search).get("why");

formOf(form, {
  fields: ["email", "password"],
  working: t("login.working"),
  check: () => ({
    email: email.value.trim() ? null : t("email.empty"),
    password: password.value ? null : t("login.password.empty"),
  }),
  send: () => ask("/api/session", { email: email.value.trim(), password: password.value }),
  explain: ({ status, message }) => (status === 401 || status === 422 ? t("login.wrong") : message),
  done: arrive,
});

if (["ended", "left"].includes(why)) {
  say(byId("why").querySelector("p"), why === "ended" ? "login.why.ended" : "login.why.left");
  byId("why").hidden = false;
}
signedOutLinks();
showCompany();
watchNetwork(() => {});
