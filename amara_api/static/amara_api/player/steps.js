// Where a key leads in a list of which one item at a time can be reached by Tab.

const PAGE = 10;

// The place, from 0, or null for a key that leads nowhere.
export function stepIn(length, place, key) {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -length, End: length };
  if (!Object.hasOwn(steps, key) || length === 0) return null;
  return Math.min(Math.max(place + steps[key], 0), length - 1);
}
