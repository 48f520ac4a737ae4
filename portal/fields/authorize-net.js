/**
 * The card field on AWS: opens Authorize.Net's own form (AcceptUI) and hands the opaque token to the page around it.
 * It stands on a host of its own, the only one whose policy admits the processor's script.
 *
 * Up:   {type: "duebook.ready"} | {type: "duebook.resize", height} | {type: "duebook.error", message}
 *       | {type: "duebook.token", token, method_type: "card", brand, last4, expiry: "MM/YY"}
 * Down: {type: "duebook.submit"}
 */

// The policy of this host admits the script of its own stage only, so the first that loads is the right one.
const SCRIPTS = ["https://js.authorize.net/v3/AcceptUI.js", "https://jstest.authorize.net/v3/AcceptUI.js"];
const FORM_HEIGHT = 600;
const BRANDS = [
  [/^4/, "visa"],
  [/^(5[1-5]|2[2-7])/, "mastercard"],
  [/^3[47]/, "amex"],
  [/^(30[0-5]|36|38|39)/, "diners"],
  [/^35/, "jcb"],
  [/^62/, "unionpay"],
  [/^6/, "discover"],
];

const query = new URLSearchParams(location.search);
const button = document.getElementById("open");
const embedder = originOfEmbedder();
let formOpen = false;

/** The origin this page may talk to: what the browser says of the embedder. `frame-ancestors` says who may embed. */
function originOfEmbedder() {
  if (window.parent === window) return null;
  try {
    return new URL(document.referrer || query.get("origin")).origin;
  } catch {
    return null;
  }
}

function tell(message) {
  if (embedder) window.parent.postMessage(message, embedder);
}

function tellHeight() {
  const content = Math.ceil(document.documentElement.getBoundingClientRect().height);
  tell({ type: "duebook.resize", height: formOpen ? FORM_HEIGHT : content });
}

function fail(message) {
  document.getElementById("alert").textContent = message;
  tell({ type: "duebook.error", message });
}

function load([source, ...others]) {
  if (!source) {
    fail("We couldn't load the card form. You have not been charged. Try again.");
    return;
  }
  const script = document.createElement("script");
  script.src = source;
  script.onload = () => {
    button.disabled = false;
    tell({ type: "duebook.ready" });
  };
  script.onerror = () => load(others);
  document.head.append(script);
}

/** Called by AcceptUI with a token, or with what was wrong. */
window.cardEntered = (answer) => {
  formOpen = false;
  tellHeight();
  const token = answer?.opaqueData?.dataValue;
  if (answer?.messages?.resultCode !== "Ok" || !token) {
    fail("The card could not be read. You have not been charged. Try again.");
    return;
  }
  const card = answer.encryptedCardData ?? {};
  const last4 = /\d{4}$/.exec(card.cardNumber ?? "")?.[0] ?? "";
  const expiry = /^(\d\d)\/?(?:20)?(\d\d)$/.exec(card.expDate ?? "");
  document.getElementById("alert").textContent = "";
  document.getElementById("chosen").textContent = last4 ? `Card ending ${last4}` : "Card entered";
  button.textContent = "Change card";
  tell({
    type: "duebook.token",
    token,
    method_type: "card",
    brand: BRANDS.find(([prefix]) => prefix.test(card.bin ?? ""))?.[1] ?? "",
    last4,
    expiry: expiry ? `${expiry[1]}/${expiry[2]}` : "",
  });
};

// AcceptUI opens its form inside this frame: it needs room before it appears.
button.addEventListener("click", () => {
  formOpen = true;
  tellHeight();
}, { capture: true });

window.addEventListener("message", (event) => {
  const fromParent = window.parent !== window && event.source === window.parent && event.origin === embedder;
  if (fromParent && event.data?.type === "duebook.submit") button.click();
});

button.setAttribute("data-apiLoginID", query.get("login") ?? "");
button.setAttribute("data-clientKey", query.get("key") ?? "");
new ResizeObserver(tellHeight).observe(document.documentElement);
load(SCRIPTS);
