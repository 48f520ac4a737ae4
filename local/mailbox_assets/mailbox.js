// The mailbox: asks for new mails every two seconds, shows one at a time.
const at = (id) => document.getElementById(id);
const POLL_MS = 2000;
let mails = [];
let chosen = decodeURIComponent(location.hash.slice(1));
let view = "html";
let seen = "";

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

function say(words) {
  at("status").textContent = words;
}

function when(instant) {
  const moment = new Date(instant);
  return moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function drawList() {
  const rows = mails.map((mail) => {
    const row = at("row").content.cloneNode(true);
    const values = { to: mail.to, kind: mail.kind.replaceAll("_", " "), subject: mail.subject, when: when(mail.received_at) };
    for (const cell of row.querySelectorAll("[data-f]")) cell.textContent = values[cell.dataset.f];
    const button = row.querySelector("button");
    button.id = `row-${mail.name}`;
    if (mail.name === chosen) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => choose(mail.name, true));
    return row;
  });
  const focused = document.activeElement?.id;
  at("list").replaceChildren(...rows);
  if (focused?.startsWith("row-")) at(focused)?.focus();
  at("empty").hidden = mails.length > 0;
}

async function poll() {
  try {
    const items = (await ask("/mailbox/messages")).items;
    const now = JSON.stringify(items);
    if (now !== seen) {
      const before = seen ? mails.length : -1;
      seen = now;
      mails = items;
      drawList();
      if (before >= 0 && mails.length > before) say(`New mail to ${mails[0].to}: ${mails[0].subject}`);
      else if (mails.length !== before) say(`${mails.length} ${mails.length === 1 ? "mail" : "mails"}`);
      if (chosen && mails.some((mail) => mail.name === chosen)) await drawFacts();
      else hideDetail();
    }
  } catch {
    say("The local cloud does not answer.");
  }
  setTimeout(poll, POLL_MS);
}

function hideDetail() {
  at("detail").hidden = true;
  at("nothing").hidden = false;
}

async function choose(name, focus) {
  chosen = name;
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  drawList();
  await drawFacts();
  await drawBody();
  if (focus && matchMedia("(max-width: 52rem)").matches) at("mail").scrollIntoView();
}

async function drawFacts() {
  const mail = await ask(`/mailbox/messages/${encodeURIComponent(chosen)}`);
  const wasHidden = at("detail").hidden;
  at("nothing").hidden = true;
  at("detail").hidden = false;
  at("subject").textContent = mail.subject;
  at("to").textContent = mail.to.join(", ");
  at("from").textContent = mail.from;
  at("kind").textContent = mail.kind.replaceAll("_", " ") || "–";
  at("when").textContent = when(mail.received_at);
  at("events").textContent = mail.events.join(", ") || "nothing yet";
  at("attachments").hidden = mail.attachments.length === 0;
  at("attachment-links").replaceChildren(...mail.attachments.map((one, number) => {
    const link = document.createElement("a");
    link.href = `/mailbox/messages/${encodeURIComponent(chosen)}/attachments/${number}`;
    link.textContent = `${one.name} (${one.type}, ${one.size} bytes) `;
    return link;
  }));
  at("plain").dataset.text = mail.text || "This mail has no text part.";
  at("plain").dataset.headers = mail.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  if (wasHidden) await drawBody();
}

async function drawBody() {
  const framed = view === "html" || view === "phone";
  const path = `/mailbox/messages/${encodeURIComponent(chosen)}`;
  at("frame").hidden = !framed;
  at("plain").hidden = framed;
  at("frame").classList.toggle("phone", view === "phone");
  if (framed) {
    if (at("frame").getAttribute("src") !== `${path}/html`) at("frame").setAttribute("src", `${path}/html`);
  } else if (view === "source") {
    at("plain").textContent = await (await fetch(`${path}/source`)).text();
  } else {
    at("plain").textContent = at("plain").dataset[view];
  }
}

for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", async () => {
    view = button.dataset.view;
    for (const other of document.querySelectorAll("[data-view]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    await drawBody();
  });
}

for (const button of document.querySelectorAll("[data-event]")) {
  button.addEventListener("click", async () => {
    const type = button.dataset.event;
    try {
      await ask(`/local/mail/${encodeURIComponent(chosen)}/events`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ type }),
      });
      say(type === "bounce" ? "Reported as bounced." : "Reported as a complaint.");
    } catch {
      say("The report could not be published.");
    }
  });
}

at("clear").addEventListener("click", async () => {
  await ask("/mailbox/messages", { method: "DELETE" });
  seen = "";
  mails = [];
  chosen = "";
  drawList();
  hideDetail();
  say("All mails are gone.");
});

addEventListener("hashchange", () => choose(decodeURIComponent(location.hash.slice(1)), false));
poll();
