// The page: which card is shown, what the keys do, what the server is told.

import { ask, tell } from "./calls.js";
import { all, clock, counted, make, one, size } from "./dom.js";
import { showCard, showPair, showStrips } from "./facts.js";
import { missing, open } from "./films.js";
import { Line } from "./line.js";
import { List } from "./list.js";
import { Player } from "./player.js";
import { Stage, VIEWS } from "./stage.js";
import { TimeMap } from "./timemap.js";
import { inWords, judgement, keyOf } from "./verdicts.js";

const channel = new BroadcastChannel("review");
const stage = new Stage();
const player = new Player(() => showPosition());
const map = new TimeMap((moment) => player.seek(moment));
const list = new List({ onOpen: (number) => openCard(number), onAdvice: (numbers) => takeAdvice(numbers) });

let overview, decisions = new Map();
let card = null, pairNumber = 0, sides = [], line = null;
let best = null, out = new Set(), heard = null, deletesNext = false;
let opening = 0, current = null; // which card is shown, or on its way

const details = new Map(); // of cards, as promises

const letter = (number) => {
  let name = "";
  for (let place = number + 1; place; place = Math.floor((place - 1) / 26)) name = String.fromCharCode(65 + (place - 1) % 26) + name;
  return name;
};

// Words

let fading;
const toast = (text, stays = false) => {
  one("#toast").textContent = text;
  one("#toast").hidden = false;
  clearTimeout(fading);
  if (!stays) fading = setTimeout(() => { one("#toast").hidden = true; }, 4000);
};

const attempt = async (task) => {
  try {
    return await task();
  } catch (error) {
    toast(error.message, true);
    return null;
  }
};

// State

const takeState = (state) => {
  decisions = new Map(state.decisions.map((decision) => [keyOf(decision.first, decision.second), decision]));
  const byAdvice = new Set(overview.cards.filter(({ pairs }) => pairs.some((pair) => decisions.get(keyOf(...pair))?.by_advice)).map(({ number }) => number));
  list.update(state.left, byAdvice);
  const total = overview.cards.length;
  const applied = state.decisions.filter((decision) => decision.state === "applied").length;
  one("#counter").textContent = `${state.done} decided · ${total - state.done} to decide${applied ? ` · ${applied} written` : ""}`;
  one("#apply").disabled = !state.decisions.some((decision) => decision.state !== "applied");
  if (card) showDecided();
};

// Tell the server, show the new state here and in other tabs.
const change = async (what, body) => {
  const state = await attempt(() => tell(what, body));
  if (state) {
    takeState(state);
    channel.postMessage("changed");
  }
  return state;
};

const refresh = async () => {
  const state = await attempt(() => ask("state"));
  if (state) takeState(state);
};

// A card

const detail = (number) => {
  if (!details.has(number)) {
    const told = ask(`card/${number}`);
    told.catch(() => details.delete(number));
    details.set(number, told);
  }
  return details.get(number);
};

const openCard = async (number) => {
  const turn = ++opening;
  current = number;
  list.mark(number);
  one("#place").textContent = `Card ${number + 1} of ${overview.cards.length}`;
  document.body.classList.remove("lists");
  one("#card").classList.add("loading");
  history.replaceState(null, "", `#${number + 1}`);
  const told = await attempt(() => detail(number));
  if (turn !== opening) return;
  if (!told) return showNoCard();
  if (!card) one("#toast").hidden = true; // it told of a card that could not be shown
  card = told;
  best = card.best; // null: the user chooses
  out = new Set();
  one("#card").hidden = false;
  showCard(card, card.files.map((_, place) => letter(place)));
  showMembers();
  await openPair(Math.max(0, pairWithBest()), turn);
  const next = list.nextOpen(number);
  if (next !== null && turn === opening) detail(next).catch(() => {});
};

// The card cannot be shown, and why is said: the one before must not look as if it were this one.
const showNoCard = () => {
  card = null;
  player.unload();
  one("#card").hidden = true;
};

