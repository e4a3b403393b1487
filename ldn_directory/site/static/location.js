// Searches near the visitor, if asked to. The place is rounded to a tenth of a degree, about 10 km, before it is used.
"use strict";
{
  const DENIED = 1, LONGEST_MS = 15_000, OLDEST_MS = 600_000;
  const rounded = (degrees) => (Math.round(degrees * 10) / 10 || 0).toFixed(1);

  for (const offer of navigator.geolocation && isSecureContext ? document.querySelectorAll(".use-location") : []) {
    const said = offer.querySelector("[role=status]");
    const form = document.querySelector("form[role=search]");
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => {
      said.textContent = offer.dataset.waiting;
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        form.elements.near.value = `${rounded(coords.latitude)},${rounded(coords.longitude)}`;
        form.requestSubmit();
      }, ({ code }) => {
        said.textContent = code === DENIED ? offer.dataset.denied : offer.dataset.unavailable;
      }, { timeout: LONGEST_MS, maximumAge: OLDEST_MS });
    });
  }
}
