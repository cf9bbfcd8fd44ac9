// What can be decided, and how it is called.

const RELATIONS = {
  first: "better", second: "better", same: "same quality", alternates: "alternates", unrelated: "not related",
};

// What the server is told: the better file comes first.
export const judgement = (verdict, [first, second], deletes = false) => {
  const files = verdict === "second" ? [second, first] : [first, second];
  return { first: files[0].sha256, second: files[1].sha256, relation: RELATIONS[verdict], deletes };
};

export const keyOf = (a, b) => (a < b ? `${a} ${b}` : `${b} ${a}`);

// A decision in words, with the letters of its files.
export const inWords = (decision, letterOf) => {
  const [first, second] = [letterOf(decision.first), letterOf(decision.second)];
  const what = {
    better: `${first} is better than ${second}`,
    "same quality": `${first} and ${second} are of the same quality`,
    alternates: `${first} and ${second} are alternates`,
    "not related": `${first} and ${second} are not related`,
  }[decision.relation];
  const trash = decision.deletes ? `, ${second} goes to the trash` : "";
  const advice = decision.by_advice ? ", by the advice" : "";
  return `${what}${trash}${advice}${decision.state === "decided" ? "" : ` (${decision.state})`}`;
};