const pairWithBest = () => card.pairs.findIndex(({ first, second }) => best !== null && [first, second].includes(letter(best)));

const openPair = async (at, turn = ++opening) => {
  pairNumber = Math.max(0, Math.min(card.pairs.length - 1, at));
  const pair = card.pairs[pairNumber];
  sides = [pair.first, pair.second].map(placeOf).map((place) => ({ ...card.files[place], letter: letter(place) }));
  line = new Line(pair.parts);
  player.unload();
  deletesNext = false;
  showPair(pair, sides, overview.in_hydrus);
  map.show(sides, pair, line);
  showDecided();
  showVerdicts();
  one("#card").classList.add("loading");
  const films = await Promise.all(sides.map((side) => open(side.sha256)));
  if (turn !== opening) {
    for (const film of films) film.close();
    return;
  }
  one("#card").classList.remove("loading");
  heard = null;
  hear();
  showFilms(films, pair);
  watch(films, pair, turn);
  Object.assign(one("#scrub"), { max: line.length });
  player.load(films, line);
  player.play();
};

const showFilms = (films, pair) => {
  stage.show(films, sides, pair);
  showStrips(films, sides, line);
};

// If a film fails later because its file is gone, say so in its place.
const watch = (films, pair, turn) => {
  films.forEach((film, number) => {
    film.onTrouble = async () => {
      film.onTrouble = null;
      const instead = await missing(sides[number].sha256);
      if (!instead || turn !== opening) return;
      film.close();
      films[number] = instead; // the player has the same films
      showFilms(films, pair);
    };
  });
};

const showMembers = () => {
  const box = one("#members");
  box.hidden = card.files.length < 3;
  one("#of-group").hidden = box.hidden;
  box.replaceChildren(...card.files.map((file, place) => make("li", { className: `${place === best ? "best" : ""} ${out.has(place) ? "out" : ""}` },
    make("button", { type: "button", title: "Choose this file as the best", data: { best: place }, attributes: { "aria-pressed": place === best } },
      make("b", { className: "letter", textContent: letter(place) }), ` ${file.name}`, make("small", { textContent: ` ${size(file.bytes)}` })),
    make("button", { type: "button", className: "small", title: "Leave this file out of the decision, or put it back", data: { out: place }, textContent: out.has(place) ? "put back" : "take out", disabled: place === best }))));
  const others = card.files.length - 1 - out.size;
  one("#of-group").disabled = best === null;
  one("#of-group span").textContent = best === null ? "Choose a file; it" : letter(best);
  one("#of-group b").textContent = out.size ? `${others} of the others` : "all others";
};

const showVerdicts = () => {
  one('[data-verdict="first"] span').textContent = sides[0].letter;
  one('[data-verdict="second"] span').textContent = sides[1].letter;
};

const placeOf = (name) => card.files.findIndex((_, place) => letter(place) === name);
const letterOf = (sha256) => letter(card.files.findIndex((file) => file.sha256 === sha256));

const decisionsHere = () => {
  const here = card.files.map((file) => file.sha256);
  return [...decisions.values()].filter(({ first, second }) => here.includes(first) && here.includes(second));
};

const showDecided = () => {
  const made = decisionsHere();
  one("#decided").textContent = made.length ? `Decided: ${made.map((decision) => inWords(decision, letterOf)).join("; ")}.` : "";
  const current = sides.length ? decisions.get(keyOf(sides[0].sha256, sides[1].sha256)) : null;
  for (const button of all("#verdicts [data-verdict]")) {
    const it = judgement(button.dataset.verdict, sides);
    const isIt = current?.relation === it.relation && (it.relation !== "better" || current.first === it.first);
    button.setAttribute("aria-pressed", isIt);
  }
};

// Decide

