/** <pay-method>, the processor's hosted field in a frame, and <pay-button>. Only a token comes back from the field. */

import { t } from "./text.js";

const READY_WITHIN_MS = 10_000;
const HEIGHTS = { least: 60, most: 900 };

/**
 * Events: "method-ready" {asksPostalCode}, "method-token" {token, type, brand, last4, expiry}, "method-error" {message, shown}.
 * States: loading, ready, chosen (a token waits), failed (with Try again).
 */
class PayMethod extends HTMLElement {
  connectedCallback() {
    this.piece = (name) => this.querySelector(`[data-part=${name}]`);
    this.piece("again").addEventListener("click", () => this.load(true));
    this.piece("change").addEventListener("click", () => this.load(true));
    this.onMessage = (event) => this.receive(event);
    window.addEventListener("message", this.onMessage);
  }

  disconnectedCallback() {
    window.removeEventListener("message", this.onMessage);
    clearTimeout(this.timer);
  }

  /** Embed a hosted field: {url, origin} as the API names it. The same one again changes nothing. */
  show(hostedField) {
    if (this.frame && this.hostedField?.url === hostedField.url) return;
    this.hostedField = hostedField;
    this.load(false);
  }

  /** The token that waits to be charged, or null. */
  get token() {
    return this.chosen ?? null;
  }

  /** Ask the field for its token. False: there is no working field to ask. */
  request() {
    if (!this.ready) return false;
    this.frame.contentWindow.postMessage({ type: "duebook.submit" }, this.hostedField.origin);
    return true;
  }

  /** A fresh, empty field: the token is used up or no longer wanted. */
  reset() {
    this.load(false);
  }

  /** Say at the field what is wrong; null takes it away. The focus stays where the field itself put it, if asked. */
  wrong(message, { focus = true } = {}) {
    const note = this.querySelector(".note.error");
    note.hidden = !message;
    note.querySelector("[data-f=message]").textContent = message ?? "";
    if (message && focus) note.focus();
    else if (message) note.scrollIntoView({ block: "nearest" });
  }

  load(byHand) {
    this.chosen = null;
    this.ready = false;
    clearTimeout(this.timer);
    this.frame?.remove();
    this.display("frame");
    this.piece("cover").hidden = false;
    if (byHand) this.wrong(null);
    if (originOf(this.hostedField.url) !== this.hostedField.origin) return this.display("failed");
    this.frame = document.createElement("iframe");
    this.frame.title = t("method.frame");
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
    this.frame.referrerPolicy = "origin";
    this.frame.src = this.hostedField.url;
    this.timer = setTimeout(() => this.display("failed"), READY_WITHIN_MS);
    this.piece("frame").prepend(this.frame);
    if (byHand) this.frame.focus();
  }

  display(shown) {
    for (const name of ["frame", "failed", "chosen"]) this.piece(name).hidden = name !== shown;
  }

  /** A message counts only from the configured origin and from this very frame. */
  receive({ data, origin, source }) {
    if (!this.frame || origin !== this.hostedField.origin || source !== this.frame.contentWindow) return;
    if (data?.type === "duebook.ready") this.becomeReady(data.collects);
    else if (data?.type === "duebook.resize") this.resize(data.height);
    else if (data?.type === "duebook.error") this.tell("method-error", { message: text(data.message, 300), shown: data.shown === true });
    else if (data?.type === "duebook.token") this.take(data);
  }

  becomeReady(collects) {
    clearTimeout(this.timer);
    this.ready = true;
    this.piece("cover").hidden = true;
    this.display(this.chosen ? "chosen" : "frame");
    this.tell("method-ready", { asksPostalCode: Array.isArray(collects) && collects.includes("postal_code") });
  }

  resize(height) {
    if (!(height >= HEIGHTS.least && height <= HEIGHTS.most)) return;
    this.frame.style.setProperty("block-size", `${Math.ceil(height)}px`);
  }

  take({ token, method_type: type, brand, last4, expiry }) {
    if (!text(token, 4000)) return;
    this.chosen = {
      token,
      type: text(type, 20) || "card",
      brand: text(brand, 30),
      last4: /^\d{4}$/.test(last4) ? last4 : "",
      expiry: text(expiry, 10),
    };
    this.querySelector("[data-f=chosen]").textContent = methodName(this.chosen);
    this.wrong(null);
    this.display("chosen");
    this.tell("method-token", this.chosen);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** "Visa ending 4242, expires 12/28": what is known of a card or bank account. */
export function methodName({ type, brand, last4, expiry }) {
  const kind = type === "bank_account" ? t("method.bank-account") : brandName(brand);
  const named = last4 ? t("method.ending", { kind, last4 }) : kind;
  return expiry ? t("method.expires", { method: named, expiry }) : named;
}

function brandName(brand) {
  const known = {
    amex: t("brand.amex"),
    americanexpress: t("brand.amex"),
    diners: t("brand.diners"),
    dinersclub: t("brand.diners"),
    discover: t("brand.discover"),
    jcb: t("brand.jcb"),
    mastercard: t("brand.mastercard"),
    unionpay: t("brand.unionpay"),
    visa: t("brand.visa"),
  };
  const key = (brand ?? "").toLowerCase().replace(/[^a-z]/g, "");
  return known[key] ?? (brand || t("method.card"));
}

function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    return null;
  }
}

function text(value, most) {
  return typeof value === "string" ? value.slice(0, most) : "";
}

/** The one button that pays. While it works it keeps its focus and swallows presses. */
class PayButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("[data-part=button]");
    this.addEventListener("click", (event) => this.busy && event.preventDefault(), true);
  }

  get busy() {
    return this.button.getAttribute("aria-disabled") === "true";
  }

  /** Ready to be pressed, with this label. */
  show(label) {
    this.button.textContent = label;
    this.button.removeAttribute("aria-disabled");
  }

  /** At work: the label says on what. */
  work(label) {
    this.button.textContent = label;
    this.button.setAttribute("aria-disabled", "true");
  }
}

customElements.define("pay-method", PayMethod);
customElements.define("pay-button", PayButton);
