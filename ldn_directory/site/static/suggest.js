// Suggests names and places while a visitor types. The search needs none of it.
"use strict";

const WAIT_MS = 120;

for (const input of document.querySelectorAll("input[data-suggest]")) {
  let waiting;
  let asked = "";
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, WAIT_MS);
  });

  async function suggest() {
    const typed = input.value.trim();
    if (typed.length < 2 || typed === asked) return;
    asked = typed;
    const answer = await fetch(`/suggest.json?q=${encodeURIComponent(typed)}&kind=${input.dataset.suggest}`, { credentials: "omit" });
    if (!answer.ok || typed !== asked) return;
    const { suggestions } = await answer.json();
    input.list.replaceChildren(...suggestions.map(({ text, where }) => Object.assign(document.createElement("option"), { value: text, label: where ?? "" })));
  }
}
