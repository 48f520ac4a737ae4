/** The guest's calls to the API. */

import { call } from "./shell.js";

const GUEST = "/api/pay/";

/** What a Pay Online ID shows. A path of dots would climb out of the folder, so it is asked for as a miss. */
export function lookUp({ payOnlineId, proof }) {
  return call("GET", guestPath(payOnlineId), { headers: proofHeader(proof) });
}

/** Ask for a payment to be taken. `body` is text: the same key always carries the same bytes. */
export function postPayment({ payOnlineId, proof, key, body }) {
  const headers = { ...proofHeader(proof), "idempotency-key": key };
  return call("POST", `${guestPath(payOnlineId)}/payments`, { body, headers, timeoutSeconds: 30 });
}

/** Where a payment stands. */
export function getPayment({ payOnlineId, proof, paymentId }) {
  const path = `${guestPath(payOnlineId)}/payments/${encodeURIComponent(paymentId)}`;
  return call("GET", path, { headers: proofHeader(proof) });
}

function guestPath(payOnlineId) {
  return GUEST + (/^\.+$/.test(payOnlineId) ? "-" : encodeURIComponent(payOnlineId));
}

function proofHeader(proof) {
  return proof ? { "x-pay-online-proof": proof } : {};
}
