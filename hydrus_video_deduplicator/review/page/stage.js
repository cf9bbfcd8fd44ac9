// Where the two films are shown: beside each other, or B laid onto A as their match says.

import { one } from "./dom.js";

export const VIEWS = ["side", "wipe", "flicker", "difference"];
const MOST_HEIGHT = 0.46; // of the window
const NARROW = 620; // pixels below which the films stand one above the other
const GAP = 6;

const WHOLE = [1, 0, 0, 1, 0, 0];

// The rectangle, as shares of A, that both show inside their bars.
const commonBox = (overlay, activeA, activeB) => {
  const [xx, xy, yx, yy, x, y] = overlay;
  const corners = [[0, 1], [2, 1], [0, 3], [2, 3]].map(([i, j]) => {
    const [left, top] = [activeB[i], activeB[j]];
    return [xx * left + xy * top + x, yx * left + yy * top + y];
  });
  const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
  const box = [
    Math.max(activeA[0], Math.min(...xs)), Math.max(activeA[1], Math.min(...ys)),
    Math.min(activeA[2], Math.max(...xs)), Math.min(activeA[3], Math.max(...ys)),
  ];
  return box[2] > box[0] && box[3] > box[1] ? box : [0, 0, 1, 1];
};

const inset = (top, right, bottom, left) => `inset(${[top, right, bottom, left].map((share) => `${(100 * share).toFixed(3)}%`).join(" ")})`;

export class Stage {
  view = "side";
  wipe = 0.5;
  showsB = false;

  constructor() {
    this.element = one("#stage");
    this.layers = [one("#layer-a"), one("#layer-b")];
    this.line = one("#wipe");
    this.shown = one("#shown");
    new ResizeObserver(() => this.lay()).observe(this.element.parentElement);
    addEventListener("resize", () => this.lay());
    const move = (event) => {
      if (this.view !== "wipe" || (event.type === "pointermove" && !event.buttons)) return;
      const { left, width } = this.layers[0].getBoundingClientRect();
      this.wipe = Math.max(0, Math.min(1, (event.clientX - left) / width));
      this.lay();
    };
    this.element.addEventListener("pointerdown", move);
    this.element.addEventListener("pointermove", move);
  }

  show(films, sides, pair) {
    this.sides = sides;
    this.overlay = pair.overlay ?? WHOLE;
    this.isInverted = pair.is_inverted;
    this.box = commonBox(this.overlay, sides[0].active, sides[1].active);
    this.layers.forEach((layer, number) => layer.replaceChildren(films[number].element));
    this.showsB = false;
    this.lay();
  }

  choose(view) {
    this.view = view;
    this.lay();
  }

  flick() {
    if (this.view !== "flicker") this.choose("flicker");
    this.showsB = !this.showsB;
    this.lay();
  }

  lay() {
    if (!this.sides) return;
    const isSide = this.view === "side";
    const width = this.element.clientWidth;
    const height = MOST_HEIGHT * innerHeight;
    this.element.dataset.view = this.view;
    const sizes = this.sides.map(({ width: w, height: h }) => [w || 16, h || 9]);
    if (isSide) this.layBeside(sizes, width, height);
    else this.layOver(sizes[0], width, height);
    this.line.hidden = this.view !== "wipe";
    this.shown.hidden = this.view !== "flicker";
    this.shown.textContent = this.showsB ? this.sides[1].letter : this.sides[0].letter;
    this.clip();
  }

  layBeside(sizes, width, height) {
    const stacks = width < NARROW;
    const room = stacks ? width : (width - GAP) / 2;
    const boxes = sizes.map(([w, h]) => {
      const scale = Math.min(room / w, (stacks ? height / 2 : height) / h);
      return [w * scale, h * scale];
    });
    const tallest = Math.max(...boxes.map(([, h]) => h));
    this.layers.forEach((layer, number) => {
      const [w, h] = boxes[number];
      const left = (stacks ? 0 : number * (room + GAP)) + (room - w) / 2;
      const top = stacks ? number * (boxes[0][1] + GAP) : (tallest - h) / 2;
      this.place(layer, left, top, w, h);
      layer.firstChild.style.transform = "";
      layer.firstChild.style.filter = "";
    });
    this.element.style.height = `${stacks ? boxes[0][1] + GAP + boxes[1][1] : tallest}px`;
  }

  layOver([w, h], width, height) {
    const scale = Math.min(width / w, height / h);
    const [across, down] = [w * scale, h * scale];
    for (const layer of this.layers) this.place(layer, (width - across) / 2, 0, across, down);
    const [xx, xy, yx, yy, x, y] = this.overlay;
    const laid = this.layers[1].firstChild.style;
    laid.transform = `matrix(${[xx, yx * down / across, xy * across / down, yy, x * across, y * down].join(",")})`;
    laid.filter = this.isInverted ? "invert(1)" : "";
    this.element.style.height = `${down}px`;
    this.line.style.left = `${(width - across) / 2 + this.wipe * across}px`;
  }

  place(layer, left, top, width, height) {
    Object.assign(layer.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  }

  clip() {
    const [left, top, right, bottom] = this.view === "side" ? [0, 0, 1, 1] : this.box;
    const clips = this.layers.map(() => [top, 1 - right, 1 - bottom, left]);
    if (this.view === "wipe") clips[1][3] = Math.max(left, this.wipe);
    this.layers.forEach((layer, number) => {
      layer.style.clipPath = this.view === "side" ? "" : inset(...clips[number]);
      layer.style.visibility = this.view === "flicker" && number !== Number(this.showsB) ? "hidden" : "";
    });
  }
}
