// Opens the player that the server has put on the page (videos/player.html).
import { Player } from "./base.js";
import { FramedPlayer } from "./framed.js";
import { NativePlayer } from "./native.js";
import { VIMEO } from "./vimeo.js";
import { YOUTUBE } from "./youtube.js";

const opened = new WeakMap();

// The player of a `<div data-player>`, always the same one for the same element.
export function openPlayer(element) {
  if (!opened.has(element)) opened.set(element, open(element));
  return opened.get(element);
}

function open(element) {
  switch (element.dataset.player) {
    case "file":
      return withTracks(new NativePlayer(element));
    case "youtube":
      return withTracks(new FramedPlayer(element, YOUTUBE));
    case "vimeo":
      return withTracks(new FramedPlayer(element, VIMEO));
    default:
      return new Player(element);
  }
}

// The menu of languages, where the page has one.
function withTracks(player) {
  const menu = player.element.querySelector("[data-tracks]");
  if (!menu) return player;
  const choose = () => player.showTrack(menu.selectedIndex > 0 ? menu.selectedIndex - 1 : null);
  menu.addEventListener("change", choose);
  menu.closest("[hidden]")?.removeAttribute("hidden");
  choose();
  return player;
}
