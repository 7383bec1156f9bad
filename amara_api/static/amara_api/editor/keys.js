// What the keys do. One table, which the page of keys is made from too.

export const KEYS = [
  { does: "play", keys: "Alt+K", code: "KeyK", alt: true, says: "Play or pause" },
  { does: "back", keys: "Alt+J", code: "KeyJ", alt: true, says: "Back two seconds" },
  { does: "forward", keys: "Alt+L", code: "KeyL", alt: true, says: "Forward two seconds" },
  { does: "mark-in", keys: "Alt+I", code: "KeyI", alt: true, says: "The cue starts now" },
  { does: "mark-out", keys: "Alt+O", code: "KeyO", alt: true, says: "The cue ends now" },
  { does: "next", keys: "Alt+↓", code: "ArrowDown", alt: true, says: "Next cue" },
  { does: "previous", keys: "Alt+↑", code: "ArrowUp", alt: true, says: "Previous cue" },
  { does: "new", keys: "Ctrl+Enter", code: "Enter", ctrl: true, says: "New cue after this one" },
  { does: "split", keys: "Alt+Enter", code: "Enter", alt: true, says: "Split the cue at the caret" },
  { does: "merge", keys: "Alt+M", code: "KeyM", alt: true, says: "Join the cue with the next one" },
  { does: "delete", keys: "Alt+Delete", code: "Delete", alt: true, says: "Delete the cue" },
  { does: "undo", keys: "Ctrl+Z", code: "KeyZ", ctrl: true, says: "Undo" },
  { does: "redo", keys: "Ctrl+Shift+Z", code: "KeyZ", ctrl: true, shift: true, says: "Do again what was undone" },
  { does: "save", keys: "Ctrl+S", code: "KeyS", ctrl: true, says: "Save" },
  { does: "keys", keys: "Alt+H", code: "KeyH", alt: true, says: "This list" },
];

// What fields of times do by themselves.
export const IN_FIELDS = [
  { keys: "↑ ↓", says: "In a time: 0.1 seconds more or less" },
  { keys: "Shift+↑ ↓", says: "In a time: a second more or less" },
  { keys: "Tab", says: "Next field: start, end, text, next cue" },
];

/** What a key press means here, null for everything else. Keys are told by their place, since Alt
 * makes other letters on some keyboards; letters that Ctrl goes with by what is printed on them. */
export function actionFor({ code, key, altKey, ctrlKey, metaKey, shiftKey }) {
  const ctrl = ctrlKey || metaKey;
  const found = KEYS.find((each) => Boolean(each.alt) === altKey && Boolean(each.ctrl) === ctrl
    && Boolean(each.shift) === shiftKey && pressed(each, code, key));
  return found ? found.does : null;
}

function pressed(each, code, key) {
  if (each.ctrl && each.code.startsWith("Key")) return key?.toUpperCase() === each.code.slice(3);
  return code === each.code || (each.code === "Enter" && code === "NumpadEnter");
}

/** Fill a table body with all of them. */
export function listKeys(body) {
  for (const { keys, says } of [...KEYS, ...IN_FIELDS]) {
    const [row, name, what] = ["tr", "th", "td"].map((each) => document.createElement(each));
    name.scope = "row";
    name.append(Object.assign(document.createElement("kbd"), { textContent: keys }));
    what.textContent = says;
    row.append(name, what);
    body.append(row);
  }
}
