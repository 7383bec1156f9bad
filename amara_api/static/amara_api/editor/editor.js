// Wires the parts of the editor's page (subtitles/edit.html) to each other.

import { openPlayer } from "../player/player.js";
import { beside } from "./beside.js";
import { Checker, judge } from "./checks.js";
import { choose } from "./conflict.js";
import * as ops from "./cues.js";
import { History } from "./history.js";
import { Keeper } from "./keeping.js";
import { actionFor, listKeys } from "./keys.js";
import { CueList } from "./list.js";
import { joined, merged, open } from "./merging.js";
import { Api } from "./saving.js";
import { Timeline } from "./timeline.js";

const STEP = 2000; // milliseconds of a jump
const KEEP_AFTER = 300; // milliseconds without a key press

const root = document.querySelector("[data-editor]");
const about = root.dataset;
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const button = (does) => root.querySelector(`[data-do="${does}"]`);

const api = new Api({ subtitles: about.subtitles, actions: about.actions, me: about.me }, about.user);
const page = Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("");
const keeper = new Keeper(window.localStorage, about, page);
const player = openPlayer(root.querySelector("[data-player]"));
const source = about.source ? { language: about.source, dir: about.sourceDir } : null;
const list = new CueList(part("cues"), { language: about.language, dir: about.dir, source });
const timeline = new Timeline(part("timeline"));

const nothing = Object.freeze([]);
/** Its `base` is what the server has: cues, number (0: none), tag (null: none), and what else is sent
 * back. */
let history = new History(nothing, { cues: nothing, number: 0, tag: null, said: {} });
let sources = [];
/** By cue: what the report says of it that cannot be measured here. */
let told = new Map();
let busy = false;
let waiting = null;

const say = (text) => { part("said").textContent = text; };
const dirty = () => !ops.sameList(history.cues, history.base.cues);
const now = () => Math.round(player.currentTime ?? 0);
const measures = JSON.parse(document.getElementById("measures").textContent);
const plays = () => player.canSeek && !["waiting", "failed"].includes(player.state);

// --- what is wrong, and what is beside ------------------------------------------------------------

/** Makes something of the list once, and again when the list is another. */
function ofList(make) {
  let [cues, made] = [null, null];
  return () => {
    if (cues !== history.cues) [cues, made] = [history.cues, make(history.cues)];
    return made;
  };
}

const measured = ofList((cues) => judge(cues, measures));
const besides = ofList((cues) => beside(cues, sources));
/** `{kind, message}` of each problem of a cue. */
const problemsOf = (cue, index) => [...measured()[index], ...(told.get(cue.id) ?? [])];
const inWords = (problems) => problems.map(({ message }) => message).join(" ");

// --- what is shown -------------------------------------------------------------------------------

function drawTimeline() {
  const at = plays() ? now() : history.cues[list.current]?.start ?? 0;
  const lone = sources.length ? besides().flatMap((each) => each.lone) : [];
  timeline.show(history.cues, at, list.current, (cue, index) => inWords(problemsOf(cue, index)), lone);
}

/** The sentences about the cue that is worked on: its row has no room for long ones. */
function drawProblems() {
  const cue = history.cues[list.current];
  const said = cue ? inWords(problemsOf(cue, list.current)) : "";
  part("wrong").textContent = said && `Cue ${list.current + 1}: ${said}`;
}

function drawCounts() {
  const { cues } = history;
  const count = cues.filter((cue, index) => problemsOf(cue, index).length).length;
  const lone = sources.length && cues.length ? besides().reduce((sum, each) => sum + each.lone.length, 0) : 0;
  const said = count ? [`${count} of ${cues.length} cues may need a look.`] : [];
  if (lone) said.push(`${lone} ${lone === 1 ? "cue" : "cues"} of the language beside ${lone === 1 ? "has" : "have"} no cue here yet.`);
  part("report").textContent = said.join(" ");
}

function drawState() {
  button("undo").disabled = !history.canUndo;
  button("redo").disabled = !history.canRedo;
  for (const each of root.querySelectorAll("[data-needs-film]")) each.disabled = !plays();
  part("empty").hidden = history.cues.length > 0;
  part("saved").textContent = busy ? "Saving…" : dirty() ? "Not saved yet; kept in this browser." : history.base.number ? `Version ${history.base.number} is saved.` : "";
}

