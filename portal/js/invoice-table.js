/** <invoice-table>: open invoices to tick, one, a range, a page or the 200 oldest; parents with their children; search, pages, a CSV file. */

import { decimalText, formatMoney } from "./money.js";
import { MOST_INVOICES, found, invoicesOf, linesOf, payableOf, rangeOf, restOf } from "./selection.js";
import { api } from "./session.js";
import { announce, fill, locale, say, t, tn } from "./shell.js";
import { download, pagerOf } from "./table.js";

const A_TIME = 200;
const SKELETONS = 5;
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });

/** Loads what it shows. Tells "selection-change" {missed, parent}: how many the limit left out, of which parent alone. */
class InvoiceTable extends HTMLElement {
  connectedCallback() {
    this.piece = (name) => this.querySelector(`[data-part=${name}]`);
    this.body = this.querySelector("tbody");
    Object.assign(this, { lists: {}, unfolded: new Set(), lines: new Map(), anchor: null });
    this.turn = pagerOf(this.querySelector(".pager"), (at) => this.drawRows(at), () => this.piece("heading"));
    this.body.addEventListener("click", (event) => this.pressed(event));
    for (const type of ["keydown", "keyup"]) this.body.addEventListener(type, (event) => this.keyed(event));
    const press = (name, task) => this.piece(name).addEventListener("click", task);
    this.piece("all").addEventListener("change", ({ target }) => this.apply(this.visible, target.checked));
    press("select-all", () => this.tickAll());
    press("clear", () => this.clear());
    press("forget", () => this.forget());
    press("csv", () => this.save());
    press("again", () => this.retry());
    addEventListener("online", () => this.list?.problem && this.retry());
    this.piece("search").addEventListener("input", () => this.search());
    this.piece("search").addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  }

  /** Work on an account as it stands now; what is ticked stays so where it can still be paid. */
  open(account, selection) {
    Object.assign(this, { account, selection, lists: {} });
  }

  /** Show the invoices of one kind, oldest first. Resolves once all are there. */
  pick(kind) {
    if (kind !== this.kind) this.unfolded.clear();
    if (kind !== this.kind) this.piece("search").value = "";
    this.kind = kind;
    this.anchor = null;
    this.piece("heading").textContent = t(kind === "multi_site" ? "table.multi" : "table.single");
    const { done } = this.load(kind);
    this.draw({ fromStart: true });
    return done;
  }

  /** All open invoices of a kind: {rows, count, complete, problem, done}. */
  load(kind) {
    this.lists[kind] ??= this.fetch(kind);
    return this.lists[kind];
  }

  get list() {
    return this.lists[this.kind];
  }

  /** What the search leaves, of all pages. */
  get found() {
    return found(this.list.rows, this.piece("search").value);
  }

  fetch(kind) {
    const list = { rows: [], count: this.account[kind].count, complete: false, problem: null };
    list.done = this.collect(list, kind);
    return list;
  }

  async collect(list, kind) {
    const { account } = this;
    for (let cursor = ""; cursor !== null; ) {
      const query = new URLSearchParams({ kind, currency: account.currency, limit: A_TIME, ...(cursor && { cursor }) });
      const { ok, body, problem } = await api("GET", `/api/portal/invoices?${query}`);
      if (!ok) Object.assign(list, { problem, rows: [] });
      else list.rows.push(...(account.can_pay ? body.items : body.items.map(unpayable)));
      cursor = ok ? body.next_cursor : null;
      Object.assign(list, { complete: ok && !cursor, count: body?.count ?? list.count });
      if (list === this.list) this.draw();
    }
  }

  /** Tick these where they can be paid, and nothing else. */
  choose(ids) {
    const wanted = new Set(ids);
    this.selection.clear();
    this.selection.tick(...this.list.rows.flatMap(invoicesOf).filter(({ id }) => wanted.has(id)));
    this.repaint();
  }

  async retry() {
    this.lists = {};
    await this.pick(this.kind);
    this.piece("heading").focus();
  }

