/**
 * The simulated fields for a card and for a bank account. They turn details into a token at the simulator and tell the page
 * around them nothing else: messages go to the origin that embeds this page, and only that page is listened to.
 * The address says which of the two is shown first: `?type=card` or `?type=bank_account`.
 *
 * Up:   {type: "duebook.ready", method_type, collects: ["postal_code"]}   (collects: asked for here, so not again; empty for a bank account)
 *       | {type: "duebook.resize", height}
 *       | {type: "duebook.error", message, shown: true}   (said here, so not again)
 *       | {type: "duebook.token", token, method_type: "card", brand, last4, expiry: "MM/YY"}
 *       | {type: "duebook.token", token, method_type: "bank_account", last4, bank_name?}
 * Down: {type: "duebook.submit"} | {type: "duebook.method", method_type: "card" | "bank_account"}   (the other one; answered by ready)
 */

const query = new URLSearchParams(location.search);
const alertLine = document.getElementById("alert");
const embedder = originOfEmbedder();
let banks = {};
let minting = false;
let shown = "card";

const BRANDS = [
  [/^4/, "visa"],
  [/^(5[1-5]|2[2-7])/, "mastercard"],
  [/^3[47]/, "amex"],
  [/^(30[0-5]|36|38|39)/, "diners"],
  [/^3/, "jcb"],
  [/^62/, "unionpay"],
  [/^6/, "discover"],
];

const plain = (typed) => typed.trim();
const digitsOf = (typed) => typed.replace(/[\s-]/g, "");

const FIELDS = {
  number: {
    read: digitsOf,
    fault: (digits) => {
      if (!digits) return "Enter the card number.";
      return /^\d{13,19}$/.test(digits) && luhn(digits) ? "" : "Check the card number.";
    },
  },
  expiry: {
    read: readExpiry,
    fault: (month) => {
      if (month === "") return "Enter the expiry date.";
      if (month === null) return "Enter the expiry date as month and year, such as 08/29.";
      return month < thisMonth() ? "This card has expired." : "";
    },
  },
  cvv: {
    read: plain,
    fault: (digits) => {
      const length = brandOf(valueOf("number")) === "amex" ? 4 : 3;
      if (!digits) return "Enter the security code.";
      return new RegExp(`^\\d{${length}}$`).test(digits) ? "" : `The security code has ${length} digits.`;
    },
  },
  zip: {
    read: plain,
    fault: (code) => {
      if (!code) return "Enter the ZIP or postal code.";
      return /^[A-Za-z0-9][A-Za-z0-9 -]{1,10}[A-Za-z0-9]$/.test(code) ? "" : "Check the ZIP or postal code.";
    },
  },
  holder: {
    read: plain,
    fault: (name) => {
      if (!name) return "Enter the name on the account.";
      return name.length > 22 ? "Shorten the name to 22 characters." : "";
    },
  },
  kind: { read: plain, fault: (kind) => (kind ? "" : "Choose the account type.") },
  routing: {
    read: digitsOf,
    fault: (digits) => {
      if (!digits) return "Enter the routing number.";
      if (!/^\d{9}$/.test(digits)) return "The routing number has 9 digits.";
      return routingFits(digits) ? "" : "Check the routing number.";
    },
  },
  account: {
    read: digitsOf,
    fault: (digits) => {
      if (!digits) return "Enter the account number.";
      return /^\d{4,17}$/.test(digits) ? "" : "The account number has 4 to 17 digits.";
    },
  },
};

const METHODS = {
  card: {
    heading: "Card details",
    wrong: "Check the card details.",
    collects: ["postal_code"],
    fields: ["number", "expiry", "cvv", "zip"],
    details: cardDetails,
    face: () => ({
      brand: brandOf(valueOf("number")),
      last4: valueOf("number").slice(-4),
      expiry: valueOf("expiry").replace(/^\d\d(\d\d)-(\d\d)$/, "$2/$1"),
    }),
  },
  bank_account: {
    heading: "Bank account details",
    wrong: "Check the bank account details.",
    collects: [],
    fields: ["holder", "kind", "routing", "account"],
    details: () => ({
      bankToken: {
        accountType: valueOf("kind"),
        routingNumber: valueOf("routing"),
        accountNumber: valueOf("account"),
        nameOnAccount: valueOf("holder"),
      },
    }),
    face: () => {
      const name = banks[valueOf("routing")];
      return { last4: valueOf("account").slice(-4), ...(name ? { bank_name: name } : {}) };
    },
  },
};

/** The origin this page may talk to: what the browser says of the embedder, else what the address names. */
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

function valueOf(name) {
  return FIELDS[name].read(document.getElementById(name).value);
}

