/** Staff pages: a session is used by people alone, a dialog asks before it ends, and what was typed outlives it. */

const WARNED_MS = 2 * 60 * 1000;
const TYPED_MS = 60_000;
const AGAIN_MS = 30_000;
const SECONDS = "x-session-seconds";
const KEPT = "duebook.staff-kept";
const SECRET = "button, [type=password], [type=file], [type=hidden], [autocomplete=one-time-code], [autocomplete*=cc-]";
const CARD = /\d(?:[ -]?\d){12}/;
const never = new Promise(() => {});

/* The dialog stands on each page of somebody who is signed in, and knows the session as it was then. */
const dialog = document.getElementById("session-end");
const { address, who, zone, locale } = dialog?.dataset ?? {};
const here = location.pathname + location.search;
/* When it ends in any case, when somebody typed last, what is looked at next, and whether the end that cannot be put off was told. */
const longest = Date.now() + dialog?.dataset.mostSeconds * 1000;
let typedAt = -Infinity;
let timer, told;

/**
 * Ask for a page or a number, for a part of this page. A session that is over leads to sign-in, and nothing is answered.
 * @param {boolean} [options.byItself] nobody asked for it: it does not count as use of the session, unless somebody has just typed
 */
export async function ask(address, { byItself = false, ...options } = {}) {
  const alone = byItself && Date.now() - typedAt > TYPED_MS;
  const answer = await fetch(address, { ...options, headers: { "x-partial": "1", ...(alone && { "x-by-itself": "1" }) } });
  if (answer.status === 401) return leave();
  if (dialog && answer.headers.has(SECONDS)) lasts(answer.headers.get(SECONDS) * 1000);
  return answer;
}

/** The session lasts so long from now; other pages may have used it. */
function lasts(ms) {
  clearTimeout(timer);
  if (ms > WARNED_MS) dialog.close();
  else warn(Date.now() + ms);
  timer = setTimeout(look, ms > WARNED_MS ? ms - WARNED_MS : ms);
}

async function look() {
  const answer = await ask(address, { byItself: true }).catch(() => null);
  if (!answer?.headers.has(SECONDS)) timer = setTimeout(look, AGAIN_MS);
}

function warn(endsAt) {
  const last = endsAt > longest - 2000;
  if (last && told) return;
  told = last;
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone }).format(new Date(endsAt));
  for (const part of dialog.querySelectorAll("[data-time]")) part.textContent = time;
  for (const part of dialog.querySelectorAll("[data-last]")) part.hidden = (part.dataset.last === "yes") !== last;
  failed.hidden = true;
  if (!dialog.open) dialog.showModal();
}

/** Stay signed in, or close what is told of an end that cannot be put off. */
async function stay(event) {
  event.preventDefault();
  if (told) return dialog.close();
  failed.hidden = true;
  const answer = await ask(address).catch(() => null);
  failed.hidden = Boolean(answer?.ok);
}

/** Sign in again, and come back here. */
function leave() {
  keep([...document.querySelectorAll("form[data-keep]:is([data-touched], :has([aria-invalid]))")], true);
  const query = new URLSearchParams({ next: here, ended: "1" });
  location.replace(`/admin/sign-in?${query}`);
  return never;
}

/* ---- what was typed ---- */

/** Remember forms in this tab until they are back or have arrived: no passwords, no codes, nothing like a card number. */
function keep(forms, over) {
  const kept = forms.map((form) => [form.getAttribute("action"), valuesOf(form)]);
  if (kept.length) sessionStorage.setItem(KEPT, JSON.stringify({ who, here, over, kept }));
}

function valuesOf(form) {
  const inputs = [...form.elements].filter((one) => one.name && !one.matches(SECRET) && !CARD.test(one.value));
  return inputs.map(({ name, value, type, checked }) => (/^(checkbox|radio)$/.test(type) ? [name, value, checked] : [name, value]));
}

/** What is remembered comes back after signing in again, to the same person on the same page; any other page means that it has arrived. */
function giveBack() {
  const found = JSON.parse(sessionStorage.getItem(KEPT));
  if (!found) return;
  if (location.pathname.startsWith("/admin/sign-in")) return sessionStorage.setItem(KEPT, JSON.stringify({ ...found, over: true }));
  sessionStorage.removeItem(KEPT);
  if (!found.over || found.who !== who || found.here !== here) return;
  for (const [action, values] of found.kept) {
    const form = [...document.querySelectorAll("form[data-keep]")].find((one) => one.getAttribute("action") === action);
    if (form) fill(form, values);
  }
}

function fill(form, values) {
  form.dataset.touched = "";
  for (const [name, value, checked] of values) {
    const inputs = [...form.elements].filter((one) => one.name === name);
    if (checked === undefined && inputs.length) inputs[0].value = value;
    else for (const input of inputs) if (input.value === value) input.checked = checked;
  }
  document.getElementById("live").textContent = dialog.dataset.kept;
}

addEventListener("input", ({ target }) => {
  typedAt = Date.now();
  target.closest("form[data-keep]")?.setAttribute("data-touched", "");
});
addEventListener("submit", ({ target }) => target.matches("form[data-keep]") && keep([target], false));
giveBack();

const failed = dialog?.querySelector("[role=alert]");
if (dialog) {
  lasts(dialog.dataset.seconds * 1000);
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", stay);
  // A page that Back brings as it was knows nothing of what came after it.
  addEventListener("pageshow", ({ persisted }) => persisted && look());
}
