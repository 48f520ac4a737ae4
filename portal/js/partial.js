/** Staff pages: swap only the part that a filter, a pager or a poll changes, and send a form once. Without it the same forms and links load whole pages. */

import { ask } from "./staff-session.js";

const SETTLED_MS = 300;
const policy = globalThis.trustedTypes?.createPolicy("partial", { createHTML: (html) => html });
const live = document.getElementById("live");
const offline = document.getElementById("offline");
/* What is being asked, what is typed and will be asked, when a part is looked at again, the link that was pressed last, what could not be asked. */
let asking, waiting, looking, missed;
let followed = Promise.resolve();

async function load(address, options = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const answer = await ask(address, { ...options, signal: mine.signal });
    const html = await answer.text();
    const page = new DOMParser().parseFromString(policy?.createHTML(html) ?? html, "text/html");
    // The address that answered: the server may have led from what was typed to the one that is handed on.
    return Object.assign(page, { cameFrom: answer.url });
  } finally {
    if (asking === mine) asking = undefined;
  }
}

/** Put the answer's part in place of ours; the focus and what was unfolded stay, or the part's heading is focused when its element is gone. */
function swap(selector, page) {
  const [was, now, focused] = [document.querySelector(selector), page.querySelector(selector), document.activeElement];
  for (const open of was.querySelectorAll("details[open] > summary")) twin(open, now)?.parentElement.setAttribute("open", "");
  document.title = page.title;
  if (live.textContent !== now.dataset.say) live.textContent = now.dataset.say ?? "";
  if (!was.isEqualNode(now)) {
    const inside = was.contains(focused);
    const same = inside && twin(focused, now);
    const next = same || (inside && now.querySelector("[tabindex='-1']"));
    was.replaceWith(now);
    if (same) type(focused, same);
    if (inside) next?.focus();
  }
  poll();
}

/** What somebody is typing stays as typed, and the caret where it was. */
function type({ value, selectionStart, selectionEnd }, into) {
  if (into.matches("input, select, textarea")) into.value = value;
  if (into.matches("input, textarea") && selectionStart !== null) into.setSelectionRange(selectionStart, selectionEnd);
}

/** Find what stands for an element in a new part: by its id, or what reads alike. */
function twin(element, part) {
  if (element.id) return part.querySelector(`#${CSS.escape(element.id)}`);
  return [...part.querySelectorAll(element.localName)].find((one) => one.isEqualNode(element));
}

async function go(selector, address, options) {
  try {
    const page = await load(address, options);
    // What was typed meanwhile is asked about in a moment: this answer knows nothing of it.
    if (options && waiting) return;
    swap(selector, page);
    if (!options) history.replaceState(null, "", page.cameFrom);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (navigator.onLine) location.assign(address);
    else missed = () => go(selector, address, options);
  }
}

addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-swap]");
  if (!form) return;
  settle();
  // A button with an address of its own leads away from the page.
  if (event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  const sent = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => value !== ""));
  const post = form.method === "post";
  go(form.dataset.swap, post ? form.action : `${form.action.split("?")[0]}?${sent}`, post ? { method: "POST", body: sent } : undefined);
});

/* A form that leads to another page is sent once: its button says what is under way until that page is there. The gateway answers within half a
   minute; whoever stopped the browser before can send again after a whole one, and who comes by Back at once. */
const ANSWERED_MS = 60_000;
const sent = new Map();
addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  const elsewhere = button?.getAttribute("formtarget") ?? form.getAttribute("target");
  if (event.defaultPrevented || elsewhere || form.getAttribute("method") !== "post") return;
  if (sent.has(form)) event.preventDefault();
  else send(form, button);
});
function send(form, button) {
  const [was, words] = [[...(button?.childNodes ?? [])], button?.dataset.busy ?? "Working…"];
  // The form's data is taken after this, with the button's own: its value is an attribute, and "disabled" would leave it out.
  button?.setAttribute("aria-disabled", "true");
  button?.replaceChildren(words);
  live.textContent = words;
  const again = () => {
    button?.removeAttribute("aria-disabled");
    button?.replaceChildren(...was);
    live.textContent = "";
    clearTimeout(timer);
    sent.delete(form);
  };
  const timer = setTimeout(again, ANSWERED_MS);
  sent.set(form, again);
}
addEventListener("pageshow", ({ persisted }) => persisted && sent.forEach((again) => again()));