function afterChange(patch) {
  const one = patch.removed.length === 1 && patch.added.length === 1 && patch.removed[0].id === patch.added[0].id;
  if (one) list.showOne(history.cues, patch.at);
  else list.show(history.cues);
  drawProblems();
  clearTimeout(waiting);
  waiting = setTimeout(settle, KEEP_AFTER);
  drawState();
}

/** What need not be done with every key press. */
function settle() {
  clearTimeout(waiting);
  waiting = null;
  keep();
  drawTimeline();
  drawProblems();
  drawCounts();
  // Of a cue that changed, the neighbours may have other problems.
  list.redraw();
  player.setCues(history.cues.map((cue) => ({ ...cue, text: ops.bare(cue.text) })), about.language, about.dir);
  checker.changed(history.cues);
}

function keep() {
  if (!dirty()) keeper.drop();
  else if (!keeper.keep(history.base.number, ops.write(history.cues))) say("This browser has no room to keep your work. Save soon.");
}

function act(patch, joins = null) {
  if (history.act(patch, joins)) afterChange(patch);
  return patch;
}

// --- the report ----------------------------------------------------------------------------------

function showReport(report, cues) {
  const others = (problems) => problems.filter(({ kind }) => !(kind in measures.sentences));
  told = new Map(report.cues.map(({ position, problems }) => [cues[position - 1]?.id, others(problems)]));
  list.redraw();
  drawProblems();
  drawCounts();
  drawTimeline();
}
const checker = new Checker((cues) => api.report(cues), showReport);
list.problems = problemsOf;

// --- the language beside -------------------------------------------------------------------------

const plain = (source) => ops.bare(source.text);
list.sources = (index) => {
  if (!sources.length) return { said: [], lone: [] };
  const { said, lone } = besides()[index];
  return { said: said.map(plain), lone: lone.map(plain) };
};

async function readSource() {
  if (!source) return;
  const answer = await api.read("last", about.sourceSubtitles);
  if (answer.kind === "read") {
    sources = ops.read(answer.body.subtitles);
    // As another list: what stands beside is made anew.
    history.cues = Object.freeze([...history.cues]);
    list.show(history.cues);
    drawTimeline();
    drawCounts();
  } else say(answer.say ?? "The subtitles to translate from cannot be read.");
}

async function beginWithTimes() {
  // What is typed meanwhile would be replaced.
  delete root.dataset.ready;
  part("cues").inert = true;
  try {
    await beginNow();
  } finally {
    part("cues").inert = false;
    root.dataset.ready = "true";
  }
}

async function beginNow() {
  const answer = await api.begin(about.source);
  if (answer.kind !== "saved") {
    say(answer.say ?? "Meanwhile somebody has begun these subtitles. Load the page again.");
    return;
  }
  start(taken(answer));
  part("cues").inert = false;
  list.focus(0);
  say("Each cue has the times of the other language. Write the words.");
}

// --- opening and saving --------------------------------------------------------------------------

function taken({ body, tag }, cues = ops.read(body.subtitles)) {
  const { title, description, metadata } = body;
  return { cues, number: body.version_number, tag, said: { title, description, metadata } };
}

function start(base) {
  const { cues } = base;
  history = new History(cues, base);
  list.show(cues);
  settle();
  drawState();
}

async function openAll() {
  const answer = await api.read();
  if (answer.kind !== "read" && answer.kind !== "none") {
    say(`${answer.say} Then load this page again.`);
    return;
  }
  if (answer.kind === "read") history.base = taken(answer);
  const kept = await abandoned();
  history = new History(history.base.cues, history.base);
  list.show(history.cues);
  root.dataset.ready = "true";
  // What is typed meanwhile would be replaced.
  part("cues").inert = true;
  for (const entry of kept.slice(0, 1)) await restore(entry);
  part("cues").inert = false;
  settle();
  drawState();
  await Promise.all([readSource(), drawActions()]);
}

/** What pages kept that are not open any more. Without locks (no https) all pages count as gone. */
async function abandoned() {
  if (navigator.locks) {
    navigator.locks.request(page, () => new Promise(() => {}));
    const { held } = await navigator.locks.query();
    const alive = new Set(held.map(({ name }) => name));
    return keeper.found().filter((entry) => !alive.has(entry.page));
  }
  return keeper.found();
}