const goOn = () => {
  const isOpen = ({ first, second }) => !decisions.has(keyOf(...[first, second].map((name) => card.files[placeOf(name)].sha256)));
  if (list.left[card.number] > 0) {
    const next = card.pairs.findIndex((pair, number) => number > pairNumber && isOpen(pair));
    const any = next >= 0 ? next : card.pairs.findIndex(isOpen);
    if (any >= 0) return openPair(any);
  }
  const next = list.nextOpen(card.number);
  if (next === null) {
    toast("Everything shown is decided. Press w to write the decisions.");
    return showDecided();
  }
  return openCard(next);
};

const decide = async (verdict) => {
  if (current === null) return;
  if (verdict === "skip") {
    const next = list.nextOpen(current);
    if (next !== null) await openCard(next);
    return;
  }
  if (!card) return;
  if (verdict === "group" && best === null) {
    toast("Choose the best file first: click on it, or press b for the first one shown.");
    return;
  }
  const deletes = deletesNext;
  deletesNext = false;
  const judgements = verdict === "group" ? ofGroup(deletes) : [judgement(verdict, sides, deletes && ["first", "second"].includes(verdict))];
  if (!judgements.length) return;
  const number = card.number;
  if (await change("decide", { judgements }) && card.number === number) await goOn();
};

const ofGroup = (deletes) => card.files
  .map((file, place) => ({ file, place }))
  .filter(({ place }) => place !== best && !out.has(place))
  .map(({ file }) => judgement("first", [card.files[best], file], deletes));

const allowDelete = () => {
  if (!overview.may_delete) {
    toast("Start with --allow-delete to send worse copies to the trash.");
    return;
  }
  deletesNext = !deletesNext;
  toast(deletesNext ? "Now press 1, 2 or Enter: the worse copy will also go to Hydrus's trash when you write." : "Nothing will be deleted.");
};

const undo = async () => {
  const state = await change("undo");
  if (!state) return;
  if (state.undone === null) toast("Nothing to undo: decisions that are written can only be changed in Hydrus.");
  else if (state.undone !== current) await openCard(state.undone);
};

const withdraw = async () => {
  if (card) await change("withdraw", { pairs: decisionsHere().map(({ first, second }) => [first, second]) });
};

const examine = async () => {
  if (!card) return;
  const { number } = card;
  toast("Comparing the pictures …", true);
  const told = await attempt(() => ask(`card/${number}?examined=1`));
  if (!told) return;
  details.set(number, Promise.resolve(told));
  toast(told.advice);
  if (current === number) await openCard(number);
};

const takeAdvice = async (numbers) => {
  let seen = 0;
  for (const number of numbers) {
    toast(`Looking at ${counted(numbers.length, "card")}: ${seen} done …`, true);
    await detail(number).catch(() => null);
    seen += 1;
  }
  const state = await change("advice", { cards: numbers });
  if (!state) return;
  list.uncheckAll();
  const rest = numbers.filter((number) => state.left[number] > 0).length;
  const others = rest ? `; of the checked ones, ${rest} ${rest === 1 ? "is" : "are"} still to decide` : "";
  toast(`${counted(state.taken, "card")} decided by the advice${others}. Press u to undo.`);
};

// Write

const openSummary = async () => {
  const told = await attempt(() => ask("summary"));
  if (!told) return;
  const { counts } = told;
  const lines = [
    ["better", "a copy is better"], ["same quality", "of the same quality"], ["alternates", "alternates"], ["not related", "not related"],
  ].filter(([name]) => counts[name]).map(([name, what]) => make("li", { textContent: `${counted(counts[name], "pair")}: ${what}` }));
  if (told.deleted) lines.push(make("li", { className: "warning", textContent: `${counted(told.deleted, "file")} to the trash: ${size(told.deleted_bytes)}` }));
  if (!lines.length) lines.push(make("li", { textContent: "Everything that is decided is written." }));
  one("#summary").replaceChildren(
    make("p", { textContent: overview.in_hydrus ? "This will be written. It can then only be changed in Hydrus." : "Your decisions are kept here. Save them to use them elsewhere: a folder, unlike Hydrus, cannot store them. No file is moved or deleted. Pairs that are not related are not shown again." }),
    make("ul", {}, ...lines));
  one("#merges").checked = told.merges;
  for (const name of ["#merge-label", "#write-now"]) one(name).hidden = !overview.in_hydrus;
  one("#write-now").disabled = !Object.values(counts).some(Boolean);
  one("#write-title").textContent = overview.in_hydrus ? "Write to Hydrus" : "Save the decisions";
  one("#write").showModal();
};

