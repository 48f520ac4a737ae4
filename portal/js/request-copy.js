/** What asking again fills in, and which day it is at the company. No DOM. */

/**
 * A request as the form holds it: what can still be asked for, also under another name, and the day if it is still to come.
 * @param {{sites: object[], products: object[], services: object[]}} offered
 * @param {string} today as YYYY-MM-DD
 * @returns {{values: Record<string, string>, gone: string[]}} `gone` names what can't be asked for any more
 */
export function copyOf(request, { sites, products, services }, today) {
  const site = sites.find(({ id }) => id === request.site.id);
  const product = products.find(({ id }) => id === request.product_id);
  const service = services.find(({ id }) => id === request.service_id);
  const values = {
    site_id: site?.id ?? "",
    product_id: product?.id ?? "",
    service_id: service?.id ?? "",
    wanted_on: request.wanted_on >= today ? request.wanted_on : "",
    po_number: request.po_number ?? "",
    note: request.note ?? "",
  };
  const asked = [[site, request.site.name], [product, request.product_name], [service, request.service_name]];
  return { values, gone: asked.filter(([found]) => !found).map(([, name]) => name) };
}

/** The day that it is in a time zone, as YYYY-MM-DD. */
export function todayIn(timeZone, now = new Date()) {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, calendar: "gregory", year: "numeric", month: "2-digit", day: "2-digit" });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}
