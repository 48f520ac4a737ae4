/** One try at paying or at asking for service: its key, kept until the outcome is known; of a payment, asking until it is. No DOM. */

import { NoAnswer, call } from "./shell.js";

/* Kept in this tab until the outcome: the same key must carry the same bytes, also after a reload. The token inside is
   good for one charge by one merchant. A guest's and a contact's try are kept in places of their own. */
const STORED = "duebook.attempt";
const WAITS_SECONDS = [1, 2, 4, 8, 15, 30];
const RESUMED_FOR_MS = 15 * 60 * 1000;
const SETTLED = new Set(["captured", "pending", "review", "voided", "partly_refunded", "refunded", "returned", "charged_back"]);
const REFUSED = new Set(["declined", "failed"]);
const NOT_AN_OUTCOME = new Set(["payment_in_progress", "idempotency_key_reused"]);

/**
 * Begin a try, or find the one with the same content that has no outcome yet: it keeps its key.
 * @param {{place?: string, path: string, headers?: object, payer: string, body: string}} order `path` takes payments, `payer` is
 *   who pays or asks, `body` is text, `place` tells apart where tries are kept
 */
export function beginAttempt(order) {
  const open = openAttempt(order.place);
  if (open && open.payer === order.payer && open.body === order.body) return open;
  const attempt = { ...order, key: newKey(), startedAt: Date.now() };
  keep(attempt);
  return attempt;
}

/** The try without an outcome that this tab knows of, or null. */
export function openAttempt(place = "") {
  try {
    return JSON.parse(sessionStorage.getItem(STORED + place));
  } catch {
    return null;
  }
}

/** Whether an open try is recent enough to be asked for without a person saying so. */
export function isRecent(attempt) {
  return Date.now() - attempt.startedAt < RESUMED_FOR_MS;
}

/** The outcome is known: forget the try and its key. */
export function endAttempt(place = "") {
  sessionStorage.removeItem(STORED + place);
}

/** Run while no other tab pays for the same payer; "elsewhere" if one does. */
export async function alone(payer, task) {
  if (!navigator.locks) return task();
  return navigator.locks.request(`duebook.pay.${payer}`, { ifAvailable: true }, (lock) => (lock ? task() : "elsewhere"));
}

/** What a payer can quote while the payment has no reference of its own. */
export function referenceOf(attempt) {
  const text = attempt.key.slice(0, 8).toUpperCase();
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

/**
 * Ask until the outcome is known or the waits are used up. The same key again charges nothing twice. `checking` is told
 * when the first question brought no outcome. Kinds: paid, declined, refused, unknown.
 */
export async function settle(attempt, checking) {
  let outcome = await ask(attempt, true);
  for (const [turn, seconds] of WAITS_SECONDS.entries()) {
    if (outcome) return outcome;
    if (turn === 0) checking();
    await pause(seconds);
    outcome = await ask(attempt, false);
  }
  return outcome ?? { kind: "unknown" };
}

/** One question. Null: no outcome yet. */
async function ask(attempt, first) {
  let answer;
  try {
    answer = await (attempt.paymentId ? lookAgain(attempt) : send(attempt));
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
  const { status, body, waitSeconds } = answer;
  if (status >= 200 && status < 300) return judged(attempt, body);
  if (attempt.paymentId) return null;
  if (body.code === "payment_in_progress" && body.payment_id) return judged(attempt, { id: body.payment_id });
  if (status === 402) return { kind: "declined", problem: body };
  if (isOutcome(status, body.code, first)) return { kind: "refused", status, problem: body, waitSeconds };
  return null;
}

/** The same key always carries the same bytes. */
function send({ path, headers, key, body }) {
  return call("POST", path, { body, headers: { ...headers, "idempotency-key": key }, timeoutSeconds: 30 });
}

function lookAgain({ path, headers, paymentId }) {
  return call("GET", `${path}/${encodeURIComponent(paymentId)}`, { headers });
}

function judged(attempt, payment) {
  if (SETTLED.has(payment.status)) return { kind: "paid", payment };
  if (REFUSED.has(payment.status)) return { kind: "declined", problem: payment };
  attempt.paymentId = payment.id;
  attempt.reference = payment.reference;
  keep(attempt);
  return null;
}

/** A refusal says that nothing was charged. One that only speaks of the caller does so on the first question alone. */
function isOutcome(status, code, first) {
  if (code === "processor_unavailable") return true;
  if (status >= 500 || NOT_AN_OUTCOME.has(code)) return false;
  return first || status === 400 || status === 409 || status === 422;
}

/** Wait; coming back online ends the wait. */
function pause(seconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    addEventListener("online", done);
  });
}

function keep(attempt) {
  sessionStorage.setItem(STORED + (attempt.place ?? ""), JSON.stringify(attempt));
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
