/** What cannot wait for the page: the company's colours as this browser last saw them, kept for the next page; the way past the header. */
(() => {
  const KEY = "duebook.brands";
  const MOST = 5;
  const LOGO = /^\/logos\/[0-9a-f]{32}\.png$/;
  const COLOUR = /^#[0-9a-f]{6}$/;
  const COLOURS = ["accent", "on_accent"];
  for (const theme of ["light", "dark"]) COLOURS.push(`action_${theme}`, `action_${theme}_hover`, `on_action_${theme}`);

  /** Companies seen, the last one first. What somebody else may have written there is left out. */
  function seen() {
    try {
      return JSON.parse(localStorage.getItem(KEY)).filter(isBrand).slice(0, MOST);
    } catch {
      return [];
    }
  }

  function isBrand(brand) {
    const { slug, name, logo_url: logo, colours } = brand ?? {};
    if (typeof slug !== "string" || typeof name !== "string" || !(logo === null || LOGO.test(logo))) return false;
    return colours === null || COLOURS.every((key) => COLOUR.test(colours?.[key]));
  }

  function write(brands) {
    try {
      localStorage.setItem(KEY, JSON.stringify(brands.slice(0, MOST)));
    } catch {
      // No room, or storage is switched off: the next page begins in neutral colours.
    }
  }

  function others(slug) {
    return seen().filter((brand) => brand.slug !== slug);
  }

  /** Set a brand's colours; without any the stylesheet's own hold. */
  function paint(colours) {
    const { style } = document.documentElement;
    for (const key of COLOURS) {
      const property = `--${key.replaceAll("_", "-")}`;
      if (COLOUR.test(colours?.[key])) style.setProperty(property, colours[key]);
      else style.removeProperty(property);
    }
  }

  /** Paint a company as the API told it, and keep it for the next page: name, logo, colours, short name and nothing else. */
  function keep({ slug, name, logo_url, colours }) {
    paint(colours);
    const brand = { slug, name, logo_url, colours };
    if (isBrand(brand)) write([brand, ...others(slug)]);
  }

  /** Ask whose short name this is, paint and keep it: the brand, null when it is nobody's, undefined without an answer. */
  async function load(slug) {
    try {
      const answer = await fetch(`/api/brand?company=${encodeURIComponent(slug)}`, { credentials: "omit" });
      if (answer.status === 404) {
        write(others(slug));
        return null;
      }
      if (!answer.ok) return undefined;
      const brand = await answer.json();
      keep(brand);
      return brand;
    } catch {
      return undefined;
    }
  }

  /* While a page is still loading, the browser follows a link within it once more at the end: who had gone on would be taken back. */
  document.addEventListener("click", (event) => {
    if (!event.target.matches(".skip")) return;
    event.preventDefault();
    document.getElementById("main").focus();
  });

  const asked = new URLSearchParams(location.search).get("company")?.trim().toLowerCase() || null;
  const brands = seen();
  const cached = (asked ? brands.find((brand) => brand.slug === asked) : brands[0]) ?? null;
  if (cached) paint(cached.colours);
  globalThis.duebookBrand = Object.freeze({ asked, cached, paint, keep, load });
})();
