"""How long it takes to compare two versions, and that hostile ones do not take for ever.

    python -m benchmarks.comparing

prints milliseconds of CPU time, the best of some runs, for the cues and for the words.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from benchmarks.codecs import best, film
from subtitles.comparing import Change, Words, diff
from subtitles.formats import Cue, Track

PICK = random.Random(3)


def edited(cues: Sequence[Cue], share: float) -> list[Cue]:
    """A share of the cues with another word, other times, split, gone, or with one more behind."""
    made: list[Cue] = []
    for cue in cues:
        assert cue.start is not None
        assert cue.end is not None
        if PICK.random() >= share:
            made.append(cue)
            continue
        words, middle = cue.text.split(), (cue.start + cue.end) // 2
        made += PICK.choice(
            [
                [cue._replace(content=" ".join(["other", *words[1:]]))],
                [cue._replace(end=cue.end + 40)],
                [
                    cue._replace(end=middle, content=" ".join(words[: len(words) // 2])),
                    cue._replace(start=middle, content=" ".join(words[len(words) // 2 :])),
                ],
                [],
                [cue, Cue(cue.end, cue.end + 1, f"one more {PICK.random()}")],
            ]
        )
    return made


def pairs() -> dict[str, tuple[Sequence[Cue], Sequence[Cue]]]:
    usual = film(5000).cues
    shifted = [
        cue._replace(start=(cue.start or 0) + 40, end=(cue.end or 0) + 40)
        for cue in edited(usual, 0.1)
    ]
    same = [Cue(n * 10, n * 10 + 9, "la") for n in range(20_000)]
    two = [Cue(n * 5, n * 5 + 1, PICK.choice("ab")) for n in range(50_000)]
    return {
        "5,000 cues, 10 % changed": (usual, edited(usual, 0.1)),
        "the same, all shifted": (usual, shifted),
        "5,000 cues, nothing in common": (usual, film(5000, seed=8).cues),
        "20,000 equal cues, and 13 fewer": (same, same[7:-6]),
        "20,000 equal cues, other times": (same, [Cue(n, n + 1, "la") for n in range(15_000)]),
        "20,000 cues, reversed": (film(20_000).cues, film(20_000).cues[::-1]),
        "50,000 cues of two texts": (two, [cue._replace(content=PICK.choice("ab")) for cue in two]),
        "one cue of 200,000 words": ([Cue(0, 1, "a b " * 100_000)], [Cue(0, 1, "b a " * 100_000)]),
    }


def tell(changes: Sequence[Change]) -> None:
    words = Words()
    for change in changes:
        words.of(change)


def main() -> None:
    print(f"{'':34} cues  words  (ms)")
    for name, (old, new) in pairs().items():
        a, b = Track(tuple(old)), Track(tuple(new))
        changes = list(diff(a, b).differences())
        cues, words = best(partial(diff, a, b), runs=3), best(partial(tell, changes), runs=3)
        print(f"{name:34} {cues * 1000:4.0f}  {words * 1000:5.0f}")


if __name__ == "__main__":
    main()
