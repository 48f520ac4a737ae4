/** Forms of signed-in contacts and of signing in: check, send, say what was wrong; passwords that can be shown; input that is kept. */

import { announce, call, fieldsOf, fill, locale, orNull, recheck, showProblems, t, waitText } from "./shell.js";

const KEPT = "duebook.kept";
const SECRET = "button, [type=password], [type=file], [type=hidden][data-secret], [autocomplete*=cc-]";

const byId = (id) => document.getElementById(id);

/**
 * Send a form in one way: problems first, one press at a time, what was typed stays.
 * @param {HTMLFormElement} form with the parts of the macro `problems` and one button to send it
 * @param {object} rules
 * @param {string[]} rules.fields ids of its fields, which are their names
 * @param {() => Record<string, string>} rules.check field → sentence, of what is wrong before sending
 * @param {() => Promise} rules.send an answer of api()
 * @param {string} rules.working the button's label meanwhile
 * @param {(body) => void} rules.done
 * @param {(problem) => object | string | null} [rules.explain] a problem as field → sentence, or as one sentence; null leaves it to us
 */
export function formOf(form, { fields, check, send, working, done, explain = () => null }) {
  const [summary, note] = [byId(`${form.id}-summary`), byId(`${form.id}-note`)];
  const button = form.querySelector("button:not([type=button])");

  const refuse = (problems) => showProblems(summary, problems, fields);
  const say = (message) => {
    note.hidden = !message;
    fill(note, { message: message ?? "" });
    if (message) note.focus();
  };
  const tell = (problem) => {
    const known = Object.entries(problem.fields).filter(([field]) => fields.includes(field));
    const said = explain(problem) ?? (known.length ? Object.fromEntries(known) : problem.message);
    return typeof said === "string" ? say(said) : refuse(said);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    const problems = found(check());
    say(null);
    refuse(problems);
    if (Object.keys(problems).length) return;
    const label = button.textContent;
    for (const input of form.querySelectorAll("[data-revealed]")) conceal(input);
    button.setAttribute("aria-disabled", "true");
    button.textContent = working;
    const { ok, body, problem } = await send();
    button.textContent = label;
    button.removeAttribute("aria-disabled");
    if (!ok) return void tell(problem);
    delete form.dataset.typed;
    done(body);
  });
  recheck(fields, () => found(check()));
  for (const reveal of form.querySelectorAll("[data-reveal]")) reveal.addEventListener("click", () => turn(byId(reveal.dataset.reveal)));

  /** Forget what was wrong, for a form that is opened again. */
  return { clear: () => (refuse({}), say(null)) };
}

/** What a new password lacks before the server is asked. */
export function newPasswordProblem(password) {
  if (!password) return t("password.empty");
  if ([...password].length < 12) return t("password.short");
  return null;
}

/** Why the server refused a new password; its reasons are in English. */
export function refusedPassword({ fields }) {
  if (!fields.password) return null;
  return { password: locale.startsWith("en") ? fields.password : t("password.refused") };
}

function found(problems) {
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem));
}

function turn(input) {
  if (input.type === "text") return conceal(input, true);
  input.type = "text";
  input.dataset.revealed = "";
  fill(byButton(input), { verb: t("password.hide") });
  return announce(t("password.shown"));
}

function conceal(input, told = false) {
  input.type = "password";
  delete input.dataset.revealed;
  fill(byButton(input), { verb: t("password.show") });
  if (told) announce(t("password.hidden"));
}

function byButton(input) {
  return document.querySelector(`[data-reveal="${input.id}"]`);
}

/** Ask for something without a session: as api() of session.js answers. */
export async function ask(path, body) {
  const answer = (await call("POST", path, { body: JSON.stringify(body) }).catch(orNull)) ?? { status: 0, body: {} };
  const ok = answer.status >= 200 && answer.status < 300;
  const fields = fieldsOf(answer.body);
  const sentence = () => {
    if (!navigator.onLine) return t("problem.offline");
    return answer.status === 429 ? waitText(answer.waitSeconds) : t(answer.status ? "problem.server" : "problem.unreachable");
  };
  return { ...answer, ok, problem: ok ? null : { status: answer.status, code: answer.body?.code ?? "", fields, message: sentence() } };
}

/* ---- forms that were not sent when the session ended ---- */

/** Remember what was typed into forms marked data-keep, without passwords and anything like a card number. */
function keepForms({ detail: session }) {
  const forms = [...document.querySelectorAll("form[data-keep][data-typed]")].filter((form) => form.checkVisibility());
  const kept = Object.fromEntries(forms.map((form) => [form.id, valuesOf(form)]));
  if (!session || !forms.length) return;
  sessionStorage.setItem(KEPT, JSON.stringify({ contact: session.contact.id, path: location.pathname, kept }));
}

function valuesOf(form) {
  const inputs = [...form.elements].filter((one) => one.name && !one.matches(SECRET) && !/\d(?:[ -]?\d){12}/.test(one.value));
  return inputs.map(({ name, value, type, checked }) => (/^(checkbox|radio)$/.test(type) ? { name, value, checked } : { name, value }));
}

/** Put kept input back, for the same contact on the same page. A page that opens a form itself takes "form-back" and prevents this. */
function putFormsBack({ detail: session }) {
  const { contact, path, kept } = JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  if (contact !== session.contact.id || path !== location.pathname) return;
  sessionStorage.removeItem(KEPT);
  for (const [id, values] of Object.entries(kept)) {
    const form = byId(id);
    if (form?.dispatchEvent(new CustomEvent("form-back", { detail: values, cancelable: true }))) putBack(form, values);
  }
  announce(t("session.kept"));
}

/** Write kept input into a form. */
export function putBack(form, values) {
  form.dataset.typed = "";
  for (const { name, value, checked } of values) {
    const inputs = [...form.elements].filter((one) => one.name === name);
    const input = checked === undefined ? inputs[0] : inputs.find((one) => one.value === value);
    if (input && checked !== undefined) input.checked = checked;
    else if (input) input.value = value;
    input?.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

document.addEventListener("input", ({ target }) => target.form?.matches("[data-keep]") && (target.form.dataset.typed = ""));
document.addEventListener("session-end", keepForms);
document.addEventListener("session-open", putFormsBack);
