// Somebody else was faster: both texts side by side, to choose from cue by cue or as a whole.

import { clock, shown } from "./cues.js";
import { joined, open } from "./merging.js";

const SHOWN = 200; // choices in the page; the rest follows what is chosen for all

const CHOICES = [
  ["mine", "Yours"],
  ["theirs", "Theirs"],
  ["both", "Both"],
];

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

/** The cues that a choice gives. */
export function taken({ mine, theirs }, choice) {
  return { mine, theirs, both: [...mine, ...theirs] }[choice];
}

/**
 * Show the pieces that are open in `root`. `about`: `{language, dir, author}`. Resolves with the
 * list that the person wants, or null if they go back without choosing.
 */
export function choose(root, pieces, { language, dir, author }) {
  const waiting = open(pieces);
  const choices = new Map(waiting.map((piece) => [piece, "mine"]));
  const list = root.querySelector("[data-choices]");
  root.querySelector("[data-author]").textContent = author;
  root.querySelector("[data-count]").textContent = waiting.length === 1 ? "one place" : `${waiting.length} places`;
  root.querySelector("[data-more]").hidden = waiting.length <= SHOWN;

  const side = (cues, label) => element("div", {}, element("strong", {}, label),
    ...(cues.length ? cues.map((cue) => element("p", {}, element("span", { class: "quiet small" }, `${clock(cue.start)} – ${clock(cue.end)}`), element("br"), element("bdi", { lang: language, dir, class: "as-typed" }, shown(cue.text)))) : [element("p", { class: "quiet" }, "deleted")]));

  list.replaceChildren(...waiting.slice(0, SHOWN).map((piece, n) => {
    const first = piece.mine[0] ?? piece.theirs[0] ?? piece.base[0];
    const field = element("fieldset", { class: "choice" }, element("legend", {}, `${n + 1}. ${first.start === null ? "Without times" : `At ${clock(first.start)}`}`),
      element("div", { class: "sides" }, side(piece.mine, "Yours"), side(piece.theirs, `By ${author}`)));
    for (const [value, label] of CHOICES) {
      const radio = element("input", { type: "radio", name: `choice-${n}`, value });
      radio.checked = value === "mine";
      radio.addEventListener("change", () => choices.set(piece, value));
      field.append(element("label", {}, radio, ` ${label}`));
    }
    return field;
  }));

  return new Promise((resolve) => {
    const forAll = (value) => {
      for (const piece of waiting) choices.set(piece, value);
      for (const radio of list.querySelectorAll(`[value="${value}"]`)) radio.checked = true;
    };
    const end = (answer) => {
      root.hidden = true;
      root.removeEventListener("click", press);
      resolve(answer);
    };
    const press = ({ target }) => {
      const what = target.closest("[data-conflict]")?.dataset.conflict;
      if (what === "mine" || what === "theirs") forAll(what);
      if (what === "back") end(null);
      if (what === "take") end(joined(pieces.map((piece) => (piece.chosen ? piece : { ...piece, chosen: taken(piece, choices.get(piece)) }))));
    };
    root.addEventListener("click", press);
    root.hidden = false;
    root.querySelector("h2").focus();
  });
}
