/**
 * The field for a card or a bank account on AWS: opens Authorize.Net's own form (AcceptUI) and hands the opaque token to the
 * page around it. It stands on a host of its own, the only one whose policy admits the processor's script. The address says
 * which of the two: `?type=card` or `?type=bank_account`.
 *
 * Up:   {type: "duebook.ready", method_type} | {type: "duebook.resize", height} | {type: "duebook.error", message}
 *       | {type: "duebook.token", token, method_type: "card", brand, last4, expiry: "MM/YY"}
 *       | {type: "duebook.token", token, method_type: "bank_account", last4}
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
const type = query.get("type") === "bank_account" ? "bank_account" : "card";
const WORDS = {
  card: {
    title: "Card details",
    open: "Enter card details",
    use: "Use this card",
    chosen: "Card entered",
    ending: "Card ending",
    change: "Change card",
    failed: "The card could not be read. You have not been charged. Try again.",
  },
  bank_account: {
    title: "Bank account details",
    open: "Enter bank account details",
    use: "Use this bank account",
    chosen: "Bank account entered",
    ending: "Bank account ending",
    change: "Change bank account",
    failed: "The bank account could not be read. You have not been charged. Try again.",
  },
}[type];
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
    fail("We couldn't load the payment form. You have not been charged. Try again.");
    return;
  }
  const script = document.createElement("script");
  script.src = source;
  script.onload = () => {
    button.disabled = false;
    tell({ type: "duebook.ready", method_type: type });
  };
  script.onerror = () => load(others);
  document.head.append(script);
}

/** Called by AcceptUI with a token, or with what was wrong. */
window.detailsEntered = (answer) => {
  formOpen = false;
  tellHeight();
  const token = answer?.opaqueData?.dataValue;
  if (answer?.messages?.resultCode !== "Ok" || !token) {
    fail(WORDS.failed);
    return;
  }
  const known = type === "card" ? cardOf(answer) : { last4: lastFour(answer.encryptedBankData?.accountNumber) };
  document.getElementById("alert").textContent = "";
  document.getElementById("chosen").textContent = known.last4 ? `${WORDS.ending} ${known.last4}` : WORDS.chosen;
  button.textContent = WORDS.change;
  tell({ type: "duebook.token", token, method_type: type, ...known });
};

function cardOf({ encryptedCardData: card = {} }) {
  const expiry = /^(\d\d)\/?(?:20)?(\d\d)$/.exec(card.expDate ?? "");
  return {
    brand: BRANDS.find(([prefix]) => prefix.test(card.bin ?? ""))?.[1] ?? "",
    last4: lastFour(card.cardNumber),
    expiry: expiry ? `${expiry[1]}/${expiry[2]}` : "",
  };
}

function lastFour(masked) {
  return /\d{4}$/.exec(masked ?? "")?.[0] ?? "";
}

// AcceptUI opens its form inside this frame: it needs room before it appears.
button.addEventListener("click", () => {
  formOpen = true;
  tellHeight();
}, { capture: true });

window.addEventListener("message", (event) => {
  const fromParent = window.parent !== window && event.source === window.parent && event.origin === embedder;
  if (fromParent && event.data?.type === "duebook.submit") button.click();
});

document.title = WORDS.title;
button.textContent = WORDS.open;
button.setAttribute("data-paymentOptions", JSON.stringify({ showCreditCard: type === "card", showBankAccount: type !== "card" }));
button.setAttribute("data-acceptUIFormHeaderTxt", WORDS.title);
button.setAttribute("data-acceptUIFormBtnTxt", WORDS.use);
button.setAttribute("data-apiLoginID", query.get("login") ?? "");
button.setAttribute("data-clientKey", query.get("key") ?? "");
new ResizeObserver(tellHeight).observe(document.documentElement);
load(SCRIPTS);
