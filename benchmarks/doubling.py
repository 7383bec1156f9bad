"""Whether twice the file costs twice the time, for every kind of hostile file we know.

    python -m benchmarks.doubling

reads 250 kB and 500 kB of each family of `tests/subtitles/formats/hostile_families.py`, prints the
ten slowest, and fails where doubling the size costs more than 2.5 times the time. Ratios are of CPU
time; one above the limit is measured again, for a busy machine makes some. The garbage collector
waits: its share grows with all that the process holds, not with what the readers do.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import time
from typing import NamedTuple

from subtitles.formats import FormatError, load
from tests.subtitles.formats.hostile_families import FAMILIES

SIZES = (250_000, 500_000)
LIMIT = 2.5
AGAIN = 5  # measurements more, before a family is called slow
TOO_SHORT = 0.002  # seconds; what is quicker says nothing of how it grows


class Outcome(NamedTuple):
    """Seconds for both sizes."""

    small: float
    large: float
    format: str
    head: str
    unit: str

    @property
    def ratio(self) -> float:
        return self.large / self.small if self.large >= TOO_SHORT else 0.0


def seconds(format: str, text: str) -> float:
    """CPU seconds to read it, the best of three."""
    best = 1e9
    for _ in range(3):
        gc.collect()
        began = time.process_time()
        with contextlib.suppress(FormatError):
            load(text, format, salvage=True)
        best = min(best, time.process_time() - began)
    return best


def measured(format: str, head: str, unit: str, tail: str) -> Outcome:
    """The lowest ratio of as many measurements as it takes to keep the limit."""
    texts = [head + unit * (size // len(unit)) + tail for size in SIZES]
    best: Outcome | None = None
    for _ in range(1 + AGAIN):
        found = Outcome(*(seconds(format, text) for text in texts), format, head, unit)
        if best is None or found.ratio < best.ratio:
            best = found
        if best.ratio <= LIMIT:
            break
    assert best is not None
    return best


def _row(found: Outcome) -> str:
    ratio = f"{found.ratio:.2f}" if found.ratio else "-"
    times = f"{found.small * 1e3:>10.1f}{found.large * 1e3:>10.1f}{ratio:>7}"
    return f"{found.format:9}{times}  {found.unit[:34]!r} after {found.head[-34:]!r}"


def main() -> int:
    """Print the table; the exit status."""
    gc.disable()
    outcomes = [measured(*family) for family in FAMILIES]
    print(f"{'format':9}{'250 kB ms':>10}{'500 kB ms':>10}{'ratio':>7}  what is repeated")
    for found in sorted(outcomes, key=lambda o: o.large, reverse=True)[:10]:
        print(_row(found))
    worst = max(outcomes, key=lambda o: o.ratio)
    print(f"\nworst ratio of {len(outcomes)} families:")
    print(_row(worst))
    slow = [found for found in outcomes if found.ratio > LIMIT]
    if slow:
        print(f"\nmore than {LIMIT} times the time for twice the size:")
        for found in slow:
            print(_row(found))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
