// What is shown at a moment. A cue is {start, end, text}, its times in milliseconds or null.

// The cues that are shown at `ms`, in the order of the list. It need not be sorted.
export function activeAt(cues, ms) {
  return cues.filter((cue) => isActive(cue, ms));
}

// The same as places in the list, from 0.
export function positionsAt(cues, ms) {
  const found = [];
  for (let place = 0; place < cues.length; place += 1) {
    if (isActive(cues[place], ms)) found.push(place);
  }
  return found;
}

function isActive({ start, end }, ms) {
  return start !== null && end !== null && start <= ms && ms < end;
}

// The cues of a WebVTT file, read by the browser itself: {start, end, text, content}, where
// `content()` makes the nodes to show, with bold, italic and the like. Rejects where there is none.
export function loadTrack(src) {
  const track = document.createElement("track");
  const loaded = new Promise((resolve, reject) => {
    track.addEventListener("load", () => resolve([...(track.track.cues ?? [])].map(ofBrowser)));
    track.addEventListener("error", () => reject(new Error(`${src} cannot be read`)));
  });
  track.src = src;
  // A track is only read inside of something that plays; this one never gets anything to play.
  document.createElement("video").append(track);
  track.track.mode = "hidden";
  return loaded;
}

function ofBrowser(cue) {
  return {
    start: Math.round(cue.startTime * 1000),
    end: Math.round(cue.endTime * 1000),
    text: cue.text,
    content: () => cue.getCueAsHTML(),
  };
}
