/** <pay-method>, a saved way to pay, or card or bank account in the processor's hosted field; and <pay-button>. */

import { incomplete, isExpired, methodName, protocolOf } from "./hosted-field.js";
import { fill, locale, looksLikeCardNumber, markField, say, t } from "./shell.js";

const [CARD, BANK] = ["card", "bank_account"];
const READY_WITHIN_MS = 10_000;
/* A tokenizer makes its token when it is left, and has told it by then. */
const TOLD_WITHIN_MS = 3_000;

/** Tells "method-ready" {asksPostalCode}, "method-token", "method-error" {message, shown}, "method-change". */
class PayMethod extends HTMLElement {
  connectedCallback() {
    this.piece = (name) => this.querySelector(`[data-part=${name}]`);
    this.input = (name) => this.querySelector(`[name=${name}]`);
    this.piece("again").addEventListener("click", () => this.load(true));
    this.piece("change").addEventListener("click", () => this.load(true));
    this.addEventListener("change", ({ target }) => target.name === "method_type" && this.pick(target.value));
    this.input("save")?.addEventListener("change", () => this.writeConsent());
    this.input("account_name").addEventListener("input", ({ target }) => (target.edited = true));
    window.addEventListener("message", (event) => this.receive(event));
  }

  /**
   * Offer the ways to pay a balance: its hosted field as the API names it, whom it pays, and what is on record: saved cards
   * and bank accounts, and the words that allow keeping another one; `adding` keeps it and pays nothing.
   */
  show(hostedField, tenant, { saved = [], keeping = "", adding = false } = {}) {
    Object.assign(this, { hostedField, tenant, onRecord: saved, keeping, adding, protocol: protocolOf(hostedField.processor) });
    const { types } = hostedField;
    for (const type of [CARD, BANK]) this.radio(type).closest("label").hidden = !types.includes(type);
    this.piece("saved")?.replaceChildren(...saved.map(savedChoice));
    this.piece("kinds").hidden = types.length + saved.length < 2;
    const usable = saved.filter((one) => !refused(one));
    const wanted = [this.saved?.id ?? this.type, ...usable.map(({ id }) => id), ...types];
    this.pick(wanted.find((value) => usable.some(({ id }) => id === value) || types.includes(value)));
  }

  /** Pay by a saved method's id, by "card" or by "bank_account". The same again changes nothing. */
  pick(value) {
    const saved = this.onRecord.find(({ id }) => id === value) ?? null;
    const type = saved?.type ?? value;
    const shown = `${value} ${this.hostedField.url}`;
    this.radio(value).checked = true;
    if (this.shown === shown) return;
    const another = this.shown !== undefined && !this.shown.startsWith(`${value} `);
    Object.assign(this, { type, saved, shown });
    this.piece("bank").hidden = type !== BANK;
    this.piece("consent").hidden = type !== BANK && !this.adding;
    for (const part of ["holder", "typed-as"]) this.piece(part).hidden = this.asksAll || saved !== null;
    if (this.input("save")) this.piece("save").hidden = saved !== null;
    for (const id of ["account_name", "consent"]) markField(id, null);
    this.wrong(null);
    if (saved) this.rest();
    else this.load(false);
    if (saved) this.tell("method-ready", { asksPostalCode: true });
    if (this.owed || this.adding) this.writeConsent();
    if (another) this.tell("method-change");
  }

  radio(value) {
    return [...this.querySelectorAll("[name=method_type]")].find((one) => one.value === value);
  }

  /** What is chosen, in words. */
  get label() {
    if (this.saved ?? this.chosen) return methodName(this.saved ?? this.chosen);
    return t(this.type === BANK ? "method.bank-account" : "method.card");
  }

  /** The amount as people read it: the holder of a bank account allows no other. */
  set amount(text) {
    this.owed = text;
    if (this.tenant) this.writeConsent();
  }

  /** The name on the account, unless another one was typed. */
  set payer(name) {
    const input = this.input("account_name");
    if (!input.edited) input.value = name;
  }

