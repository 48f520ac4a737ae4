/** What is ticked: invoices, parents with their children, ranges, at most 200; and what an amount pays. No DOM, no floats. */

/** Most invoices a payment may name. Of a multi-site invoice its children count. */
export const MOST_INVOICES = 200;

/** What a row of the table stands for: itself, or a multi-site invoice's children. */
export function invoicesOf(row) {
  return row.children ?? [row];
}

/** The part of it that can be paid now. */
export function payableOf(row) {
  return invoicesOf(row).filter(({ payable }) => payable > 0);
}

/** The ticked invoices, in the order they were ticked. */
export class Selection {
  #chosen = new Map();

  get count() {
    return this.#chosen.size;
  }

  get total() {
    return sum([...this.#chosen.values()], "payable");
  }

  get ids() {
    return [...this.#chosen.keys()];
  }

  has({ id }) {
    return this.#chosen.has(id);
  }

  /** "all", "some" or "none" of what these rows stand for; "never" where nothing can be paid. */
  stateOf(...rows) {
    const payable = rows.flatMap(payableOf);
    const ticked = payable.filter((invoice) => this.has(invoice)).length;
    if (payable.length === 0) return "never";
    if (ticked === 0) return "none";
    return ticked === payable.length ? "all" : "some";
  }

  /**
   * Tick rows, the first ones first, each as a whole: the first that would pass 200 ends it.
   * @returns {number} how many invoices were left out
   */
  tick(...rows) {
    for (const [place, row] of rows.entries()) {
      const more = payableOf(row).filter((invoice) => !this.has(invoice));
      if (this.count + more.length > MOST_INVOICES) return this.#missing(rows.slice(place));
      for (const invoice of more) this.#chosen.set(invoice.id, invoice);
    }
    return 0;
  }

  untick(...rows) {
    for (const { id } of rows.flatMap(invoicesOf)) this.#chosen.delete(id);
  }

  clear() {
    this.#chosen.clear();
  }

  #missing(rows) {
    return rows.flatMap(payableOf).filter((invoice) => !this.has(invoice)).length;
  }
}

/** What can be paid and is not ticked: how many, how much. */
export function restOf(selection, rows) {
  const left = rows.flatMap(payableOf).filter((invoice) => !selection.has(invoice));
  return { count: left.length, total: sum(left, "payable") };
}

/** The lines of a table: rows, each parent that is open followed by its children. */
export function linesOf(rows, isOpen) {
  return rows.flatMap((row) => (row.children && isOpen(row) ? [row, ...row.children] : [row]));
}

/** From one line to another, whichever stands first; the second alone if the first is not shown. */
export function rangeOf(lines, fromId, toId) {
  const [from, to] = [fromId, toId].map((id) => lines.findIndex((line) => line.id === id));
  if (to < 0) return [];
  return from < 0 ? [lines[to]] : lines.slice(Math.min(from, to), Math.max(from, to) + 1);
}

/** The rows whose number or site, or a child's, holds the text. */
export function found(rows, text) {
  const wanted = text.trim().toLowerCase();
  const holds = ({ number, site }) => [number, site?.name, site?.number].some((one) => one?.toLowerCase().includes(wanted));
  return wanted ? rows.filter((row) => [row, ...invoicesOf(row)].some(holds)) : rows;
}

/** Oldest first: invoice date, due date, number as people count (999 before 1000), id. */
export function byAge(one, other) {
  return (
    compare(one.invoice_date, other.invoice_date) ||
    compare(one.due_date, other.due_date) ||
    compareNumbers(one.number, other.number) ||
    compare(one.id, other.id)
  );
}

/**
 * What an amount pays: the oldest invoices first, the last one touched in part.
 * @returns {{lines: {id: string, number: string, amount: number, pays: "full" | "part"}[], left: number}}
 */
export function allocate(amount, rows) {
  let left = amount;
  const lines = [];
  for (const { id, number, payable, open_balance: open } of rows.flatMap(payableOf).sort(byAge)) {
    if (left === 0) break;
    const part = Math.min(left, payable);
    lines.push({ id, number, amount: part, pays: part === open ? "full" : "part" });
    left -= part;
  }
  return { lines, left };
}

function sum(rows, field) {
  return rows.reduce((total, row) => total + row[field], 0);
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

/** Runs of digits by their value and before any text, as the API orders them. */
function compareNumbers(one, other) {
  const [left, right] = [one, other].map((text) => text.match(/\d+|\D+/g) ?? []);
  for (let place = 0; place < Math.min(left.length, right.length); place += 1) {
    const [a, b] = [left[place], right[place]];
    const [aDigits, bDigits] = [a, b].map((part) => /^\d/.test(part));
    if (aDigits !== bDigits) return aDigits ? -1 : 1;
    const order = aDigits ? compare(BigInt(a), BigInt(b)) : compare(a, b);
    if (order) return order;
  }
  return left.length - right.length;
}
