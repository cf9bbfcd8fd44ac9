// Which part of A lies in which part of B: two bars, and what joins them.

import { clock, makeSvg, one } from "./dom.js";

const TOP = 4, BAR = 20, BOTTOM = 50;

export class TimeMap {
  constructor(onSeek) {
    this.element = one("#map");
    this.element.addEventListener("click", (event) => {
      if (!this.line) return;
      const { left, top, width, height } = this.element.getBoundingClientRect();
      const seconds = this.longest * (event.clientX - left) / width;
      const isB = (event.clientY - top) / height > 0.5;
      const moment = isB ? this.line.ofB(seconds) : this.line.ofA(seconds);
      if (moment !== null) onSeek(moment);
    });
  }

  show(sides, pair, line) {
    this.line = line;
    this.longest = Math.max(...sides.map(({ seconds }) => seconds), 1e-3);
    const x = (seconds) => 1000 * seconds / this.longest;
    const bars = sides.map(({ seconds }, number) => makeSvg("rect", {
      class: "bar", x: 0, y: number ? BOTTOM : TOP, width: x(seconds), height: BAR,
    }));
    const parts = pair.parts.flatMap(({ a_span: [a, aEnd], b_span: [b, bEnd], speed }) => {
      const [from, to] = speed > 0 ? [b, bEnd] : [bEnd, b];
      const corners = [[a, TOP + BAR], [aEnd, TOP + BAR], [to, BOTTOM], [from, BOTTOM]];
      return [
        makeSvg("rect", { class: "part", x: x(a), y: TOP, width: x(aEnd - a), height: BAR }),
        makeSvg("rect", { class: "part", x: x(b), y: BOTTOM, width: x(bEnd - b), height: BAR }),
        makeSvg("polygon", { class: speed > 0 ? "join" : "join backwards", points: corners.map(([s, y]) => `${x(s)},${y}`).join(" ") }),
      ];
    });
    this.heads = [TOP, BOTTOM].map((y) => makeSvg("rect", { class: "head", y: y - 3, width: 3, height: BAR + 6 }));
    const told = pair.parts.map(({ a_span: a, b_span: b }) => `${a.map((s) => clock(s)).join(" to ")} of ${sides[0].letter} is ${b.map((s) => clock(s)).join(" to ")} of ${sides[1].letter}`);
    this.element.setAttribute("aria-label", told.join("; "));
    this.element.replaceChildren(makeSvg("title", {}, told.join("\n")), ...bars, ...parts, ...this.heads);
  }

  move(position) {
    if (!this.line) return;
    const part = this.line.at(position);
    [this.line.inA(position, part), this.line.inB(position, part)].forEach((seconds, number) => {
      this.heads[number].setAttribute("x", Math.max(0, 1000 * seconds / this.longest - 1.5));
    });
  }
}
