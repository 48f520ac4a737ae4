/** A form that is sent before its script is there: the press is kept, and made once the page has loaded. */
(() => {
  let pressed;
  const keep = (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    pressed = event.target;
  };
  addEventListener("submit", keep);
  addEventListener("DOMContentLoaded", () => {
    removeEventListener("submit", keep);
    pressed?.requestSubmit();
  });
})();
