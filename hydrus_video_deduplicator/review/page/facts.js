// What is said beside the films: how they match, what differs, which looks best.

import { clock, make, one } from "./dom.js";
import { mediaOf, pictureOf } from "./calls.js";

const SHOTS = 4; // pictures of each film in a filmstrip
const SHOT_SIDE = 320;

export const showPair = (pair, sides, inHydrus) => {
  const chips = [
    make("li", { className: "chip kind", title: pair.meaning, textContent: pair.kind }),
    ...pair.edits.map((edit) => make("li", { className: "chip edit", textContent: edit })),
    make("li", { className: "chip", textContent: pair.sound }),
    make("li", { className: "chip", textContent: `score ${pair.score.toFixed(3)}` }),
    pair.waits ? make("li", { className: "chip", textContent: "waits in Hydrus" }) : null,
  ];
  one("#chips").replaceChildren(...chips.filter(Boolean));
  one("#how").textContent = pair.how;
  ["#name-a", "#name-b"].forEach((name, number) => {
    const side = sides[number];
    one(name).replaceChildren(
      make("b", { className: "letter", textContent: side.letter }), " ",
      make("span", { textContent: side.name, title: side.path ?? side.sha256 }), " ",
      make("a", { href: mediaOf(side.sha256), target: "_blank", rel: "noreferrer", textContent: "file" }), " ",
      !inHydrus ? "" : make("button", { type: "button", className: "small", textContent: "copy search", title: "Copy “system:hash is …”, to paste into a search in Hydrus", data: { copy: `system:hash is ${side.sha256}` } }));
  });
};

export const showCard = (card, letters) => {
  one("#advice").textContent = card.advice;
  const head = make("tr", {}, make("td"), ...letters.map((letter, number) => make("th", { scope: "col", className: number === card.best ? "best" : "", textContent: letter })));
  const rows = card.rows.map((row) => make("tr", { className: `${row.differs ? "differs" : "same"}` },
    make("th", { scope: "row", textContent: row.label }),
    ...row.values.map((value, number) => make("td", { className: row.decides && number === card.best ? "best" : "", textContent: value }))));
  one("#facts").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
  one("#only").replaceChildren(...["tag", "URL"].flatMap((what) => {
    const some = card.only.filter((each) => each.what === what);
    if (!some.length) return [];
    return [
      make("h3", { textContent: what === "tag" ? "Tags that differ" : "URLs that differ" }),
      make("ul", { className: "only" }, ...some.map(({ text, files }) => make("li", {},
        make("b", { className: "letter", textContent: files.map((number) => letters[number]).join(" ") }), " ", text))),
    ];
  }));
};

// Filmstrips of the moments that match, for films that the browser cannot play.
export const showStrips = (films, sides, line) => {
  const box = one("#strips");
  box.hidden = !films.some((film) => film.isDecodedForUs);
  box.replaceChildren();
  if (box.hidden) return;
  const moments = Array.from({ length: SHOTS }, (_, number) => line.length * (number + 0.5) / SHOTS);
  for (const [number, side] of sides.entries()) {
    if (films[number].isMissing) continue;
    const seconds = moments.map((moment) => (number ? line.inB(moment) : line.inA(moment)));
    box.append(make("div", { className: "shots", attributes: { role: "img", "aria-label": `${side.letter}: pictures of the common part` } },
      ...seconds.map((second) => make("span", { className: "shot" },
        make("img", { alt: "", src: pictureOf(side.sha256, second, SHOT_SIDE), loading: "lazy" }),
        make("i", { textContent: `${side.letter} ${clock(second)}` })))));
  }
};
