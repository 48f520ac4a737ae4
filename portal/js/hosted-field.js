/** The hosted fields of both processors: how each is addressed, asked and understood. */

import { t } from "./shell.js";

const BANK = "bank_account";

const BRANDS = [
  [/^4/, "visa"],
  [/^(5[1-5]|2[2-7])/, "mastercard"],
  [/^3[47]/, "amex"],
  [/^3[0689]/, "diners"],
  [/^35/, "jcb"],
  [/^62/, "unionpay"],
  [/^6/, "discover"],
];

/** Authorize.Net's: tells {type: "duebook.…"}, gives its token when asked, and asks for all that a bank account needs. */
const authorizeNet = {
  submit: { type: "duebook.submit" },
  address(options, type) {
    options.set("type", type);
  },
  understand(data, type) {
    const kind = data?.type;
    if (kind === "duebook.ready") return { ready: true, asksPostalCode: [].concat(data.collects).includes("postal_code") };
    if (kind === "duebook.resize") return { height: data.height };
    if (kind === "duebook.error") return { error: text(data.message, 300), shown: data.shown === true };
    if (kind !== "duebook.token" || !text(data.token, 4000) || (data.method_type ?? type) !== type) return {};
    const { token, brand, last4, expiry } = data;
    return { method: method(type, text(token, 4000), text(brand, 30), last4, text(expiry, 10)) };
  },
};

/**
 * CardPointe's tokenizer: tells JSON in a string, by itself, and cannot be asked. A bank account is typed as routing/account;
 * the page asks for its kind and holder.
 * {"message": "9411…", "token": "9411…", "errorCode": "0", "expiry": "203012"} | {"message": "", "validationError": "…"}
 */
const cardPointe = {
  submit: null,
  livesMs: 110_000, // expiry date and security code are forgotten after two minutes
  address(options, type, colour) {
    const bank = type === BANK;
    options.set("css", styles(colour));
    options.set("cardlabel", bank ? t("method.routing-account") : t("method.card-number"));
    options.set("expirylabel", t("method.expiry"));
    options.set("cvvlabel", t("method.security-code"));
    if (!bank) return;
    options.set("fullmobilekeyboard", "true");
    // A pause within an account number must not make a token of its first half: leaving the field does.
    for (const name of ["useexpiry", "usecvv", "formatinput", "tokenizewheninactive"]) options.delete(name);
  },
  understand(data, type) {
    const said = parsed(data);
    const token = said.token || said.message;
    const good = type === BANK ? /^9\d{13,18}$/ : /^9\d{15}$/;
    const { validationError, errorCode = "0", cardTyping } = said;
    if (cardTyping) return { gone: true };
    if (validationError || Number(errorCode) !== 0) return { gone: true, error: incomplete(type) };
    if (token === "") return { gone: true };
    if (typeof token !== "string" || !good.test(token)) return {};
    const brand = type === BANK ? "" : BRANDS.find(([prefix]) => prefix.test(token.slice(1)))?.[1] ?? "";
    const [, year, month] = /^20(\d\d)(\d\d)$/.exec(said.expiry) ?? [];
    return { method: method(type, token, brand, token.slice(-4), month ? `${month}/${year}` : "") };
  },
};

/** How to speak to a processor's field. */
export function protocolOf(processor) {
  return processor === "cardpointe" ? cardPointe : authorizeNet;
}

/** What may be missing in the field. */
export function incomplete(type) {
  return t(type === BANK ? "method.incomplete-bank" : "method.incomplete-card");
}

/** "Visa ending 4242, expires 12/28": what is known of a card or bank account, or of how else something was paid. */
export function methodName({ type, brand, last4, expiry }) {
  const others = { check: "method.check", cash: "method.cash", other: "method.other", credit_memo: "method.credit" };
  const kind = type === BANK ? t("method.bank-account") : others[type] ? t(others[type]) : brandName(brand);
  const named = last4 ? t("method.ending", { kind, last4 }) : kind;
  return expiry ? t("method.expires", { method: named, expiry: expiry.replace(/^20(\d\d)-(\d\d)$/, "$2/$1") }) : named;
}

/** Whether a saved card's last month is over. */
export function isExpired({ expiry }) {
  const now = new Date();
  return Boolean(expiry) && expiry < `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}`;
}

function brandName(brand) {
  const known = ["brand.amex", "brand.diners", "brand.discover", "brand.jcb", "brand.mastercard", "brand.unionpay", "brand.visa"];
  const key = `brand.${brand}`;
  return known.includes(key) ? t(key) : brand || t("method.card");
}

function method(type, token, brand, last4, expiry) {
  return { type, token, brand, last4: /^\d{4}$/.test(last4) ? last4 : "", expiry };
}

/** The page's look inside CardPointe's frame, in properties that it lets through. */
function styles(colour) {
  const colours = `background-color:${colour("--surface")};color:${colour("--ink")};`;
  const box = `min-height:44px;padding:8px;font-size:16px;border-style:solid;border-width:1px;border-color:${colour("--line-strong")};border-radius:6px;`;
  const wrong = `border-color:${colour("--danger")};`;
  return `body{margin:0;padding:6px;${colours}}label{font-weight:600;}input,select{${box}${colours}}.error{${wrong}}`;
}

function parsed(data) {
  try {
    return Object(typeof data === "string" && data.length < 4000 ? JSON.parse(data) : null);
  } catch {
    return {};
  }
}

function text(value, most) {
  return typeof value === "string" ? value.slice(0, most) : "";
}
