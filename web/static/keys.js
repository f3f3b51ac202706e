// Every control that carries data-key is pressed by that key. Letters are off inside fields, and can be switched off.
const field = (el) => el?.matches?.("input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]");
const named = (key) => (key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key);
const off = () => localStorage.getItem("viva.keys") === "off";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const dialog = document.getElementById("keys");
  if (dialog?.open || field(event.target)) return;
  if (event.key.length === 1 && event.key !== " " && off()) return;
  if (event.key === " " && event.target.matches?.("button, a, summary, input, audio")) return;
  if (event.key === "Enter" && event.target.matches?.("button, a, summary, input, audio")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const control = [...document.querySelectorAll("[data-key]")].find(
    (el) => el.dataset.key === key && !el.disabled && el.offsetParent !== null,
  );
  if (!control) return;
  event.preventDefault();
  if (control.matches("textarea, input, select")) control.focus();
  else control.click();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-keys-list]")) return;
  const dialog = document.getElementById("keys");
  const list = dialog.querySelector("dl");
  list.replaceChildren();
  for (const el of document.querySelectorAll("[data-key]")) {
    if (el.offsetParent === null || el.dataset.key === "?") continue;
    const row = document.createElement("div");
    const key = document.createElement("dt");
    const kbd = document.createElement("kbd");
    kbd.textContent = named(el.dataset.key);
    key.append(kbd);
    const says = document.createElement("dd");
    const copy = el.cloneNode(true);
    copy.querySelectorAll("kbd, svg").forEach((x) => x.remove());
    says.textContent = el.dataset.says ?? copy.textContent.trim();
    row.append(key, says);
    list.append(row);
  }
  dialog.querySelector("[data-keys-off]").checked = off();
  dialog.showModal();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-off]")) localStorage.setItem("viva.keys", event.target.checked ? "off" : "on");
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A form is sent once: a second press while the first is under way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));
