/* CardPointe's side of the conversation: a token as soon as the one field is left, told as JSON in a string. */
const query = new URLSearchParams(location.search);
const field = document.getElementById("ccnumfield");
const tell = (message) => parent.postMessage(JSON.stringify(message), "*");

document.getElementById("cccardlabel").textContent = query.get("cardlabel");
field.addEventListener("change", () => {
  const digits = field.value.replace(/[\s-]/g, "");
  const token = `9${digits.slice(0, 2)}123456789${digits.slice(-4)}`;
  const expiry = query.has("useexpiry") ? { expiry: "203012" } : {};
  const good = query.has("useexpiry") ? /^\d{16}$/.test(digits) : /^\d{9}\/\d{4,17}$/.test(digits);
  if (good) tell({ message: token, token, errorCode: "0", errorMessage: "", ...expiry });
  else tell({ message: "", token: "", errorCode: "1001", errorMessage: "Invalid card number" });
});
