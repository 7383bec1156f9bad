// A list of cues that goes along with the player of the page, and leads it. Each row has its times
// as data-start and data-end, and a link; the list works as a list without this.
import { positionsAt } from "./cues.js";
import { openPlayer } from "./player.js";
import { stepIn } from "./steps.js";

const list = document.querySelector("[data-cues]");
const element = document.querySelector("[data-player]");
if (list && element) follow(list, openPlayer(element));

function follow(list, player) {
  const rows = [...list.children];
  const cues = rows.map(({ dataset: { start, end } }) => ({
    start: start === undefined ? null : Number(start),
    end: end === undefined ? null : Number(end),
  }));
  const links = rows.map((row) => row.querySelector("time a"));
  keepOneStop(list, links);
  if (!player.canSeek) return;

  list.classList.add("follows");
  const choice = document.querySelector("[data-follow]");
  choice.closest("[hidden]")?.removeAttribute("hidden");
  let current = [];
  const show = (ms) => {
    const now = positionsAt(cues, ms);
    if (String(now) === String(current)) return;
    for (const place of current) rows[place].removeAttribute("aria-current");
    for (const place of now) rows[place].setAttribute("aria-current", "true");
    current = now;
    if (choice.checked && now.length > 0) centre(list, rows[now[0]]);
  };
  player.addEventListener("time", ({ detail }) => show(detail));
  list.addEventListener("click", (event) => {
    const row = event.target.closest("time a")?.closest("li");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    player.currentTime = cues[rows.indexOf(row)].start;
    player.play();
  });
  const strip = document.querySelector("[data-strip]");
  if (strip) lead(strip, player);
}

// The Tab key stops at the list once, not thousands of times; arrows go on from there.
function keepOneStop(list, links) {
  const there = links.filter(Boolean);
  if (there.length === 0) return;
  let stop = there[0];
  const move = (link) => {
    stop.tabIndex = -1;
    stop = link;
    stop.tabIndex = 0;
  };
  move(stop);
  list.addEventListener("focusin", ({ target }) => there.includes(target) && move(target));
  list.addEventListener("keydown", (event) => {
    const to = stepIn(there.length, there.indexOf(stop), event.key);
    if (to === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    there[to].focus();
  });
}

// Within the list: the page itself stays where it is.
function centre(list, row) {
  const place = () => {
    list.scrollTop = row.offsetTop - (list.clientHeight - row.offsetHeight) / 2;
  };
  place();
  // Rows that come into sight get their real height only then.
  requestAnimationFrame(place);
}

function lead(strip, player) {
  const length = Number(strip.querySelector("svg").dataset.length);
  const head = document.createElement("div");
  head.className = "head";
  strip.append(head);
  player.addEventListener("time", ({ detail }) => {
    head.style.left = `${Math.min(100, (detail / length) * 100)}%`;
  });
  strip.addEventListener("click", ({ clientX }) => {
    const { left, width } = strip.getBoundingClientRect();
    player.currentTime = Math.round(((clientX - left) / width) * length);
  });
}