async function restore(entry) {
  const cues = ops.read(entry.cues);
  const when = new Date(entry.when).toLocaleString();
  if (entry.base === history.base.number) {
    act(ops.replaceAll(history.cues, cues));
    say(`Your work of ${when} is here again. It is not saved yet; Undo takes it away.`);
  } else {
    say(`There is a newer version than the one that you worked on at ${when}. Your work is kept.`);
    const old = entry.base ? await api.read(entry.base) : { kind: "none" };
    // Without the version that both began with, everything would seem to be changed by both.
    if (old.kind !== "read" && old.kind !== "none") return;
    const before = old.kind === "read" ? ops.read(old.body.subtitles) : [];
    const wanted = await meet(before, cues, history.base.cues, "");
    if (!wanted) return;
    act(ops.replaceAll(history.cues, wanted));
    say(`There is a newer version than the one that you worked on at ${when}. Your work is put together with it, but not saved yet; Undo takes yours away.`);
  }
  if (!dirty() || keeper.keep(history.base.number, ops.write(history.cues))) keeper.forget(entry.key);
}

/** The list that becomes of both; null if the person does not choose. */
async function meet(before, mine, theirs, author) {
  const pieces = merged(before, mine, theirs);
  if (!open(pieces).length) return joined(pieces);
  // What was written meanwhile would be on no side.
  const still = root.querySelectorAll("[data-part=cues], [data-part=timeline], .tools");
  for (const each of still) each.inert = true;
  const wanted = await choose(part("conflict"), pieces, { language: about.language, dir: about.dir, author: author || "somebody else" });
  for (const each of still) each.inert = false;
  list.focus(list.current);
  return wanted;
}

/** Brings both together. True if there was nothing to bring together: then it can be saved again. */
async function conflict() {
  const answer = await api.read();
  if (answer.kind !== "read") {
    say(answer.say ?? "Somebody deleted these subtitles meanwhile. Your work is kept; save again to begin them anew.");
    if (answer.kind === "none") history.base = { cues: [], number: 0, tag: null, said: history.base.said };
    return;
  }
  if (answer.body.version_number === history.base.number) {
    // The same words; only what is said of the video has changed.
    history.base = taken(answer, history.base.cues);
    return true;
  }
  const had = dirty();
  const before = history.base.cues;
  const theirs = ops.read(answer.body.subtitles);
  const author = answer.body.author?.username ?? "somebody else";
  say(`Meanwhile ${author} saved version ${answer.body.version_number}. Nothing of yours is lost.`);
  const wanted = await meet(before, history.cues, theirs, author);
  if (!wanted) {
    say("Not saved. Your work is kept in this browser.");
    return;
  }
  afterChange(history.meet(ops.replaceAll(history.cues, wanted), taken(answer, theirs)));
  settle();
  say(had ? `Your words and those of ${author} are together now. Look at them, and save.`
    : `Meanwhile ${author} saved version ${answer.body.version_number}, which you see now. Nothing was done yet.`);
}

async function save(action = null, again = false) {
  if (busy || !root.dataset.ready || !part("conflict").hidden) return;
  busy = true;
  settle();
  drawState();
  const sent = history.cues;
  const { base } = history;
  const said = action ? { ...base.said, action: action.action } : base.said;
  const answer = action && !dirty() && base.number
    ? await api.act(action.action, base)
    : await api.save(ops.write(sent), base.tag, said);
  // Nobody saves while somebody chooses.
  const clear = answer.kind === "conflict" && (await conflict());
  busy = false;
  if (clear && !again) return save(action, true);
  if (answer.kind === "conflict") drawState();
  else if (answer.kind !== "saved") say(`Not saved. ${answer.say} Your work is kept in this browser.`);
  else {
    if (answer.body) history.base = taken(answer, sent);
    keep();
    say(`${action ? `${action.label}: done. ` : ""}Version ${history.base.number} is saved.`);
    part("leave").hidden = false;
    await drawActions();
  }
  drawState();
}

async function drawActions() {
  const buttons = (await api.actions()).map((action) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button plain", textContent: action.label });
    made.addEventListener("click", () => save(action));
    return made;
  });
  part("actions").replaceChildren(...buttons);
}

// --- what can be done ----------------------------------------------------------------------------

/** The times of what is said beside the current cue, behind it, and has no cue here. */
function missing() {
  const here = history.cues[list.current];
  if (!here || !sources.length) return undefined;
  const found = besides()[list.current].lone.find(({ start, end }) => start !== null && end !== null && start >= (here.end ?? 0));
  return found && { start: found.start, end: found.end };
}

