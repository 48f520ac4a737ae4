/** Lists of signed-in contacts in their states: loading, ready, empty, failed, offline, denied. */

import { api, sayDenied } from "./session.js";
import { watchNetwork } from "./shell.js";

const MOST = 1000;
/* A network that has just come back may need a moment more. */
const ONCE_MORE_MS = 1500;

/**
 * A list or panel that is loading, ready, empty, failed, offline or denied; see the macro `states`.
 * @param {Element} root
 * @param {() => Promise} load an answer of api()
 * @param {(body) => number} show draws what came and tells how many rows that was
 * @returns {{refresh: () => Promise<boolean>, recount: (number) => void}} whether there was an answer; shows another number of rows
 */
export function listOf(root, load, show) {
  let turn = 0;
  let drawn = false;
  const display = (...names) => {
    for (const part of root.querySelectorAll("[data-state]")) part.hidden = !names.includes(part.dataset.state);
  };
  const recount = (rows) => display(rows ? "ready" : "empty");
  const refresh = async () => {
    const mine = (turn += 1);
    if (!drawn) display("loading");
    root.setAttribute("aria-busy", "true");
    const { ok, body, problem } = await load();
    if (mine !== turn) return true;
    root.removeAttribute("aria-busy");
    if (ok) {
      recount(show(body));
      drawn = true;
      return true;
    }
    if (problem.status === 403) sayDenied(root.querySelector("[data-f=denied]"));
    const state = problem.status === 403 ? "denied" : navigator.onLine ? "failed" : "offline";
    display(...(drawn && state !== "denied" ? [state, "ready"] : [state]));
    return problem.status > 0;
  };
  root.querySelector("[data-again]").addEventListener("click", refresh);
  watchNetwork(async () => (await refresh()) || setTimeout(refresh, ONCE_MORE_MS));
  return { refresh, recount };
}

/** Every item of a list that comes page by page, up to a thousand: {ok, items, more}, or the answer that failed. */
export async function allOf(path) {
  const items = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: 200, ...(cursor && { cursor }) });
    const answer = await api("GET", `${path}?${query}`);
    if (!answer.ok) return answer;
    items.push(...answer.body.items);
    cursor = answer.body.next_cursor;
  } while (cursor && items.length < MOST);
  return { ok: true, items, more: Boolean(cursor) };
}
