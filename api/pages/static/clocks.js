// The sliders: each stands on the days on which something changed, and moves the date field beside it. The form does
// the rest, with or without this file.
//
// Date fields: a browser takes a date that is being typed for changed at each key, "0002-05-20" on the way to 2025. It is
// asked for once, on Enter or when the field is left; one that is picked from the calendar, at once.
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

  let byKey = false; // how the last change was made
  let unasked = null; // the date field with a typed date that has not been asked for yet

  document.addEventListener("keydown", () => { byKey = true; }, true);
  document.addEventListener("pointerdown", () => { byKey = false; }, true);
  document.addEventListener("submit", () => { unasked = null; }, true);
  document.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=date]")) return;
    unasked = byKey ? event.target : null;
    if (byKey) event.stopPropagation(); // before the form hears of it
  }, true);
  document.addEventListener("focusout", ({ target: field }) => {
    if (field !== unasked) return;
    unasked = null;
    if (field.value !== field.defaultValue && field.form.checkValidity()) field.form.requestSubmit();
  });

  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("htmx:after:settle", show);
})();
