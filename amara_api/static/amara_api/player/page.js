// Opens each player of a page that does nothing else with it.
import { openPlayer } from "./player.js";

for (const element of document.querySelectorAll("[data-player]")) openPlayer(element);
