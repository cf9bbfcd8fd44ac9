// The list of all cards: filter, sort, check.

import { all, counted, make, one, size } from "./dom.js";

export class List {
  checked = new Set();

  constructor({ onOpen, onAdvice }) {
    this.form = one("#filters");
    this.onOpen = onOpen;
    this.form.addEventListener("input", () => this.show());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    one("#check-all").addEventListener("click", () => {
      const everything = this.shown.every((card) => this.checked.has(card.number));
      for (const card of this.shown) this.check(card.number, !everything);
    });
    one("#take-advice").addEventListener("click", () => onAdvice([...this.checked]));
    one("#cards").addEventListener("click", (event) => {
      const row = event.target.closest("li");
      if (row && !event.target.closest("label")) onOpen(Number(row.dataset.number));
    });
    one("#cards").addEventListener("change", (event) => {
      this.check(Number(event.target.closest("li").dataset.number), event.target.checked);
    });
  }

  load({ cards, left_out }) {
    this.cards = cards;
    this.shown = cards;
    this.kinds = [...new Set(cards.map(({ kind }) => kind))];
    one("#kinds").append(...this.kinds.map((kind) => make("label", { className: "toggle" },
      make("input", { type: "checkbox", name: "kind", value: kind, checked: true }),
      make("span", { textContent: `${kind} ` }, make("small", { textContent: cards.filter((card) => card.kind === kind).length })))));
    const lowest = Math.floor(100 * Math.min(1, ...cards.map(({ score }) => score))) / 100;
    Object.assign(this.form.score, { min: lowest, value: lowest });
    one("#left-out").hidden = !left_out;
    one("#left-out").textContent = `${counted(left_out, "weaker pair")} left out (--limit).`;
    this.rows = new Map(cards.map((card) => [card.number, this.row(card)]));
    one("#cards").append(...this.rows.values());
  }

  row(card) {
    const [first, second, ...others] = card.names;
    const names = `${first} · ${second}${others.length ? ` · ${others.length} more` : ""}`;
    const check = `Check card ${card.number + 1}: ${card.title}`;
    return make("li", { data: { number: card.number } },
      make("label", {}, make("input", { type: "checkbox", attributes: { "aria-label": check } })),
      make("button", { type: "button" },
        make("span", { className: "title", textContent: card.title }),
        make("span", { className: "fine", textContent: `${names} · score ${card.score.toFixed(3)} · ${size(card.bytes)}`, title: `All but the smallest file take ${size(card.bytes)}.` })),
      make("span", { className: "mark" }));
  }

  check(number, yes) {
    if (yes) this.checked.add(number); else this.checked.delete(number);
    one("input", this.rows.get(number)).checked = yes;
    one("#take-advice").disabled = !this.checked.size;
    one("#take-advice span").textContent = this.checked.size;
  }

  uncheckAll() {
    for (const number of [...this.checked]) this.check(number, false);
  }

  // What is decided has changed: `left` are the pairs left of each card.
  update(left, byAdvice) {
    this.left = left;
    for (const [number, row] of this.rows) {
      row.classList.toggle("done", left[number] === 0);
      one(".mark", row).textContent = left[number] === 0 ? (byAdvice.has(number) ? "advice" : "✓") : "";
    }
    this.show();
  }

  show() {
    const wanted = new Set(all("[name=kind]:checked", this.form).map((box) => box.value));
    const { score, state, sort, find } = this.form;
    const text = find.value.trim().toLowerCase();
    one("#least").textContent = Number(score.value).toFixed(2);
    const fits = (card) => wanted.has(card.kind) && card.score >= Number(score.value)
      && (state.value === "all" || (this.left[card.number] === 0) === (state.value === "decided"))
      && (!text || [...card.names, ...card.files].some((name) => name.toLowerCase().includes(text)));
    const orders = {
      score: (a, b) => b.score - a.score,
      size: (a, b) => b.bytes - a.bytes,
      kind: (a, b) => this.kinds.indexOf(a.kind) - this.kinds.indexOf(b.kind) || b.score - a.score,
    };
    this.shown = this.cards.filter(fits).sort(orders[sort.value]);
    const shown = new Set(this.shown.map(({ number }) => number));
    for (const [number, row] of this.rows) row.hidden = !shown.has(number);
    if (sort.value !== this.sortedBy) {
      this.sortedBy = sort.value;
      one("#cards").append(...[...this.cards].sort(orders[sort.value]).map(({ number }) => this.rows.get(number)));
    }
    one("#none").hidden = shown.size > 0;
  }

  mark(number) {
    one(".current", one("#cards"))?.classList.remove("current");
    const row = this.rows.get(number);
    row?.classList.add("current");
    row?.scrollIntoView({ block: "nearest" });
  }

  // The card `by` places on from this one, among those that are shown.
  beside(number, by) {
    const place = this.shown.findIndex((card) => card.number === number);
    return this.shown[Math.max(0, Math.min(this.shown.length - 1, place + by))]?.number ?? number;
  }

  // The next card to decide: behind this one, or else from the start.
  nextOpen(number) {
    const place = this.shown.findIndex((card) => card.number === number);
    const after = [...this.shown.slice(place + 1), ...this.shown.slice(0, Math.max(0, place))];
    return after.find((card) => this.left[card.number] > 0)?.number ?? null;
  }
}