function mark(edge) {
  if (!plays() || !history.cues.length) return;
  const set = edge === "start" ? ops.setStart : ops.setEnd;
  act(set(history.cues, list.current, now()));
}

function moved(patch, index) {
  if (!patch) return;
  list.focus(index);
  drawTimeline();
}

function undone(patch) {
  if (!patch) return;
  afterChange(patch);
  list.focus(Math.min(patch.at, history.cues.length - 1));
}

function seek(ms) {
  if (plays()) player.currentTime = Math.max(ms, 0);
  drawTimeline();
}

const DOING = {
  play: () => { if (player.paused) player.play(); else player.pause(); },
  back: () => seek(now() - STEP),
  forward: () => seek(now() + STEP),
  "mark-in": () => mark("start"),
  "mark-out": () => mark("end"),
  next: () => list.focus(list.current + 1),
  previous: () => list.focus(list.current - 1),
  new: () => {
    const at = history.cues.length ? list.current + 1 : 0;
    moved(act(ops.insert(history.cues, at, missing())), at);
  },
  split: () => {
    const halves = list.halves();
    if (!halves) return;
    const at = list.current;
    moved(act(ops.split(history.cues, at, ...halves)), at + 1);
  },
  merge: () => moved(act(ops.merge(history.cues, list.current)), list.current),
  delete: () => moved(act(ops.remove(history.cues, list.current)), Math.min(list.current, history.cues.length - 1)),
  // While it is saved, a step over a meeting would take what is saved for something else.
  undo: () => { if (!busy) undone(history.undo()); },
  redo: () => { if (!busy) undone(history.redo()); },
  save: () => save(),
  keys: () => part("keys").showModal(),
  "keys-close": () => part("keys").close(),
  shift: () => {
    const seconds = Number(part("shift-by").value.replace(",", "."));
    const valid = Number.isFinite(seconds) && seconds !== 0 && Math.abs(seconds) < 1e6;
    part("shift-by").setAttribute("aria-invalid", String(!valid));
    if (!valid) say("Type how many seconds, for example 1.5 or -0.2.");
    else if (act(ops.shiftFrom(history.cues, list.current, seconds * 1000))) say(`Cue ${list.current + 1} and all behind it moved.`);
  },
  begin: beginWithTimes,
};

root.addEventListener("click", ({ target }) => {
  const does = target.closest("[data-do]")?.dataset.do;
  if (does && root.dataset.ready) DOING[does]?.();
});
document.addEventListener("keydown", (event) => {
  const does = actionFor(event);
  if (!does || !root.dataset.ready || part("keys").open || !part("conflict").hidden) return;
  event.preventDefault();
  // A time that is being typed counts as typed.
  if (document.activeElement.matches(".time")) document.activeElement.dispatchEvent(new Event("change"));
  DOING[does]();
});

list.addEventListener("text", ({ detail: { id, text } }) => act(ops.setText(history.cues, list.indexOf(id), text), `text ${id}`));
list.addEventListener("pause", () => history.pause());
list.addEventListener("current", () => { drawTimeline(); drawProblems(); });
list.addEventListener("seek", () => seek(history.cues[list.current]?.start ?? now()));
function setTime({ id, edge, ms }, joins = null) {
  act((edge === "start" ? ops.setStart : ops.setEnd)(history.cues, list.indexOf(id), ms), joins);
}
list.addEventListener("time", ({ detail }) => setTime(detail));
list.addEventListener("nudge", ({ detail }) => setTime(detail, `${detail.edge} ${detail.id}`));
timeline.addEventListener("time", ({ detail }) => { setTime(detail); drawTimeline(); });
timeline.addEventListener("seek", ({ detail }) => seek(detail));
player.addEventListener("time", ({ detail: ms }) => {
  drawTimeline();
  list.playing(history.cues.findIndex(({ start, end }) => start !== null && end !== null && start <= ms && ms < end));
});
player.addEventListener("state", drawState);
window.addEventListener("pagehide", () => { if (waiting) keep(); });
document.addEventListener("visibilitychange", () => { if (waiting && document.hidden) keep(); });

// Without this script they would do nothing.
for (const each of root.querySelectorAll("[data-by-script]")) each.hidden = false;
listKeys(part("keys").querySelector("tbody"));
openAll();
