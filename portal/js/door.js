/** What the pages before a session share: the company's brand, and where to go once signed in. */

import { showTenant } from "./shell.js";

const PLACES = new URLSearchParams(location.search);

/** Show the brand of `?company=slug`; an unknown one leaves the page as it is. */
export async function showCompany() {
  const company = duebookBrand.asked && (await duebookBrand.load(duebookBrand.asked));
  if (company) showTenant(company);
}

/** Links from one of these pages to another keep company and next page. */
export function signedOutLinks() {
  for (const link of document.querySelectorAll("#forgot, [data-login]")) link.search = location.search;
}

/** The session is there: go to the page that was asked for, or to the first one of this contact. */
export function arrive({ permissions }) {
  location.replace(nextPage() ?? page(permissions.includes("pay_invoices") ? "pay" : "requests"));
}

/** The address in `?next=`, if it is a page of ours and no other site's, API's or staff's. */
export function nextPage(next = PLACES.get("next")) {
  if (!next?.startsWith("/") || /[\\\u0000-\u001f]/.test(next)) return null;
  const url = new URL(next, location.origin);
  if (url.origin !== location.origin || next.startsWith("//")) return null;
  if (/^\/(api|admin|local|mailbox)(\/|$)/.test(url.pathname) || url.pathname === location.pathname) return null;
  return url.pathname + url.search + url.hash;
}

function page(name) {
  return new URL(name, location.href).pathname;
}
