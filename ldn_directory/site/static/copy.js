// Shows the buttons that copy an entry's name, phone and address. Pages need none of it.
"use strict";

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const told = document.getElementById(button.dataset.status);
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      told.textContent = button.dataset.done;
    } catch {
      told.textContent = button.dataset.failed;
    }
  });
}