  draw({ fromStart = false } = {}) {
    const { rows, complete, problem } = this.list;
    const left = this.found.length;
    const shown = problem ? "failed" : left || !complete ? "rows" : "empty";
    for (const name of ["rows", "empty", "failed"]) this.piece(name).hidden = name !== shown;
    this.piece("rows").setAttribute("aria-busy", String(!complete));
    this.piece("tools").hidden = rows.length === 0;
    this.piece("forget").hidden = rows.length === 0;
    this.piece("empty-text").textContent = t(rows.length ? "table.nothing-found" : "table.empty");
    if (problem) fill(this.piece("failed"), { message: problem.message });
    this.turn(this.piece("search").value.trim() || complete ? left : Math.max(this.list.count, left), { fromStart });
  }

  /** One page of rows, or their skeletons in the same height. */
  drawRows({ first, size }) {
    this.visible = this.found.slice(first, first + size);
    this.lines = new Map();
    const isWaiting = this.visible.length === 0 && !this.list.complete;
    const waiting = Array.from({ length: SKELETONS }, () => document.getElementById("invoice-wait").content.cloneNode(true));
    const parents = new Set(this.visible);
    const lines = linesOf(this.visible, ({ id }) => this.unfolded.has(id)).map((row) => this.line(row, { child: !parents.has(row) }));
    this.body.replaceChildren(...(isWaiting ? waiting : lines));
    this.repaint();
  }

  line(row, { child = false } = {}) {
    const line = document.getElementById("invoice-row").content.firstElementChild.cloneNode(true);
    const part = (name) => line.querySelector(`[data-part=${name}]`);
    const [box, fold, link] = ["box", "fold", "pdf"].map(part);
    fill(line, {
      number: row.number,
      site: row.children ? tn("table.children", row.children.length) : row.site?.name ?? "",
      date: dayText(row.invoice_date),
      due: dayText(row.due_date),
      balance: formatMoney(row.open_balance, row.currency, locale),
      reserved: t("table.reserved", { amount: formatMoney(row.reserved, row.currency, locale) }),
    });
    line.dataset.id = row.id;
    line.classList.toggle("child", child);
    box.setAttribute("aria-label", t(row.children ? "table.tick-parent" : "table.tick", { number: row.number }));
    const shown = {
      pick: row.payable > 0,
      overdue: row.status === "overdue",
      offline: !row.pay_online,
      processing: row.reserved >= row.open_balance,
      reserved: row.reserved > 0 && row.reserved < row.open_balance,
      fold: Boolean(row.children),
      pdf: !row.children,
    };
    for (const [name, isShown] of Object.entries(shown)) part(name).hidden = !isShown;
    if (row.children) fold.setAttribute("aria-label", t("table.show-children", { number: row.number }));
    else link.setAttribute("aria-label", t("table.pdf-of", { number: row.number }));
    if (!row.children) link.href = `/api/portal/invoices/${encodeURIComponent(row.id)}/pdf`;
    if (row.children) fold.setAttribute("aria-expanded", String(this.unfolded.has(row.id)));
    this.lines.set(row.id, { row, line, box, fold });
    return line;
  }

  /** Boxes and the note follow the selection; rows stay as they are. */
  repaint() {
    for (const { row, line, box } of this.lines.values()) line.classList.toggle("ticked", paint(box, this.selection.stateOf(row)) === "all");
    const state = paint(this.piece("all"), this.selection.stateOf(...this.visible));
    this.piece("all").closest("label").hidden = state === "never";
    this.offer(state);
  }

  /** Once a page is full: all of them, or the 200 oldest, with one press. What is left out is said. */
  offer(state) {
    const rows = this.found;
    const { count } = this.selection;
    const rest = restOf(this.selection, rows);
    const isFull = count === MOST_INVOICES;
    this.piece("offer").hidden = !this.list.complete || !(isFull || state === "all");
    if (this.piece("offer").hidden) return;
    const values = { count: number(count), total: number(rows.flatMap(payableOf).length), amount: formatMoney(rest.total, this.account.currency, locale) };
    const key = isFull ? (this.oldest ? "table.oldest" : "table.most") : "table.some";
    say(this.piece("told"), rest.count ? key : "table.all", { ...values, rest: tn("table.invoices", rest.count) });
    this.piece("select-all").hidden = isFull || rest.count === 0;
    this.piece("select-all").textContent = count + rest.count > MOST_INVOICES ? t("table.select-oldest") : tn("table.select-all", count + rest.count);
  }

