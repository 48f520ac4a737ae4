/** Which contacts are shown, in which order and groups, and as lines of a spreadsheet. No DOM. */

/** Contacts by name, as the language sorts; numbers in names count as numbers. */
export function byName(locale) {
  const collator = new Intl.Collator(locale, { numeric: true });
  return (one, other) => collator.compare(one.name, other.name) || collator.compare(one.id, other.id);
}

/** "Riverside Depot (S-12)": a site as people know it. */
export function siteName({ name, number }) {
  return number ? `${name} (${number})` : name;
}

/**
 * Those whose name, email, phone or site holds each word that was typed, and whose access is as asked.
 * @param {{words: string, access: "all" | "on" | "off"}} wanted
 */
export function matching(contacts, sites, { words, access }) {
  const parts = plain(words).split(/\s+/).filter(Boolean);
  return contacts.filter((one) => {
    if (access !== "all" && one.portal_access !== (access === "on")) return false;
    const named = sitesOf(one, sites).map(siteName);
    const text = plain([one.name, one.email, one.phone, ...named].join(" "));
    return parts.every((part) => text.includes(part));
  });
}

/** Site contacts under the first of their sites: [{site, contacts: [{contact, also}]}]; those without one come last. */
export function bySite(contacts, sites) {
  const groups = new Map(sites.map((site) => [site.id, { site, contacts: [] }]));
  const rest = { site: null, contacts: [] };
  for (const contact of contacts) {
    const [first, ...also] = sitesOf(contact, sites);
    (first ? groups.get(first.id) : rest).contacts.push({ contact, also });
  }
  return [...groups.values(), rest].filter((group) => group.contacts.length);
}

/** A contact's sites, in the order of the sites. */
export function sitesOf(contact, sites) {
  return sites.filter((site) => contact.site_ids.includes(site.id));
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