addEventListener("click", (event) => {
  const [link, copy] = [event.target.closest("a[href]"), event.target.closest("[data-copy]")];
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    if (waiting) takeAlong(settle(), link);
    if (link.dataset.swap) {
      event.preventDefault();
      followed = go(link.dataset.swap, link.href);
    }
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

addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-auto]");
  if (target.dataset.mirror) return mirror(target);
  settle();
  // A link that was pressed before comes first: its filter stands in the form once its part is there.
  if (form) waiting = { form, timer: setTimeout(() => followed.then(() => waiting?.form === form && form.requestSubmit()), SETTLED_MS) };
  else if (target.dataset.ask) waiting = { timer: setTimeout(() => tryOut(target), SETTLED_MS) };
});

/** Who ticks a row means the rows that are ticked. */
addEventListener("change", ({ target }) => {
  if (target.checked && target.dataset.chooses) document.querySelector(target.dataset.chooses).checked = true;
});

/** Wait no longer for what is typed; tells in which form. */
function settle() {
  const form = waiting?.form;
  clearTimeout(waiting?.timer);
  waiting = undefined;
  return form;
}

/** Let a link to the same list take along what was typed a moment ago, except for a field that the link itself changes. */
function takeAlong(form, link) {
  const there = new URL(link.href);
  if (!form || there.pathname !== location.pathname) return;
  const asked = new URLSearchParams(location.search);
  for (const { name, value, defaultValue = "" } of form.querySelectorAll("input:not([type=hidden], [type=checkbox]), select")) {
    if ((there.searchParams.get(name) ?? "") !== (asked.get(name) ?? defaultValue)) continue;
    if (value) there.searchParams.set(name, value);
    else there.searchParams.delete(name);
  }
  link.href = there;
}

/** Show what a value would come to, by asking the same page with it alone; nothing that was typed is lost. */
async function tryOut({ dataset, name, value }) {
  settle();
  const page = await load(`${location.pathname}?${new URLSearchParams({ [name]: value })}`).catch(() => null);
  if (page?.querySelector(dataset.ask)) swap(dataset.ask, page);
}

/** A colour that is picked is typed into its field. */
function mirror(picker) {
  const field = document.querySelector(picker.dataset.mirror);
  field.value = picker.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Look again after a while at a part that is not final. What a person does goes first, and a look that fails is made once more later. */
function poll() {
  clearTimeout(looking);
  const part = document.querySelector("[data-poll]");
  if (part) looking = setTimeout(look, part.dataset.poll * 1000, `#${part.id}`);
}
async function look(part) {
  if (asking || waiting || document.hidden) return poll();
  const page = await load(location.href, { byItself: true }).catch(() => null);
  if (page?.querySelector(part)) swap(part, page);
  else if (!asking) poll();
}
poll();

/* How many requests are New stands on every page. It is asked for by itself, from an address of its own, twice a minute at most and only where
   somebody looks; a page opened meanwhile shows what the one before was told. */
const EVERY_MS = 30_000;
const badge = document.querySelector("[data-badge]");
let counting;
function count(number, at) {
  badge.firstElementChild.textContent = number;
  badge.hidden = number === "0";
  sessionStorage.setItem("unread", JSON.stringify([number, at]));
  counting = setTimeout(recount, Math.max(0, at + EVERY_MS - Date.now()));
}
async function recount() {
  clearTimeout(counting);
  counting = undefined;
  if (document.hidden) return;
  const answer = await ask(badge.dataset.badge, { byItself: true }).catch(() => null);
  if (answer?.ok) count(await answer.text(), Date.now());
  else counting = setTimeout(recount, EVERY_MS);
}
if (badge) {
  const told = badge.dataset.number ? [badge.dataset.number, Date.now()] : JSON.parse(sessionStorage.getItem("unread"));
  if (told) count(...told);
  else recount();
  addEventListener("visibilitychange", () => counting || recount());
} else sessionStorage.removeItem("unread");

/* On a phone the ways through the pages are a row that scrolls: where one is stands in view. */
for (const here of document.querySelectorAll(".side-nav [aria-current], .tabs [aria-current]")) here.scrollIntoView({ block: "nearest", inline: "center" });
for (const helper of document.querySelectorAll("[data-copy], [data-mirror], [data-insert]")) helper.hidden = false;

/* Away from the network nothing is lost: the page says so, and asks once more when it is back. */
function network() {
  const again = missed;
  offline.hidden = navigator.onLine;
  if (!navigator.onLine || !again) return;
  missed = undefined;
  again();
}
addEventListener("offline", network);
addEventListener("online", network);

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