const write = async () => {
  one("#write-now").disabled = true;
  const state = await change("apply", { merges: one("#merges").checked });
  if (!state) return;
  one("#summary").replaceChildren(
    make("p", { textContent: `${counted(state.applied, "decision")} written and read back.` }),
    make("ul", {}, ...state.failed.map(({ names, relation, why }) => make("li", { className: "warning", textContent: `${names.join(" and ")} (${relation}): ${why}.` }))));
};

// The player's controls

const showPosition = () => {
  if (!line) return;
  const moment = player.position;
  if (document.activeElement !== one("#scrub") || player.isPlaying) one("#scrub").value = moment;
  one("#clock").textContent = `${clock(moment, 1)} / ${clock(line.length, 1)}`;
  one("#play").textContent = player.isPlaying ? "❚❚" : "▶";
  map.move(moment);
};

const hear = () => {
  const films = player.films ?? [];
  films.forEach((film, number) => film.mute(number !== heard));
  one("#sound").textContent = `sound: ${heard === null ? "off" : sides[heard].letter}`;
};

const nextSound = () => {
  const able = sides.map((side, number) => (side.has_sound ? number : null)).filter((number) => number !== null);
  const order = [null, ...able];
  heard = order[(order.indexOf(heard) + 1) % order.length];
  if (!able.length) toast("Neither file has sound.");
  hear();
};

const choose = (view) => {
  stage.choose(view);
  for (const button of all(".views button")) button.setAttribute("aria-pressed", button.dataset.view === view);
};

const toggleLoop = () => {
  player.loops = !player.loops;
  one("#loop").setAttribute("aria-pressed", player.loops);
};

const toggleOut = (place) => {
  if (place === best || card.files.length < 3) return;
  if (out.has(place)) out.delete(place); else out.add(place);
  showMembers();
};

const playOrPause = () => (player.isPlaying ? player.pause() : player.play());
const toggleList = () => {
  document.body.classList.toggle("lists");
  one("#list-button").setAttribute("aria-expanded", document.body.classList.contains("lists"));
};

const KEYS = [
  ["1", "the first one is better", () => decide("first")],
  ["2", "the second one is better", () => decide("second")],
  ["3", "same quality", () => decide("same")],
  ["4", "alternates", () => decide("alternates")],
  ["5", "not related", () => decide("unrelated")],
  ["Enter", "group: the best one is best, all others are its duplicates", () => { if (card?.files.length > 2) decide("group"); }],
  ["h", "skip: the next card to decide", () => decide("skip")],
  ["d", "before 1, 2 or Enter: the worse copy also goes to the trash", allowDelete],
  ["u", "undo the last decision", undo],
  ["r", "take back the decisions on this card", withdraw],
  ["j", "next card", () => current !== null && openCard(list.beside(current, 1))],
  ["k", "previous card", () => current !== null && openCard(list.beside(current, -1))],
  ["]", "group: next pair", () => card && openPair(pairNumber + 1)],
  ["[", "group: previous pair", () => card && openPair(pairNumber - 1)],
  ["b", "group: choose the first one as the best", () => { if (card) { best = placeOf(sides[0].letter); out.delete(best); showMembers(); } }],
  ["x", "group: take the second one out of the decision, or put it back", () => card && toggleOut(placeOf(sides[1].letter))],
  [" ", "play or pause", playOrPause],
  [",", "one frame back", () => player.step(-1, sides[0]?.frame_rate)],
  [".", "one frame on", () => player.step(1, sides[0]?.frame_rate)],
  ["ArrowLeft", "one second back", () => player.seek(player.position - 1)],
  ["ArrowRight", "one second on", () => player.seek(player.position + 1)],
  ["Home", "to the start of the common part", () => player.seek(0)],
  ["l", "play the common part again and again", toggleLoop],
  ["m", "which sound you hear", nextSound],
  ["v", "next view", () => choose(VIEWS[(VIEWS.indexOf(stage.view) + 1) % VIEWS.length])],
  ["f", "flicker: the other one", () => { stage.flick(); choose("flicker"); }],
  ["e", "compare the pictures: which copy really shows more", examine],
  ["c", "check this card, for the advice", () => card && list.check(card.number, !list.checked.has(card.number))],
  ["o", "list of cards", toggleList],
  ["/", "find a name or hash", () => { document.body.classList.add("lists"); one("#filters").elements.find.focus(); }],
  ["w", "write the decisions", openSummary],
  ["?", "these keys", () => one("#help").showModal()],
];
const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→" };

