/** A signed-in contact: who it is, what it may see, calls on its behalf, and the end of its session. */

import { NoAnswer, announce, call, fieldsOf, fill, locale, say, showTenant, t, waitText, watchNetwork } from "./shell.js";

const WARNED_MS = 2 * 60 * 1000;
/* What forms.js keeps of forms that were not sent. */
const KEPT = "duebook.kept";
const DENIED = { manage_contacts: "denied.contacts", request_service: "denied.requests" };

const byId = (id) => document.getElementById(id);
const [dialog, memberships] = [byId("session-end"), byId("memberships")];
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("duebook.session") : null;
const never = new Promise(() => {});

/** The session as the API tells it, and the moment it ends unless something is asked before. */
let session = null;
let needed = "";
let endsAt = Infinity;
let timer;

/** Address of another page in this language, such as page("pay"). */
export function page(name) {
  return new URL(name, location.href).pathname;
}

/** The first page of who may do this. */
function home(permissions) {
  return page(permissions.includes("pay_invoices") ? "pay" : "requests");
}

/**
 * Load the session. Resolves once it is there and its contact may do what the page needs; otherwise the page shows why not.
 * @param {string} [needs] a permission, such as "pay_invoices"
 */
export async function openSession(needs) {
  const answer = await api("GET", "/api/session");
  if (!answer.ok) return showFailed(answer.problem.message, () => openSession(needs));
  session = answer.body;
  needed = needs;
  showSession();
  watchIdle();
  if (needs && !session.permissions.includes(needs)) return showDenied(needs);
  showView("page");
  view("page").inert = false;
  tell("session-open");
  return session;
}

/**
 * Call the API for the contact: {ok, status, body, problem}. A problem is {code, message, fields, status}, its message a
 * sentence to show. A session that is over leads to signing in, and the call never answers.
 * @param {object} [body] sent as JSON
 */
export async function api(method, path, body, { headers, timeoutSeconds } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await call(method, path, { body: text, headers, timeoutSeconds }).catch(orProblem);
  if (answer.status === 401) return endSession("ended");
  if (answer.status) stillHere(Date.now());
  const ok = answer.status >= 200 && answer.status < 300;
  return { ...answer, ok, problem: ok ? null : problemOf(method, answer) };
}

function orProblem(error) {
  if (error instanceof NoAnswer) return { status: 0, body: {}, waitSeconds: 0 };
  throw error;
}

/** What happened, whether anything changed, and what to do. */
function problemOf(method, { status, body, waitSeconds }) {
  const fields = fieldsOf(body);
  return { status, code: body?.code ?? "", fields, body, message: sentence(method, status, body?.code, waitSeconds) };
}

function sentence(method, status, code, waitSeconds) {
  const reading = method === "GET";
  if (!navigator.onLine) return t(reading ? "load.offline" : "problem.offline");
  if (status === 0) return t(reading ? "problem.unreachable" : "problem.no-answer");
  if (status === 429) return waitText(waitSeconds);
  if (code === "own_access") return t("problem.own-access");
  const known = { 403: "problem.denied", 404: "problem.gone", 409: "problem.changed", 422: "problem.refused" };
  return t(known[status] ?? (status >= 500 ? "problem.server" : "problem.refused"));
}

/** Tell forms that the session has begun, or is over. */
function tell(name) {
  document.dispatchEvent(new CustomEvent(name, { detail: session }));
}

/* ---- who is signed in ---- */

function showSession() {
  const { membership, permissions, tenant } = session;
  showTenant(tenant);
  fill(byId("account"), { customer: membership.customer_name });
  fill(byId("viewing"), { contact: session.contact.name });
  byId("viewing").hidden = !session.viewed_by;
  for (const part of document.querySelectorAll("[data-needs]")) part.hidden = !permissions.includes(part.dataset.needs);
  byId("brand").href = home(permissions);
  byId("account").classList.remove("waiting");
  byId("tabs").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  showMemberships();
}

function showMemberships() {
  const { membership, memberships: all } = session;
  memberships.hidden = all.length < 2;
  memberships.nextElementSibling.hidden = all.length > 1;
  memberships.querySelector("ul").replaceChildren(...all.map((one) => {
    const item = byId("membership").content.cloneNode(true);
    fill(item, { customer: one.customer_name, tenant: one.tenant_name });
    const button = item.querySelector("button");
    if (one.id === membership.id) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => (one.id === membership.id ? closeMenu() : switchTo(one)));
    return item;
  }));
}

