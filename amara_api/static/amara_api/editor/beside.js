// Which cues of another language stand beside which ones here.

/** The index of the last number of an ascending list that is not above `value`; -1 for none. */
function lastUpTo(numbers, value) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const isTimed = ({ start, end }) => start !== null && end !== null;

/**
 * For each cue `{said, lone}`, lists of sources: what is said while it is shown (what is in the same
 * place, if it has no times), and what no cue here is for, which stands where it would come. Where
 * there are cues, each source stands somewhere.
 */
export function beside(cues, sources) {
  const rows = cues.map(() => ({ said: [], lone: [] }));
  if (!cues.length) return rows;
  const timed = sources.map((source, place) => ({ source, place })).filter(({ source }) => isTimed(source));
  timed.sort((a, b) => a.source.start - b.source.start);
  // Up to here everything has ended by then, also what is long.
  let last = -Infinity;
  const ends = timed.map(({ source }) => (last = Math.max(last, source.end)));
  const rowOf = new Array(sources.length).fill(-1);
  cues.forEach((cue, row) => {
    const answer = (source, place) => {
      rows[row].said.push(source);
      if (rowOf[place] < 0) rowOf[place] = row;
    };
    if (!isTimed(cue)) {
      if (sources[row]) answer(sources[row], row);
      return;
    }
    for (let n = lastUpTo(ends, cue.start) + 1; n < timed.length && timed[n].source.start < cue.end; n++) {
      const { source, place } = timed[n];
      const shared = Math.min(source.end, cue.end) - Math.max(source.start, cue.start);
      if (shared > 0 && shared * 2 >= Math.min(source.end - source.start, cue.end - cue.start)) answer(source, place);
    }
  });
  const starts = cues.map(({ start }, row) => ({ start, row })).filter(({ start }) => start !== null);
  starts.sort((a, b) => a.start - b.start);
  const begin = starts.map(({ start }) => start);
  sources.forEach((source, place) => {
    if (rowOf[place] >= 0) return;
    const found = isTimed(source) ? starts[Math.max(lastUpTo(begin, source.start), 0)]?.row : undefined;
    rowOf[place] = found ?? (place ? rowOf[place - 1] : 0);
    rows[rowOf[place]].lone.push(source);
  });
  return rows;
}