function luhn(digits) {
  let sum = 0;
  [...digits].reverse().forEach((char, index) => {
    const value = Number(char) * (index % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

/** The check digit of a routing number: weights 3, 7, 1 over and over. */
function routingFits(digits) {
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * [3, 7, 1][index % 3], 0);
  return sum > 0 && sum % 10 === 0;
}

function brandOf(digits) {
  return BRANDS.find(([prefix]) => prefix.test(digits))?.[1] ?? "";
}

/** `08/29`, `8 / 2029`, `0829` → `2029-08`; nothing typed → ""; anything else → null. */
function readExpiry(typed) {
  if (!typed.trim()) return "";
  const parts = typed.trim().match(/^(\d{1,2})\s*[/-]\s*(\d{2}|\d{4})$/) ?? typed.trim().match(/^(\d{2})(\d{2}|\d{4})$/);
  const month = Number(parts?.[1]);
  if (!parts || month < 1 || month > 12) return null;
  return `${parts[2].padStart(4, "20")}-${String(month).padStart(2, "0")}`;
}

function thisMonth() {
  return new Date().toISOString().slice(0, 7);
}

function describe(name, fault) {
  const input = document.getElementById(name);
  const described = [fault && `${name}-error`, document.getElementById(`${name}-hint`)?.id].filter(Boolean).join(" ");
  if (described) input.setAttribute("aria-describedby", described);
  else input.removeAttribute("aria-describedby");
}

function mark(name) {
  const line = document.getElementById(`${name}-error`);
  const fault = FIELDS[name].fault(valueOf(name));
  line.textContent = fault;
  line.hidden = !fault;
  document.getElementById(name).setAttribute("aria-invalid", String(Boolean(fault)));
  describe(name, fault);
  return fault;
}

function fail(message) {
  alertLine.textContent = message;
  tell({ type: "duebook.error", message, shown: true });
}

/** Show the form of one method and say that it is ready. What was typed into the other one stays there. */
function show(type) {
  shown = Object.hasOwn(METHODS, type) ? type : "card";
  for (const name of Object.keys(METHODS)) document.getElementById(name).hidden = name !== shown;
  document.title = METHODS[shown].heading;
  document.getElementById("heading").textContent = METHODS[shown].heading;
  alertLine.textContent = "";
  tell({ type: "duebook.ready", method_type: shown, collects: METHODS[shown].collects });
}

async function submit() {
  if (minting) return;
  const type = shown;
  const { wrong, fields, details, face } = METHODS[type];
  alertLine.textContent = "";
  const faulty = fields.filter(mark);
  if (faulty.length) {
    document.getElementById(faulty[0]).focus();
    fail(wrong);
    return;
  }
  const form = document.getElementById(type);
  minting = true;
  form.setAttribute("aria-busy", "true");
  try {
    const known = face();
    const token = await mint(details());
    tell({ type: "duebook.token", token, method_type: type, ...known });
  } catch (error) {
    fail(error instanceof Refusal ? error.message : "We couldn't reach the payment service. You have not been charged. Try again.");
  } finally {
    minting = false;
    form.removeAttribute("aria-busy");
  }
}

class Refusal extends Error {}

function cardDetails() {
  const [year, month] = valueOf("expiry").split("-");
  return {
    token: {
      cardNumber: valueOf("number"),
      expirationDate: month + year,
      cardCode: valueOf("cvv"),
      zip: valueOf("zip"),
    },
  };
}

async function mint(details) {
  const request = {
    securePaymentContainerRequest: {
      merchantAuthentication: { name: query.get("login") ?? "", clientKey: query.get("key") ?? "" },
      data: { type: "TOKEN", id: crypto.randomUUID?.() ?? String(Date.now()), ...details },
    },
  };
  const response = await fetch("/xml/v1/request.api", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(20_000),
  });
  const answer = JSON.parse((await response.text()).replace(/^\uFEFF/, ""));
  if (answer.messages?.resultCode !== "Ok" || !answer.opaqueData?.dataValue) {
    const field = shown === "card" ? "card field" : "bank account field";
    throw new Refusal(`This ${field} is not set up. You have not been charged. Ask the company how to pay.`);
  }
  return answer.opaqueData.dataValue;
}

function tellBank() {
  document.getElementById("bank").textContent = banks[valueOf("routing")] ?? "";
}

for (const name of Object.keys(METHODS)) {
  document.getElementById(name).addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
}

// A field that was wrong is checked again as it changes; others wait for the submit.
document.addEventListener("input", (event) => {
  if (event.target.getAttribute("aria-invalid") === "true") mark(event.target.name);
  if (event.target.name === "routing") tellBank();
});

document.addEventListener("change", (event) => {
  if (event.target.name === "number") event.target.value = valueOf("number").replace(/(\d{4})(?=\d)/g, "$1 ");
});

window.addEventListener("message", (event) => {
  const fromParent = window.parent !== window && event.source === window.parent && event.origin === embedder;
  if (!fromParent) return;
  if (event.data?.type === "duebook.submit") submit();
  if (event.data?.type === "duebook.method") show(event.data.method_type);
});

for (const name of Object.keys(FIELDS)) describe(name, "");

// Names of a few banks make a typing error visible; without them everything else still works.
fetch("/banks.json")
  .then((response) => response.json())
  .then((names) => {
    banks = names;
    tellBank();
  })
  .catch(() => {});

new ResizeObserver(() => {
  tell({ type: "duebook.resize", height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
}).observe(document.documentElement);

show(query.get("type"));