document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input:not([type=checkbox], [type=range]), select, textarea");
  const isModal = one("dialog[open]");
  if (event.key === "Escape" && types) event.target.blur();
  if (types || isModal || event.ctrlKey || event.metaKey || event.altKey) return;
  const pressed = KEYS.find(([key]) => key === event.key);
  const isOnButton = event.target.closest("button, a") && ["Enter", " "].includes(event.key);
  if (!pressed || isOnButton || (event.repeat && /^[1-5]$|Enter|^[uhdrw]$/.test(event.key))) return;
  event.preventDefault();
  pressed[2]();
});

const copy = async (text) => {
  try { await navigator.clipboard.writeText(text); toast("Copied."); } catch { toast(text, true); }
};

const listen = () => {
  one("#keys").append(...KEYS.flatMap(([key, what]) => [make("dt", {}, make("kbd", { textContent: NAMES[key] ?? key })), make("dd", { textContent: what })]));
  const clicks = {
    "#undo": undo, "#examine": examine, "#apply": openSummary, "#help-button": () => one("#help").showModal(), "#list-button": toggleList,
    "#play": playOrPause, "#back": () => player.step(-1, sides[0]?.frame_rate), "#forth": () => player.step(1, sides[0]?.frame_rate),
    "#loop": toggleLoop, "#sound": nextSound, "#write-now": write,
  };
  for (const [name, act] of Object.entries(clicks)) one(name).addEventListener("click", act);
  for (const button of all("[data-verdict]")) button.addEventListener("click", () => { button.blur(); decide(button.dataset.verdict); });
  for (const button of all(".views button")) button.addEventListener("click", () => choose(button.dataset.view));
  one("#scrub").addEventListener("input", (event) => {
    const moment = Number(event.target.value);
    player.pause();
    player.seek(moment);
  });
  one("#rate").addEventListener("change", (event) => { player.rate = Number(event.target.value); event.target.blur(); });
  one("#members").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.out !== undefined) toggleOut(Number(button.dataset.out));
    else {
      best = Number(button.dataset.best);
      out.delete(best);
      showMembers();
      const pair = pairWithBest();
      if (pair >= 0 && pair !== pairNumber) openPair(pair);
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button.dataset.copy);
  });
  channel.addEventListener("message", refresh);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
};

const start = async () => {
  overview = await attempt(() => ask("overview"));
  if (!overview) return;
  list.load(overview);
  one("#apply").textContent = overview.in_hydrus ? "Write …" : "Save …";
  takeState(overview);
  listen();
  one("#empty").hidden = overview.cards.length > 0;
  one("#place").textContent = counted(overview.cards.length, "card");
  if (!overview.cards.length) return;
  const asked = Number(location.hash.slice(1)) - 1;
  const first = overview.cards[asked] ? asked : list.left[list.shown[0].number] > 0 ? list.shown[0].number : list.nextOpen(list.shown[0].number) ?? list.shown[0].number;
  await openCard(first);
};

start();