  /** What a bank account lacks: field id → sentence. */
  get problems() {
    if (this.type !== BANK && !this.adding) return {};
    const problems = {};
    const { value } = this.input("account_name");
    const asked = this.type === BANK && !this.asksAll && !this.saved;
    if (asked && !value.trim()) problems.account_name = t("bank.name.empty");
    else if (asked && looksLikeCardNumber(value)) problems.account_name = t("form.card-number");
    if (!this.writeConsent() || !this.input("consent").checked) problems.consent = t(this.adding ? "methods.consent.empty" : "consent.empty");
    return problems;
  }

  /** What is charged, or null while no token waits. */
  get order() {
    const authorization = this.type === BANK && { authorization: this.piece("words").textContent };
    if (this.saved) return { kind: "saved", method_id: this.saved.id, ...authorization };
    if (!this.chosen) return null;
    const { type, token } = this.chosen;
    const order = { kind: "token", token, type, ...(this.input("save")?.checked && { save: true }), ...authorization };
    if (type !== BANK || this.asksAll) return order;
    return { ...order, account_kind: this.input("account_kind").value, account_name: this.input("account_name").value.trim() };
  }

  /** Whether the processor has forgotten what belongs to the token. */
  get isStale() {
    return !this.saved && this.chosen !== null && this.type !== BANK && Date.now() - this.chosenAt > (this.protocol.livesMs ?? Infinity);
  }

  /** Ask for a token. False: there is no working field to ask. */
  request() {
    if (!this.ready) return false;
    this.askNoMore();
    if (this.protocol.submit) this.frame.contentWindow.postMessage(this.protocol.submit, this.hostedField.origin);
    else this.asked = setTimeout(() => this.fail({ message: incomplete(this.type) }), TOLD_WITHIN_MS);
    return true;
  }

  /** Refused for a reason of the API: the token is used up, so the field is fresh. */
  decline(reason) {
    if (!this.saved) this.load(false);
    this.wrong(refusal(this.type, reason));
  }

  /** Say at the field what is wrong; null takes it away. */
  wrong(message, { focus = true } = {}) {
    const note = this.querySelector(".note.error");
    note.hidden = !message;
    note.querySelector("[data-f=message]").textContent = message ?? "";
    if (message && focus) note.focus();
    else if (message) note.scrollIntoView({ block: "nearest" });
  }

  /** Whether the field itself asks for an account's kind and holder. */
  get asksAll() {
    return this.protocol.submit !== null;
  }

