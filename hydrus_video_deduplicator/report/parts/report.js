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

  // A picture enlarged, beside that of the same moment of another file.
  const large = one("#large");
  let strips = [];
  let moment = 0;
  const compared = (shots) => {
    const [first, ...others] = all(".shots", shots.closest(".card"));
    const near = all(".shots", shots.closest(".film"));
    if (near.length > 1) return near;
    const other = shots === first ? others[0] : shots;
    return other ? [first, other] : [first];
  };
  const enlarge = (picture) => {
    if (!picture) return;
    const shots = picture.closest(".shots");
    strips = compared(shots);
    moment = [...shots.children].indexOf(picture.closest(".shot"));
    drawLarge();
    if (!large.open) large.showModal();
  };
  const drawLarge = () => {
    const count = Math.min(...strips.map((shots) => shots.children.length));
    moment = Math.min(count - 1, Math.max(0, moment));
    one("#earlier").disabled = moment === 0;
    one("#later").disabled = moment === count - 1;
    const pictures = strips.map((shots) => {
      const shot = shots.children[moment].cloneNode(true);
      one("i", shot).prepend(`${shots.dataset.letter} `);
      return shot;
    });
    one(".large").replaceChildren(...pictures);
  };
  const stepLarge = (by) => { moment += by; drawLarge(); };
  document.addEventListener("click", (event) => {
    if (event.target === large) large.close();
    else if (event.target.matches(".card .shot img")) enlarge(event.target);
  });
  one("#earlier").addEventListener("click", () => stepLarge(-1));
  one("#later").addEventListener("click", () => stepLarge(1));
  one("#close").addEventListener("click", () => large.close());
  large.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) stepLarge(by);
  });

  const filters = one(".filters");
  if (!filters) return;
  const steps = one(".steps");
  const main = one("main");
  const place = one("#place");
  const cards = all(".card").map((element) => ({
    element,
    kinds: element.dataset.kind.split(" "),
    score: Number(element.dataset.score),
    size: Number(element.dataset.size),
    find: element.dataset.find,
  }));
  filters.hidden = steps.hidden = false;

  // What is shown, in what order.
  const kinds = all("[name=kind]", filters).map((box) => box.value);
  const orders = {
    score: (a, b) => b.score - a.score,
    size: (a, b) => b.size - a.size,
    kind: (a, b) => kinds.indexOf(a.kinds[0]) - kinds.indexOf(b.kinds[0]) || b.score - a.score,
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
    const fits = (card) =>
      card.kinds.some((kind) => wanted.has(kind)) && card.score >= least && card.find.includes(find);
    for (const card of cards) card.element.hidden = !fits(card);
    const ordered = cards.filter((card) => !card.element.hidden).sort(order);
    shown = ordered.map((card) => card.element);
    main.prepend(...shown);
    current = shown.indexOf(before);
    one("#none").hidden = shown.length > 0;
    mark();
  };

  const mark = () => {
    for (const card of all(".card.current")) card.classList.remove("current");
    shown[current]?.classList.add("current");
    const count = `${shown.length} ${shown.length === 1 ? "card" : "cards"}`;
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
    const card = event.target.closest(".card");
    if (!card) return;
    current = shown.indexOf(card);
    mark();
  });
  const moves = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 };
  document.addEventListener("keydown", (event) => {
    const by = moves[event.key];
    const types = event.target.closest("input, select, textarea");
    if (large.open || types || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "e") enlarge(one(".shots img", shown[Math.max(0, current)]));
    if (!by) return;
    event.preventDefault();
    step(by);
  });
  show();
})();
