"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Light, dark, or as the system says.
  const theme = one("#theme");
  const themes = ["system", "light", "dark"];
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const chosen = themes[(themes.indexOf(one("span", theme).textContent) + 1) % themes.length];
    one("span", theme).textContent = chosen;
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  });

  // Copy the text of a search for Hydrus.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const label = button.dataset.label ?? (button.dataset.label = button.textContent);
    button.textContent = (await copy(button.dataset.copy)) ? "copied" : "could not copy";
    setTimeout(() => { button.textContent = label; }, 1500);
  });

  const filters = one(".filters");
  if (!filters) return;
  const steps = one(".steps");
  const main = one("main");
  const place = one("#place");
  const groups = all(".group").map((element) => ({
    element,
    pairs: all(".pair", element).map((pair) => ({
      element: pair,
      kind: pair.dataset.kind,
      score: Number(pair.dataset.score),
      size: Number(pair.dataset.size),
      find: pair.dataset.find,
    })),
  }));
  filters.hidden = steps.hidden = false;

  // What is shown, in what order.
  const kinds = all("[name=kind]", filters).map((box) => box.value);
  const orders = {
    score: (a, b) => b.score - a.score,
    size: (a, b) => b.size - a.size,
    kind: (a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || b.score - a.score,
  };
  let shown = [];
  let current = -1;

  const show = () => {
    const wanted = new Set(all("[name=kind]:checked", filters).map((box) => box.value));
    const least = Number(filters.score.value);
    const find = filters.find.value.trim().toLowerCase();
    const order = orders[filters.sort.value];
    const before = shown[current];
    one("#least").textContent = least.toFixed(2);
    for (const group of groups) {
      for (const pair of group.pairs) {
        pair.element.hidden = !(wanted.has(pair.kind) && pair.score >= least && pair.find.includes(find));
      }
      group.left = group.pairs.filter((pair) => !pair.element.hidden);
      group.element.hidden = !group.left.length;
      group.first = [...group.left].sort(order)[0];
    }
    const ordered = groups.filter((group) => group.first).sort((a, b) => order(a.first, b.first));
    main.prepend(...ordered.map((group) => group.element));
    shown = ordered.flatMap((group) => group.left.map((pair) => pair.element));
    current = shown.indexOf(before);
    one("#none").hidden = shown.length > 0;
    mark();
  };

  const mark = () => {
    for (const pair of all(".pair.current")) pair.classList.remove("current");
    shown[current]?.classList.add("current");
    const count = `${shown.length} ${shown.length === 1 ? "pair" : "pairs"}`;
    place.textContent = current < 0 ? count : `${current + 1} of ${count}`;
    one("#previous").disabled = current <= 0;
    one("#next").disabled = current >= shown.length - 1;
  };

  const step = (by) => {
    const next = Math.min(shown.length - 1, Math.max(0, current + by));
    if (!shown.length) return;
    current = next;
    mark();
    shown[current].focus({ preventScroll: true });
    shown[current].scrollIntoView({ block: "start" });
  };

  filters.addEventListener("input", show);
  filters.addEventListener("submit", (event) => event.preventDefault());
  one("#previous").addEventListener("click", () => step(-1));
  one("#next").addEventListener("click", () => step(1));
  main.addEventListener("click", (event) => {
    const pair = event.target.closest(".pair");
    if (!pair) return;
    current = shown.indexOf(pair);
    mark();
  });
  const moves = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 };
  document.addEventListener("keydown", (event) => {
    const by = moves[event.key];
    const types = event.target.closest("input, select, textarea");
    if (!by || types || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(by);
  });
  show();
})();
