// A video in a frame on somebody else's page: the transcript follows the film, leads it, and is in
// the language of the captions.
import { loadTrack, positionsAt } from "../player/cues.js";
import { openPlayer } from "../player/player.js";
import { stepIn } from "../player/steps.js";

const element = document.querySelector("[data-player]");
const list = document.querySelector("[data-cues]");
const player = element && openPlayer(element);
if (list && player) new Transcript(list, player, element.querySelector("[data-tracks]"));
tellHeight();

function Transcript(list, player, menu) {
  let cues = [];
  let shown = [];
  let links = [];
  let stop = null;
  let asked = list.dataset.code;
  read();

  function read() {
    const number = (row, name) => (name in row.dataset ? Number(row.dataset[name]) : null);
    cues = [...list.children].map((row) => ({ start: number(row, "start"), end: number(row, "end") }));
    shown = [];
    links = [...list.querySelectorAll("time a")];
    if (player.canSeek) {
      for (const link of links) link.tabIndex = -1;
      stopAt(links[0]);
    } else {
      for (const link of links) link.replaceWith(...link.childNodes);
    }
    follow(player.currentTime);
  }

  // The Tab key stops at the list once, not thousands of times; arrows go on from there.
  function stopAt(link) {
    if (!link) return;
    list.removeAttribute("tabindex");
    if (stop) stop.tabIndex = -1;
    stop = link;
    stop.tabIndex = 0;
  }

  function follow(ms) {
    const now = positionsAt(cues, ms);
    if (String(now) === String(shown)) return;
    for (const place of shown) list.children[place]?.removeAttribute("aria-current");
    for (const place of now) list.children[place].setAttribute("aria-current", "true");
    shown = now;
    if (now.length === 0 || list.contains(document.activeElement)) return;
    const row = list.children[now[0]];
    list.scrollTop = row.offsetTop - (list.clientHeight - row.offsetHeight) / 2;
  }

  async function change() {
    const option = menu.selectedOptions[0];
    if (!option?.value || option.value === asked) return;
    asked = option.value;
    let loaded;
    try {
      loaded = await loadTrack(option.dataset.src);
    } catch {
      return; // The one that is there can still be read.
    }
    if (asked !== option.value) return;
    list.replaceChildren(...loaded.map((cue) => row(cue, option)));
    list.dataset.code = option.value;
    read();
  }

  player.addEventListener("time", ({ detail }) => follow(detail));
  menu?.addEventListener("change", change);
  list.addEventListener("focusin", ({ target }) => links.includes(target) && stopAt(target));
  list.addEventListener("keydown", (event) => {
    if (!links.includes(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = stepIn(links.length, links.indexOf(stop), event.key);
    if (to === null) return;
    event.preventDefault();
    links[to].focus();
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("time a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    player.currentTime = cues[[...list.children].indexOf(link.closest("li"))].start;
    player.play();
  });
  // Its languages are in the menu then.
  if (menu) document.querySelector("[data-without-script]").hidden = true;
}

function row(cue, { lang, dir }) {
  const item = document.createElement("li");
  Object.assign(item.dataset, { start: cue.start, end: cue.end });
  const time = document.createElement("time");
  const link = document.createElement("a");
  link.href = "#main";
  link.append(clock(cue.start), document.createElement("br"), clock(cue.end));
  time.append(link);
  const text = document.createElement("p");
  Object.assign(text, { lang, dir });
  text.append(cue.content());
  const box = document.createElement("div");
  box.append(text);
  item.append(time, box);
  return item;
}

// As the server writes it: 0:00:13.100.
function clock(ms) {
  const padded = (number, width = 2) => String(Math.floor(number)).padStart(width, "0");
  const seconds = ms / 1000;
  return `${Math.floor(seconds / 3600)}:${padded((seconds / 60) % 60)}:${padded(seconds % 60)}.${padded(ms % 1000, 3)}`;
}

// The page around the frame may fit it to what is in it: only a height is told.
function tellHeight() {
  if (parent === window) return;
  const main = document.querySelector("main");
  const tell = () => parent.postMessage({ amaraEmbed: "height", height: main.scrollHeight }, "*");
  new ResizeObserver(tell).observe(main);
}
