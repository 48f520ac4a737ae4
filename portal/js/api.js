/** Calls to the API: JSON in and out, a time-out, and one kind of failure when no answer came. */

const GUEST = "/api/pay/";

/** No answer came: the network failed, time ran out, or what came was not an answer of ours. */
export class NoAnswer extends Error {}

/** For `.catch`: no answer is null, any other error stays one. */
export function orNull(error) {
  if (error instanceof NoAnswer) return null;
  throw error;
}

/** Call the API: any answer, good or refused, as {status, body, waitSeconds}, or NoAnswer is thrown. */
export async function call(method, path, { body, headers = {}, timeoutSeconds = 15 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutSeconds * 1000);
  try {
    const answer = await fetch(path, {
      method,
      headers: { accept: "application/json", ...(body && { "content-type": "application/json" }), ...headers },
      body,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: stop.signal,
    });
    return {
      status: answer.status,
      body: await answer.json(),
      waitSeconds: Number(answer.headers.get("retry-after")) || 0,
    };
  } catch (error) {
    throw new NoAnswer(path, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

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