  search() {
    this.anchor = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.draw({ fromStart: true });
      announce(tn("table.found", this.found.length));
    }, 200);
  }

  forget() {
    this.piece("search").value = "";
    this.search();
    this.piece("search").focus();
  }

  pressed({ target, shiftKey }) {
    const id = target.closest("tr")?.dataset.id;
    if (target.matches("[data-part=box]")) this.tick(id, target.checked, shiftKey);
    else if (target.closest("[data-part=fold]")) this.fold(this.lines.get(id));
  }

  /** Shift+Space ticks a range; browsers differ in what else they would make of it. */
  keyed(event) {
    if (event.key !== " " || !event.shiftKey || !event.target.matches("[data-part=box]")) return;
    event.preventDefault();
    if (event.type === "keydown" && !event.repeat) this.tick(event.target.closest("tr").dataset.id, !event.target.checked, true);
  }

  /** One box, or with Shift all from the last one to this. */
  tick(id, on, isRange) {
    const lines = [...this.body.children].map(({ dataset }) => this.lines.get(dataset.id).row);
    const rows = isRange ? rangeOf(lines, this.anchor, id) : [this.lines.get(id).row];
    this.anchor = id;
    this.apply(rows, on);
  }

  tickAll() {
    this.selection.clear();
    this.oldest = true;
    this.selection.tick(...this.found);
    this.changed(0);
    this.piece("heading").focus();
  }

  clear() {
    this.selection.clear();
    this.changed(0);
    this.piece("heading").focus();
  }

  apply(rows, on) {
    if (!on) this.oldest = false;
    const missed = on ? this.selection.tick(...rows) : this.selection.untick(...rows) ?? 0;
    this.changed(missed, rows.length === 1 && rows[0].children ? rows[0].number : null);
  }

  changed(missed, parent = null) {
    this.repaint();
    this.dispatchEvent(new CustomEvent("selection-change", { detail: { missed, parent } }));
  }

  /** Show or hide the children of a multi-site invoice, right below it. */
  fold({ row, line, fold }) {
    const isOpen = !this.unfolded.delete(row.id);
    if (isOpen) this.unfolded.add(row.id);
    if (isOpen) line.after(...row.children.map((child) => this.line(child, { child: true })));
    else for (const { id } of row.children) this.lines.get(id).line.remove();
    if (!isOpen) for (const { id } of row.children) this.lines.delete(id);
    fold.setAttribute("aria-expanded", String(isOpen));
    this.repaint();
  }

  /** What the search leaves as a file; of multi-site invoices their children. */
  save() {
    const names = ["invoice", "parent", "site", "date", "due", "status", "currency", "total", "balance", "payable"];
    const line = (row, parent = "") => [
      row.number, parent, row.site?.name ?? "", row.invoice_date, row.due_date, row.status, row.currency,
      ...[row.total, row.open_balance, row.payable].map((minor) => decimalText(minor, row.currency)),
    ];
    const lines = this.found.flatMap((row) => (row.children ? row.children.map((child) => line(child, row.number)) : [line(row)]));
    download(`open-invoices-${this.account.currency}.csv`, [names, ...lines]);
  }
}

function unpayable(row) {
  return { ...row, payable: 0, children: row.children?.map(unpayable) };
}

function paint(box, state) {
  box.checked = state === "all";
  box.indeterminate = state === "some";
  return state;
}

function number(value) {
  return new Intl.NumberFormat(locale).format(value);
}

/** "2026-07-15" → "Jul 15, 2026", the same day in every zone. */
function dayText(date) {
  return day.format(new Date(`${date}T00:00:00Z`));
}

customElements.define("invoice-table", InvoiceTable);
