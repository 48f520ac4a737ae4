/** Staff pages: swap only the part that a filter, a pager or a poll changes. Without it the same forms and links load whole pages. */

const SETTLED_MS = 300;
const policy = globalThis.trustedTypes?.createPolicy("partial", { createHTML: (html) => html });
const live = document.getElementById("live");
let latest;

async function load(address, options = {}) {
  latest?.abort();
  latest = new AbortController();
  const answer = await fetch(address, { ...options, headers: { "x-partial": "1" }, signal: latest.signal });
  if (answer.status === 401) location.assign(`/admin/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  const html = await answer.text();
  return new DOMParser().parseFromString(policy?.createHTML(html) ?? html, "text/html");
}

/** Put the answer's part in place of ours; the focus stays, or goes to the part's heading when its element is gone. */
function swap(selector, page) {
  const [was, now] = [document.querySelector(selector), page.querySelector(selector)];
  const [focused, inside] = [document.activeElement?.id, was.contains(document.activeElement)];
  was.replaceWith(now);
  document.title = page.title;
  if (live.textContent !== now.dataset.say) live.textContent = now.dataset.say ?? "";
  if (inside) (document.getElementById(focused) ?? now.querySelector("[tabindex='-1']"))?.focus();
  poll();
}

async function go(selector, address, options) {
  try {
    swap(selector, await load(address, options));
    if (!options) history.replaceState(null, "", address);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address);
  }
}

addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-swap]");
  if (!form) return;
  event.preventDefault();
  const sent = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => value !== ""));
  const post = form.method === "post";
  go(form.dataset.swap, post ? form.action : `${form.action.split("?")[0]}?${sent}`, post ? { method: "POST", body: sent } : undefined);
});

addEventListener("click", (event) => {
  const [link, copy] = [event.target.closest("a[data-swap]"), event.target.closest("[data-copy]")];
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go(link.dataset.swap, link.href);
  }
  const name = event.target.closest("[data-insert] button");
  if (name) insert(name, name.closest("[data-insert]").dataset.insert);
  if (copy) navigator.clipboard.writeText(document.querySelector(copy.dataset.copy).value).then(() => (live.textContent = copy.dataset.done));
});

/** A name that is pressed is typed where somebody typed last. */
let typing;
addEventListener("focusin", ({ target }) => (typing = target.matches("[data-typed]") ? target : typing));
function insert({ value }, selector) {
  const field = typing ?? document.querySelector(selector);
  field.setRangeText(value, field.selectionStart, field.selectionEnd, "end");
  field.focus();
}

let waiting;
addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-auto]");
  if (target.dataset.mirror) return mirror(target);
  clearTimeout(waiting);
  if (form) waiting = setTimeout(() => form.requestSubmit(), SETTLED_MS);
  else if (target.dataset.ask) waiting = setTimeout(() => ask(target), SETTLED_MS);
});

/** Show what a value would come to, by asking the same page with it alone; nothing that was typed is lost. */
async function ask({ dataset, name, value }) {
  const page = await load(`${location.pathname}?${new URLSearchParams({ [name]: value })}`).catch(() => null);
  if (page?.querySelector(dataset.ask)) swap(dataset.ask, page);
}

/** A colour that is picked is typed into its field. */
function mirror(picker) {
  const field = document.querySelector(picker.dataset.mirror);
  field.value = picker.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function poll() {
  const part = document.querySelector("[data-poll]");
  if (part) setTimeout(() => part.isConnected && go(`#${part.id}`, location.href), part.dataset.poll * 1000);
}
poll();
for (const helper of document.querySelectorAll("[data-copy], [data-mirror], [data-insert]")) helper.hidden = false;

/* A mailed link's token stands after #, where no server sees it: it goes into the form, and out of the address. */
const given = document.querySelector("[data-fragment]");
if (given && location.hash.startsWith("#token=")) {
  given.querySelector("input").value = location.hash;
  given.hidden = true;
  history.replaceState(null, "", location.pathname);
}

/* A link in a mail comes without the session's cookie (SameSite=Strict). Our own request carries it: who is signed in goes on. */
if (document.querySelector("[data-resume]") && !document.referrer.startsWith(location.origin)) {
  fetch(location.href).then((answer) => answer.redirected && location.replace(answer.url));
}
