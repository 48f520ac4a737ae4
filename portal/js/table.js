/** What long lists share: turning pages, rows per page, and a file for spreadsheets. */

import { locale, t } from "./shell.js";

/**
 * Turn the pages of a list, see the macro `pager`.
 * @param {Element} root
 * @param {(page: {first: number, size: number}) => void} draw shows the rows from `first` on, counted from 0
 * @param {() => Element} heading gets the focus after turning
 */
export function pagerOf(root, draw, heading) {
  const select = root.querySelector("select");
  const buttons = [...root.querySelectorAll("[data-turn]")];
  const at = { first: 0, total: 0 };
  const size = () => Number(select.value);
  const number = new Intl.NumberFormat(locale);

  const show = () => {
    const to = Math.min(at.first + size(), at.total);
    const values = { from: at.first + 1, to, total: at.total };
    const texts = Object.entries(values).map(([name, value]) => [name, number.format(value)]);
    root.querySelector("[data-f=range]").textContent = at.total ? t("pager.range", Object.fromEntries(texts)) : "";
    const ends = [at.first === 0, to >= at.total];
    for (const [index, button] of buttons.entries()) button.setAttribute("aria-disabled", String(ends[index]));
    root.hidden = at.total <= Number(select.options[0].value);
    draw({ first: at.first, size: size() });
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      at.first += Number(button.dataset.turn) * size();
      show();
      heading().focus();
    });
  }
  select.addEventListener("change", () => {
    at.first -= at.first % size();
    show();
  });

  /** So many rows now; `fromStart` goes back to the first page. */
  return (total, { fromStart = false } = {}) => {
    at.total = total;
    const last = Math.max(Math.ceil(total / size()) - 1, 0) * size();
    at.first = fromStart ? 0 : Math.min(at.first, last);
    show();
  };
}

/** Rows of texts and numbers as CSV. A text that a spreadsheet would take for a formula is marked as text. */
export function csvOf(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hand a CSV file to the browser. The mark at its start tells spreadsheets that it is UTF-8. */
export function download(name, rows) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", csvOf(rows)], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
