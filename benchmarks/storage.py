"""What an edited language takes on disk beside a row a cue, and what reading it costs.

Run it as ``python -m benchmarks.storage``. It takes no database and no network: rows are counted as
PostgreSQL stores them.
"""

import argparse
import random
import statistics
import sys
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from subtitles import storage
from subtitles.formats import Cue, Track

# A row of PostgreSQL: its header and its line pointer, the ids of the row and of its version, the
# number, both times and the text's length; and an entry in each of the two indexes.
_ROW, _INDEX = 24 + 4 + 8 + 8 + 4 + 4 + 4 + 1, 2 * 20
_WORDS = [
    line.split()[0].strip('.,:;"')
    for path in sorted((Path(__file__).resolve().parent.parent / "docs").rglob("*.md"))
    for line in path.read_text().splitlines()
    if line.split()
]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what versions take.")
    parser.add_argument("--cues", type=int, default=2000)
    parser.add_argument("--versions", type=int, default=50)
    asked = parser.parse_args()
    print(f"{asked.versions} versions of {asked.cues} cues")
    print(
        "| cues changed each time | rows, bytes a version | ours | ours / rows "
        "| whole ones / rows | read, ms: median, worst | write, ms |"
    )
    print(f"|---:|{'---:|' * 6}")
    worst = 0.0
    for part in (0.01, 0.03, 0.05):
        row = measure(asked.cues, asked.versions, part)
        worst = max(worst, row[2] if part <= 0.03 else 0)
        print(f"| {part:.0%} | {row[0]:,.0f} | {row[1]:,.0f} | {row[2]:.3f} | {row[3]:.3f} "
              f"| {row[4]:.2f}, {row[5]:.2f} | {row[6]:.2f} |")  # fmt: skip
    if worst > 0.06:
        raise SystemExit("A version takes more than 0.06 of its rows.")


def measure(count: int, versions: int, part: float) -> tuple[float, ...]:
    chance = random.Random(7)  # noqa: S311 - the same data every time
    cues = [Cue(n * 3000, n * 3000 + 2500, _text(chance)) for n in range(count)]
    chain: list[bytes] = []
    before: storage.Plain | None = None
    rows = ours = whole = 0
    reading, writing = [], []
    for _ in range(versions):
        start = time.process_time()
        packed = storage.pack(Track(tuple(cues)), before)
        writing.append(time.process_time() - start)
        chain = [*chain[len(chain) - packed.depth :], packed.cues]
        start = time.process_time()
        data = storage.plain(chain)
        reading.append(time.process_time() - start)
        before = storage.Plain(data, packed.depth)
        rows += sum(_ROW + _INDEX + len(str(cue.content).encode()) for cue in cues)
        ours += len(packed.cues)
        whole += len(storage.compressed(data).blob)
        for place in chance.sample(range(count), max(1, round(count * part))):
            cues[place] = cues[place]._replace(content=_text(chance))
    return (
        rows / versions,
        ours / versions,
        ours / rows,
        whole / rows,
        statistics.median(reading) * 1000,
        max(reading) * 1000,
        statistics.median(writing) * 1000,
    )


def _text(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(6, 14)))


if __name__ == "__main__":
    main()
