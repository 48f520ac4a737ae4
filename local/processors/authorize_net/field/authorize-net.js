/**
 * The simulated card field. It turns card details into a token at the simulator and tells the page around it nothing
 * else: messages go to the origin that embeds this page, and only that page is listened to.
 *
 * Up:   {type: "duebook.ready", collects: ["postal_code"]} | {type: "duebook.resize", height}
 *       | {type: "duebook.error", message, shown: true}   (asked for here, so not again; said here, so not again)
 *       | {type: "duebook.token", token, method_type: "card", brand, last4, expiry: "MM/YY"}
 * Down: {type: "duebook.submit"}
 */

const query = new URLSearchParams(location.search);
const form = document.getElementById("card");
const alertLine = document.getElementById("alert");
const embedder = originOfEmbedder();
let minting = false;

const BRANDS = [
  [/^4/, "visa"],
  [/^(5[1-5]|2[2-7])/, "mastercard"],
  [/^3[47]/, "amex"],
  [/^(30[0-5]|36|38|39)/, "diners"],
  [/^3/, "jcb"],
  [/^62/, "unionpay"],
  [/^6/, "discover"],
];

const FIELDS = {
  number: {
    read: (typed) => typed.replace(/[\s-]/g, ""),
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
    read: (typed) => typed.trim(),
    fault: (digits) => {
      const length = brandOf(valueOf("number")) === "amex" ? 4 : 3;
      if (!digits) return "Enter the security code.";
      return new RegExp(`^\\d{${length}}$`).test(digits) ? "" : `The security code has ${length} digits.`;
    },
  },
  zip: {
    read: (typed) => typed.trim(),
    fault: (code) => {
      if (!code) return "Enter the ZIP or postal code.";
      return /^[A-Za-z0-9][A-Za-z0-9 -]{1,10}[A-Za-z0-9]$/.test(code) ? "" : "Check the ZIP or postal code.";
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

function mark(name) {
  const input = document.getElementById(name);
  const line = document.getElementById(`${name}-error`);
  const fault = FIELDS[name].fault(valueOf(name));
  line.textContent = fault;
  line.hidden = !fault;
  input.setAttribute("aria-invalid", String(Boolean(fault)));
  const described = [fault && line.id, document.getElementById(`${name}-hint`)?.id].filter(Boolean).join(" ");
  if (described) input.setAttribute("aria-describedby", described);
  else input.removeAttribute("aria-describedby");
  return fault;
}

function fail(message) {
  alertLine.textContent = message;
  tell({ type: "duebook.error", message, shown: true });
}

async function submit() {
  if (minting) return;
  alertLine.textContent = "";
  const wrong = Object.keys(FIELDS).filter(mark);
  if (wrong.length) {
    document.getElementById(wrong[0]).focus();
    fail("Check the card details.");
    return;
  }
  minting = true;
  form.setAttribute("aria-busy", "true");
  try {
    const token = await mint();
    const number = valueOf("number");
    tell({
      type: "duebook.token",
      token,
      method_type: "card",
      brand: brandOf(number),
      last4: number.slice(-4),
      expiry: valueOf("expiry").replace(/^\d\d(\d\d)-(\d\d)$/, "$2/$1"),
    });
  } catch (error) {
    fail(error instanceof Refusal ? error.message : "We couldn't reach the card service. You have not been charged. Try again.");
  } finally {
    minting = false;
    form.removeAttribute("aria-busy");
  }
}

class Refusal extends Error {}

async function mint() {
  const [year, month] = valueOf("expiry").split("-");
  const request = {
    securePaymentContainerRequest: {
      merchantAuthentication: { name: query.get("login") ?? "", clientKey: query.get("key") ?? "" },
      data: {
        type: "TOKEN",
        id: crypto.randomUUID?.() ?? String(Date.now()),
        token: {
          cardNumber: valueOf("number"),
          expirationDate: month + year,
          cardCode: valueOf("cvv"),
          zip: valueOf("zip"),
        },
      },
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
    throw new Refusal("This card field is not set up. You have not been charged. Ask the company how to pay.");
  }
  return answer.opaqueData.dataValue;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

// A field that was wrong is checked again as it changes; others wait for the submit.
form.addEventListener("input", (event) => {
  if (event.target.getAttribute("aria-invalid") === "true") mark(event.target.name);
});

form.addEventListener("change", (event) => {
  if (event.target.name === "number") event.target.value = valueOf("number").replace(/(\d{4})(?=\d)/g, "$1 ");
});

window.addEventListener("message", (event) => {
  const fromParent = window.parent !== window && event.source === window.parent && event.origin === embedder;
  if (fromParent && event.data?.type === "duebook.submit") submit();
});

document.getElementById("expiry").setAttribute("aria-describedby", "expiry-hint");

new ResizeObserver(() => {
  tell({ type: "duebook.resize", height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
}).observe(document.documentElement);

tell({ type: "duebook.ready", collects: ["postal_code"] });
