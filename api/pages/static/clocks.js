// The sliders: each stands on the days on which something changed, and moves the date field beside it. The form does
// the rest, with or without this file.
"use strict";
(() => {
  const partsOf = (clock) => [clock.querySelector(".slider"), clock.querySelector("input[name]")];

  const show = () => {
    for (const clock of document.querySelectorAll(".point")) {
      const [slider] = partsOf(clock);
      slider.value = slider.getAttribute("value"); // after a swap: where the page says, not where it was left
    }
    document.documentElement.classList.add("scripted");
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches(".slider")) return;
    const clock = event.target.closest(".point");
    const [slider, field] = partsOf(clock);
    const day = clock.dataset.days.split(" ")[slider.value];
    field.type = "date";
    field.value = day;
    const written = new Date(`${day}T00:00Z`).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
    clock.querySelector("output").textContent = written;
    slider.setAttribute("aria-valuetext", written);
  });

  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("htmx:after:settle", show);
})();
