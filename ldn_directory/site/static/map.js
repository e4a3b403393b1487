/* Lets a map be zoomed and moved. Without this script it is the same map, standing still. */
(() => {
  "use strict";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const MOST = 8, DRAGGED_PX = 5, STEP_PX = 80;

  function started(frame) {
    const sheet = frame.querySelector(".map-sheet");
    frame.classList.add("moving");
    const pan = Panzoom(sheet, {
      minScale: 1, maxScale: MOST, step: 0.5, contain: "outside", cursor: "auto", touchAction: "pan-y pinch-zoom", duration: 180,
      handleStartEvent: () => {},
    });
    const smoothly = () => ({ animate: !calm.matches });

    function looked() {
      const zoomed = pan.getScale() > 1.01;
      frame.classList.toggle("zoomed", zoomed);
      // One finger scrolls the page over a map that shows all it has, and moves a map that is zoomed in.
      pan.setOptions({ touchAction: zoomed ? "none" : "pan-y", cursor: zoomed ? "grab" : "auto" });
      // Circles grow less than the land, so that they come apart.
      sheet.style.setProperty("--shrink", String(pan.getScale() ** -0.7));
    }
    sheet.addEventListener("panzoomchange", looked);
    looked();

    frame.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) pan.zoomWithWheel(event);
    }, { passive: false });
    withoutStrayClicks(frame);
    keptInView(frame, pan);
    frame.parentNode.insertBefore(buttons(frame, [
      ["+", frame.dataset.nearer, () => pan.zoomIn(smoothly())],
      ["−", frame.dataset.farther, () => pan.zoomOut(smoothly())],
      ["↺", frame.dataset.whole, () => pan.reset(smoothly())],
    ]), frame);
  }

  function buttons(frame, wanted) {
    const bar = document.createElement("div");
    bar.className = "map-buttons";
    for (const [sign, name, act] of wanted) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
      bar.append(button);
    }
    return bar;
  }

  /* A drag that ends on a link does not follow it. */
  function withoutStrayClicks(frame) {
    let from = null;
    frame.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; }, true);
    frame.addEventListener("dragstart", (event) => event.preventDefault());
    frame.addEventListener("click", (event) => {
      const moved = from && event.detail && Math.hypot(event.clientX - from[0], event.clientY - from[1]) > DRAGGED_PX;
      if (moved) event.preventDefault();
    }, true);
  }

  /* Whoever goes from circle to circle by keyboard sees each; the arrow keys move a map that is larger than its frame. */
  function keptInView(frame, pan) {
    let following = false;
    function look() {
      const chosen = frame.querySelector(":focus-visible");
      if (!chosen) return;
      frame.scrollTo(0, 0);
      const at = chosen.getBoundingClientRect(), seen = frame.getBoundingClientRect();
      const x = Math.min(0, seen.right - 8 - at.right) + Math.max(0, seen.left + 8 - at.left);
      const y = Math.min(0, seen.bottom - 8 - at.bottom) + Math.max(0, seen.top + 8 - at.top);
      if (x || y) pan.pan(x / pan.getScale(), y / pan.getScale(), { relative: true });
    }
    // A frame later, as what was moved before is drawn only then.
    frame.addEventListener("focusin", () => {
      following = true;
      requestAnimationFrame(look);
    });
    frame.addEventListener("transitionend", () => { if (following) look(); });
    frame.addEventListener("pointerdown", () => { following = false; });
    frame.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!way || frame.scrollWidth <= frame.clientWidth + 1) return;
      event.preventDefault();
      following = false;
      pan.pan(way[0] * STEP_PX / pan.getScale(), way[1] * STEP_PX / pan.getScale(), { relative: true, animate: !calm.matches });
    });
  }

  document.querySelectorAll(".map-frame").forEach(started);
})();
