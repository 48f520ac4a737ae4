/** The guest's calls to the API. */

import { call } from "./shell.js";

const GUEST = "/api/pay/";

/** What a Pay Online ID shows. A path of dots would climb out of the folder, so it is asked for as a miss. */
export function lookUp({ payOnlineId, proof }) {
  return call("GET", guestPath(payOnlineId), { headers: proofHeader(proof) });
}

/** Where a guest's payments are asked for, see attempt.js. */
export function paymentsOf({ payOnlineId, proof }) {
  return { path: `${guestPath(payOnlineId)}/payments`, headers: proofHeader(proof) };
}

/** Where a payment stands. */
export function getPayment({ payOnlineId, proof, paymentId }) {
  const { path, headers } = paymentsOf({ payOnlineId, proof });
  return call("GET", `${path}/${encodeURIComponent(paymentId)}`, { headers });
}

function guestPath(payOnlineId) {
  return GUEST + (/^\.+$/.test(payOnlineId) ? "-" : encodeURIComponent(payOnlineId));
}

function proofHeader(proof) {
  return proof ? { "x-pay-online-proof": proof } : {};
}