function closeMenu() {
  if (!memberships.open) return;
  memberships.open = false;
  memberships.querySelector("summary").focus();
}

async function switchTo({ id }) {
  const { ok, body, problem } = await api("POST", "/api/session/membership", { membership_id: id });
  if (!ok) return announce(problem.message);
  tabs?.postMessage({ switched: true });
  sessionStorage.removeItem(KEPT);
  const here = document.querySelector("#tabs [aria-current]")?.closest("li").dataset.needs ?? "";
  return location.assign(!here || body.permissions.includes(here) ? location.pathname : home(body.permissions));
}

/** The contact changed its own details. */
export function sessionChanged(contact) {
  Object.assign(session.contact, contact);
}

/* ---- views ---- */

function showView(name) {
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
}

function view(name) {
  return document.querySelector(`[data-view="${name}"]`);
}

function showDenied(needs) {
  if (session.membership.kind === "payer") {
    location.replace(page("pay"));
    return never;
  }
  sayDenied(view("denied").querySelector("[data-f=message]"), needs);
  showView("denied");
  return never;
}

/** Write whom to ask for what this contact may not do. */
export function sayDenied(element, needs = needed) {
  say(element, DENIED[needs] ?? "denied.pay", { customer: session.membership.customer_name });
}

function showFailed(message, again) {
  fill(view("failed"), { message });
  showView("failed");
  return new Promise((resolve) => {
    const retry = () => {
      byId("session-again").removeEventListener("click", retry);
      removeEventListener("online", retry);
      showView("page");
      resolve(again());
    };
    byId("session-again").addEventListener("click", retry);
    addEventListener("online", retry);
  });
}

/* ---- the end of a session ---- */

/** Something was asked at this moment, here or in another tab: the session lasts from then on. */
function stillHere(at, told = false) {
  if (!session) return;
  endsAt = at + session.idle_seconds * 1000;
  if (!told) tabs?.postMessage({ at });
  if (dialog.open) dialog.close();
  watchIdle();
}

function watchIdle() {
  clearTimeout(timer);
  if (endsAt === Infinity) endsAt = Date.now() + session.idle_seconds * 1000;
  timer = setTimeout(checkIdle, Math.max(endsAt - WARNED_MS - Date.now(), 0));
}

function checkIdle() {
  const left = endsAt - Date.now();
  if (!session || left > WARNED_MS) return session && watchIdle();
  if (left <= 0) return endSession("ended");
  if (!dialog.open) {
    const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date(endsAt));
    say(dialog.querySelector("[data-f=message]"), "session.ends", { time });
    dialog.showModal();
  }
  clearTimeout(timer);
  timer = setTimeout(checkIdle, left);
  return undefined;
}

/** Leave for the sign-in page, which comes back here. What was typed is kept, see forms.js, unless the contact signed out. */
function endSession(why) {
  if (why === "ended") tell("session-end");
  else sessionStorage.removeItem(KEPT);
  clearTimeout(timer);
  const query = new URLSearchParams({ why });
  if (why === "ended" && !session) query.delete("why");
  if (why === "ended") query.set("next", location.pathname + location.search + location.hash);
  if (session?.tenant.slug) query.set("company", session.tenant.slug);
  session = null;
  location.replace(`${page("login")}?${query}`);
  return never;
}

/** Sign out here, or everywhere; what failed is told and nothing has changed. */
export async function signOut({ everywhere = false } = {}) {
  const { ok, problem } = await api("DELETE", everywhere ? "/api/session/everywhere" : "/api/session");
  if (!ok) return problem;
  tabs?.postMessage({ left: true });
  return endSession("left");
}

async function signOutHere() {
  const problem = await signOut();
  if (problem) announce(problem.message);
}

byId("sign-out").addEventListener("click", signOutHere);
byId("session-leave").addEventListener("click", signOutHere);
byId("session-stay").addEventListener("click", () => api("GET", "/api/session"));
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  api("GET", "/api/session");
});
memberships.addEventListener("keydown", ({ key }) => key === "Escape" && closeMenu());
document.addEventListener("click", ({ target }) => !memberships.contains(target) && (memberships.open = false));
document.addEventListener("visibilitychange", () => !document.hidden && checkIdle());
addEventListener("pageshow", (event) => event.persisted && location.reload());
watchNetwork(() => {});
tabs?.addEventListener("message", ({ data }) => {
  if (data.at) stillHere(data.at, true);
  else if (data.left && session) endSession("left");
  else if (data.switched && session) location.reload();
});
