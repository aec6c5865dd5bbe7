// Keeps the verdict, the flow of today and the layers, or the job of sending again, up to date while the page stays open. Without it the page is as of its own time.
"use strict";
(() => {
  const lost = document.getElementById("lost");
  const names = ["verdict", "flow", "layers", "job"].filter((name) => document.getElementById(name));
  if (!names.length || !("EventSource" in window)) return;
  const tell = (is) => {
    lost.hidden = !is;
    document.documentElement.classList.toggle("old", is);
  };
  const asked = new URLSearchParams(location.search);
  asked.set("lang", document.documentElement.lang);
  if (document.querySelector(".wall")) asked.set("wall", "yes");
  if (names.includes("job")) asked.set("part", "job");
  const source = new EventSource("/live?" + asked);
  let heard = false;
  for (const name of names) {
    source.addEventListener(name, (event) => {
      const part = document.getElementById(name);
      const open = [...part.querySelectorAll("details")].map((one) => one.open);
      part.innerHTML = event.data;
      part.querySelectorAll("details").forEach((one, place) => { one.open = Boolean(open[place]); });
      tell(false);
    });
  }
  source.addEventListener("open", () => { heard = true; tell(false); });
  // The browser tries again by itself. It was never let in where too many pages are open: then this one stays as it is.
  source.addEventListener("error", () => { if (heard) tell(true); });
  window.addEventListener("pagehide", () => source.close());
})();
