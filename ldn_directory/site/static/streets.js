/* Entries on the maintainer's own base map. Everything it asks for is on this site. */
(() => {
  "use strict";
  const box = document.getElementById("streets"), said = document.getElementById("streets-said");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const FARTHEST_KM = 300, MOST_SHOWN = 200;
  const [west, south, east, north] = box.dataset.box.split(",").map(Number);
  const ink = getComputedStyle(document.documentElement);

  const map = L.map(box, {
    attributionControl: false, zoomControl: false, scrollWheelZoom: false, zoomAnimation: !calm, fadeAnimation: !calm,
    markerZoomAnimation: !calm, inertia: !calm, maxBounds: [[south - 5, west - 10], [north + 5, east + 10]], maxZoom: Number(box.dataset.zoom) + 3,
  });
  L.control.zoom({ zoomInTitle: box.dataset.nearer, zoomOutTitle: box.dataset.farther }).addTo(map);
  protomapsL.leafletLayer({
    url: new URL("/map/tiles.pmtiles", location.href).href, flavor: dark ? "dark" : "light", lang: document.documentElement.lang,
    attribution: "", maxDataZoom: Number(box.dataset.zoom), noWrap: true,
  }).addTo(map);
  const marks = L.layerGroup().addTo(map);
  let asking = null;

  async function looked() {
    if (asking) asking.abort();
    const middle = map.getCenter(), km = Math.max(1, Math.ceil(map.distance(middle, map.getBounds().getNorthEast()) / 1000));
    if (km > FARTHEST_KM) {
      marks.clearLayers();
      said.textContent = said.dataset.far;
      return;
    }
    const asked = new URLSearchParams({ near: `${middle.lat.toFixed(4)},${middle.wrap().lng.toFixed(4)}`, within: String(km) });
    asking = new AbortController();
    try {
      const answer = await fetch(`/search.geojson?${asked}&size=${MOST_SHOWN}`, { signal: asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      shown((await answer.json()).features, asked);
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = said.dataset.failed;
    }
  }

  function shown(features, asked) {
    const here = features.filter((one) => one.geometry && one.geometry.type === "Point");
    marks.clearLayers();
    for (const one of here) {
      const [lng, lat] = one.geometry.coordinates;
      L.circleMarker([lat, lng], { radius: 9, weight: 2, color: ink.getPropertyValue("--card"), fillColor: ink.getPropertyValue("--accent"), fillOpacity: .9 })
        .bindPopup(() => card(one)).addTo(marks);
    }
    const list = document.createElement("a");
    list.href = `${box.dataset.search}?${asked}`;
    list.textContent = said.dataset.list;
    said.replaceChildren(`${said.dataset.found} ${here.length.toLocaleString(document.documentElement.lang)}. `, list);
  }

  /* Text from lists is set as text. */
  function card(one) {
    const link = document.createElement("a"), place = document.createElement("p"), whole = document.createElement("div");
    link.href = box.dataset.provider + String(Number(one.id));
    link.textContent = one.properties.name;
    place.textContent = [one.properties.street, one.properties.city].filter(Boolean).join(", ");
    whole.append(link, place);
    return whole;
  }

  map.on("moveend", looked);
  map.fitBounds([[south, west], [north, east]], { animate: false });
})();
