// Ctrl Enter adds to the bank; what was typed and not saved is there again after a reload.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const add = document.getElementById("add");
  if (!add) return;
  event.preventDefault();
  add.click();
});

// The document is shown at the question that is looked at.
const panel = document.querySelector(".import > .panel");
const here = panel?.querySelector(".here");
if (here && panel.scrollHeight > panel.clientHeight) panel.scrollTop = here.offsetTop - panel.offsetTop - 64;

const kept = (form) => `viva.typed ${location.pathname} ${form.dataset.draft}`;
const fields = (form) => [...form.querySelectorAll("textarea, input:not([type=hidden])")];
for (const form of document.querySelectorAll("form[data-draft]")) {
  const typed = localStorage.getItem(kept(form));
  // A form that comes back with a problem holds what was typed already.
  if (typed && !form.querySelector("[aria-invalid=true]")) {
    const values = JSON.parse(typed);
    for (const field of fields(form)) {
      if (!(field.name in values)) continue;
      if (field.type === "checkbox") field.checked = values[field.name];
      else field.value = values[field.name];
    }
  }
  form.addEventListener("input", () => {
    const values = Object.fromEntries(fields(form).map((f) => [f.name, f.type === "checkbox" ? f.checked : f.value]));
    localStorage.setItem(kept(form), JSON.stringify(values));
  });
  form.addEventListener("submit", () => localStorage.removeItem(kept(form)));
}

// Cutting by keyboard: S goes to the first place, the arrows move between places, Enter cuts.
const cuts = [...document.querySelectorAll("button.cut")];
document.querySelector("[data-cut]")?.addEventListener("click", () => cuts[0]?.focus());
document.addEventListener("keydown", (event) => {
  const at = cuts.indexOf(event.target);
  if (at < 0 || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  event.preventDefault();
  cuts[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
});