  /** Write what the holder allows. New words take the tick away; false then. */
  writeConsent() {
    const { name, support, time_zone: timeZone } = this.tenant;
    const words = this.piece("words");
    const before = words.textContent;
    const contact = [support?.phone, support?.email].filter(Boolean).join(", ") || name;
    const date = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone }).format(new Date());
    const keep = this.type === BANK && !this.saved && this.input("save")?.checked;
    if (this.adding) words.textContent = this.keeping;
    else say(words, "consent.text", { tenant: name, amount: this.owed, date, contact });
    if (keep) words.append(` ${this.keeping}`);
    const kept = this.piece("keeping");
    if (kept) kept.textContent = this.input("save").checked && this.type !== BANK ? this.keeping : "";
    const same = words.textContent === before;
    if (!same) this.input("consent").checked = false;
    return same;
  }

  /** No field: a saved method needs none. */
  rest() {
    Object.assign(this, { chosen: null, ready: false });
    clearTimeout(this.timer);
    this.askNoMore();
    this.frame?.remove();
    this.frame = null;
    for (const name of ["frame", "failed", "chosen"]) this.piece(name).hidden = true;
  }

  load(byHand) {
    this.rest();
    this.display("frame");
    this.piece("cover").hidden = false;
    if (byHand) this.wrong(null);
    if (originOf(this.hostedField.url) !== this.hostedField.origin) return this.display("failed");
    this.frame = document.createElement("iframe");
    this.frame.title = t(this.type === BANK ? "method.frame-bank" : "method.frame");
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
    this.frame.referrerPolicy = "origin";
    this.frame.dataset.size = this.protocol.submit ? "" : this.type;
    const url = new URL(this.hostedField.url);
    const style = getComputedStyle(document.documentElement);
    this.protocol.address(url.searchParams, this.type, (name) => style.getPropertyValue(name));
    this.frame.src = url.href;
    if (!this.protocol.submit) this.frame.addEventListener("load", () => this.becomeReady({}));
    this.timer = setTimeout(() => this.display("failed"), READY_WITHIN_MS);
    this.piece("frame").prepend(this.frame);
    if (byHand) this.frame.focus();
  }

  /** The frame, why there is none, or the token in its place; a tokenizer stays, with a line below that tells of its token. */
  display(shown) {
    for (const name of ["frame", "failed", "chosen"]) this.piece(name).hidden = name !== shown;
    this.piece("change").hidden = !this.asksAll;
    this.piece("chosen").classList.toggle("choice", this.asksAll);
    if (shown === "failed" || this.asksAll) return;
    for (const name of ["frame", "chosen"]) this.piece(name).hidden = false;
    this.querySelector("[data-f=chosen]").textContent = this.chosen ? methodName(this.chosen) : t("method.nothing-yet");
  }

  /** A message counts only from the configured origin and from this very frame. */
  receive({ data, origin, source }) {
    if (!this.frame || origin !== this.hostedField.origin || source !== this.frame.contentWindow) return;
    const { ready, asksPostalCode, height, gone, error, shown, method } = this.protocol.understand(data, this.type);
    if (ready) this.becomeReady({ asksPostalCode });
    if (height) this.resize(height);
    if (gone) this.drop();
    // A tokenizer finds fault while people are typing; that is said once they want to pay.
    if (error !== undefined && (this.asksAll || this.asked)) this.fail({ message: error, shown });
    if (method) this.take(method);
  }

  becomeReady({ asksPostalCode = false }) {
    clearTimeout(this.timer);
    this.ready = true;
    this.piece("cover").hidden = true;
    this.display(this.chosen ? "chosen" : "frame");
    this.tell("method-ready", { asksPostalCode: asksPostalCode || this.type === BANK });
  }

  resize(height) {
    if (height >= 60 && height <= 900) this.frame.style.setProperty("block-size", `${Math.ceil(height)}px`);
  }

  take(method) {
    this.askNoMore();
    Object.assign(this, { chosen: method, chosenAt: Date.now() });
    this.querySelector("[data-f=chosen]").textContent = methodName(method);
    this.wrong(null);
    this.display("chosen");
    this.tell("method-token");
  }

  /** What was typed is being changed: its token must not be charged. */
  drop() {
    this.chosen = null;
    if (this.ready) this.display("frame");
  }

  fail(detail) {
    this.askNoMore();
    this.tell("method-error", detail);
  }

  askNoMore() {
    clearTimeout(this.asked);
    this.asked = null;
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The sentences for the API's reasons. */
function refusal(type, reason) {
  const byCard = {
    token_expired: "declined.token-expired",
    processor_error: "declined.processor-error",
    configuration: "declined.processor-error",
    expired_card: "declined.expired-card",
    incorrect_number: "declined.incorrect-number",
    incorrect_cvc: "declined.incorrect-cvc",
    insufficient_funds: "declined.insufficient-funds",
    avs_failed: "declined.avs-failed",
  };
  const byBank = {
    ...byCard,
    incorrect_number: "declined.bank-number",
    invalid_bank_account: "declined.bank-number",
    insufficient_funds: "declined.bank-funds",
    amount_limit: "declined.bank-limit",
  };
  const [own, other] = type === BANK ? [byBank, "declined.bank"] : [byCard, "declined.other"];
  return t(own[reason] ?? other);
}

/** One saved method to choose; what cannot be used says why. */
function savedChoice(method) {
  const choice = document.getElementById("saved-choice").content.firstElementChild.cloneNode(true);
  const why = refused(method);
  const radio = choice.querySelector("input");
  Object.assign(radio, { value: method.id, disabled: why !== null });
  fill(choice, { name: methodName(method), bank: method.bank_name ?? "", why: why ?? "" });
  choice.querySelector("[data-part=default]").hidden = !method.default;
  for (const icon of choice.querySelectorAll("[data-type]")) icon.hidden = icon.dataset.type !== method.type;
  return choice;
}

/** Why a saved method cannot be used, or null. */
export function refused(method) {
  if (method.flagged) return method.flag_reason || t("method.flagged");
  return isExpired(method) ? t("method.expired") : null;
}

function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    return null;
  }
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
