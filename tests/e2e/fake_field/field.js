/* The hosted field's side of the conversation, in the mode that its address names. */
const query = new URLSearchParams(location.search);
const mode = query.get("mode");
const bank = query.get("type") === "bank_account";
const own = document.getElementById("use");
const tell = (message) => parent.postMessage(message, "*");

function giveToken() {
  if (mode === "error") return tell({ type: "duebook.error", message: "Check the card number." });
  if (mode === "mute") return undefined;
  const token = `tok_${crypto.randomUUID()}`;
  if (bank) return tell({ type: "duebook.token", token, method_type: "bank_account", last4: "6789", bank_name: "First Platypus Bank" });
  return tell({ type: "duebook.token", token, method_type: "card", brand: "visa", last4: "4242", expiry: "12/28" });
}

addEventListener("message", (event) => {
  if (event.source === parent && event.data?.type === "duebook.submit") giveToken();
});

own.hidden = mode !== "own";
own.addEventListener("click", giveToken);
if (mode !== "silent") tell({ type: "duebook.ready", collects: mode === "postal" ? ["postal_code"] : [] });
if (mode !== "silent") tell({ type: "duebook.resize", height: 208 });
