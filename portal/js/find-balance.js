/** The form that asks for a Pay Online ID, and what is said when nothing is found for it. */

import { lookUp } from "./api.js";
import {
  announce, fill, looksLikeCardNumber, markField, orNull, panel, showPanel, showProblems, t, waitText, watchNetwork,
} from "./shell.js";

const FIELDS = ["pay_online_id", "proof"];
const byId = (id) => document.getElementById(id);
const form = byId("find");
const [proofPart, button, summary] = ["proof-part", "find-button", "find-summary"].map(byId);

let found = () => {};
let lastGuest = null;

/** Name who shows the balance: a function of (guest, answer, {focus}). */
export function whenFound(show) {
  found = show;
}

/** Look a balance up for {payOnlineId, proof} and show it, or say why it cannot be shown. */
export async function loadBalance(guest, { byHand = false } = {}) {
  lastGuest = guest;
  if (byHand) setWorking(true);
  else showPanel("loading");
  const answer = await lookUp(guest).catch(orNull);
  setWorking(false);
  if (!answer || answer.status >= 500) return showFailed(navigator.onLine ? "load.failed" : "load.offline");
  if (answer.status !== 200) return showMiss(guest, answer);
  showProblems(summary, {}, FIELDS);
  return found(guest, answer.body, { focus: byHand });
}

/** Unknown, disabled and foreign IDs all look the same. */
export function showMiss({ payOnlineId, proof }, { status, body, waitSeconds }) {
  showPanel("find");
  form.elements.pay_online_id.value = payOnlineId;
  if (status === 429) return showProblem("pay_online_id", waitText(waitSeconds));
  if (body.code !== "proof_required") return showProblem("pay_online_id", t("find.miss"));
  return proof ? showProblem("proof", t("find.proof.wrong")) : askForProof();
}

/** An empty form again. */
export function forgetFind() {
  form.reset();
  proofPart.hidden = true;
  showProblems(summary, {}, FIELDS);
}

function setWorking(working) {
  button.textContent = working ? t("find.working") : t("find.action");
  button.setAttribute("aria-disabled", String(working));
}

function showFailed(key) {
  fill(panel("failed"), { message: t(key) });
  showPanel("failed", { focus: true });
}

function askForProof() {
  proofPart.hidden = false;
  showProblems(summary, {}, FIELDS);
  form.elements.proof.focus();
  announce(t("find.proof.asked"));
}

function showProblem(field, message) {
  if (field === "proof") proofPart.hidden = false;
  showProblems(summary, { [field]: message }, FIELDS);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.getAttribute("aria-disabled") === "true") return;
  const payOnlineId = form.elements.pay_online_id.value.trim();
  const proof = proofPart.hidden ? "" : form.elements.proof.value.trim();
  const problems = {};
  if (!payOnlineId) problems.pay_online_id = t("find.empty");
  else if (looksLikeCardNumber(payOnlineId)) problems.pay_online_id = t("find.card-number");
  if (!proofPart.hidden && !proof) problems.proof = t("find.proof.empty");
  showProblems(summary, problems, FIELDS);
  if (Object.keys(problems).length === 0) loadBalance({ payOnlineId, proof }, { byHand: true });
});

byId("again").addEventListener("click", () => loadBalance(lastGuest));
watchNetwork(() => !panel("failed").hidden && loadBalance(lastGuest));

form.elements.pay_online_id.addEventListener("input", () => {
  proofPart.hidden = true;
  form.elements.proof.value = "";
  markField("pay_online_id", null);
});
