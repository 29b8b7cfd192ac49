"use strict";
// The page itself: language, light or dark, filters. Without this script every table still stands.
const book = (() => {
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const root = document.documentElement;
  let language = payload.language;

  // A label of the catalogues with its {places} filled.
  const say = (key, values = {}) =>
    Object.entries(values).reduce(
      (text, [name, value]) => text.replaceAll(`{${name}}`, value),
      payload.catalogues[language][key] ?? key,
    );

  function speak(code) {
    language = code;
    root.lang = code;
    for (const node of document.querySelectorAll("[data-t]"))
      node.textContent = say(node.dataset.t, node.dataset.v ? JSON.parse(node.dataset.v) : {});
    for (const node of document.querySelectorAll("[data-en]")) node.textContent = node.dataset[code];
    for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
    document.title = `${document.querySelector("h1").textContent} · ${say("book.title")}`;
    for (const button of document.querySelectorAll("[data-language]"))
      button.setAttribute("aria-pressed", button.dataset.language === code);
    document.dispatchEvent(new Event("language"));
  }

  // Series come as 16-bit steps between two exact extremes; 65535 is a gap.
  function unpack({ lo, hi, codes }) {
    const bytes = Uint8Array.from(atob(codes), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float64Array.from({ length: bytes.length / 2 }, (_, k) => {
      const code = view.getUint16(2 * k, true);
      return code === 65535 ? NaN : code === 65534 ? hi : lo + (code / 65534) * (hi - lo);
    });
  }

  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const utc = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
  // The instant under the reader's finger, shared by panorama and charts.
  const point = (ms, from) => document.dispatchEvent(new CustomEvent("instant", { detail: { ms, from } }));

  function filters() {
    const shown = {};
    const apply = (id) => {
      const { state = "all", words = "" } = shown[id] ?? {};
      for (const row of document.querySelectorAll(`#${id} tbody tr`))
        row.hidden = (state !== "all" && row.dataset.state !== state) || !row.textContent.toLowerCase().includes(words);
    };
    for (const group of document.querySelectorAll("[data-filters]"))
      group.addEventListener("click", ({ target }) => {
        const button = target.closest("button");
        if (!button) return;
        for (const other of group.children) other.setAttribute("aria-pressed", other === button);
        (shown[group.dataset.filters] ??= {}).state = button.dataset.show;
        apply(group.dataset.filters);
      });
    for (const field of document.querySelectorAll("[data-search]"))
      field.addEventListener("input", () => {
        (shown[field.dataset.search] ??= {}).words = field.value.trim().toLowerCase();
        apply(field.dataset.search);
      });
  }

  function theme() {
    const dark = () =>
      root.classList.contains("dark") ||
      (!root.classList.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches);
    document.getElementById("theme").addEventListener("click", () => {
      const next = dark() ? "light" : "dark";
      root.classList.remove("light", "dark");
      root.classList.add(next);
      document.dispatchEvent(new Event("theme"));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
      document.dispatchEvent(new Event("theme")));
  }

  root.classList.add("scripts");
  filters();
  theme();
  for (const button of document.querySelectorAll("[data-language]"))
    button.addEventListener("click", () => speak(button.dataset.language));
  // Paper is white and has no folds; the charts are drawn anew for it.
  addEventListener("beforeprint", () => {
    root.classList.add("light");
    for (const closed of document.querySelectorAll("details")) closed.open = true;
  });
  return { payload, say, unpack, colour, utc, point };
})();
