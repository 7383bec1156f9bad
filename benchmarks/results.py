"""What `http.py` has measured, as text, as a page and as plots."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.plots import Bar, bars
from benchmarks.races import AGAIN, UNREPEATED, WRITTEN
from benchmarks.servers import ROOT

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
DRF = "-drf"  # of the plots beside it
BEGIN, END = "<!-- http: begin -->", "<!-- http: end -->"


@dataclass(frozen=True)
class Ratio:
    """Requests a second of ours as a multiple of another's: the median of the rounds, the lowest
    and the highest of them."""

    middle: float
    low: float
    high: float
    target: float | None

    def __str__(self) -> str:
        told = f"{self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"
        return f"**{told}**" if self.target and self.middle < self.target else told


def ratio(row: dict[str, Any], other: dict[str, Any]) -> Ratio:
    # Rounds stand side by side: the machine was as busy for one as for the other.
    ours = row["contestants"][0]
    found = [a / b for a, b in zip(ours["rates"], other["rates"], strict=True)]
    return Ratio(statistics.median(found), min(found), max(found), other["target"])


def text(measured: dict[str, Any]) -> str:
    """All of it, for whoever has just measured."""
    titles = ["request", "who", "requests/s", "ours / it", "target", "p50 ms", "p99 ms"]
    parts = []
    for database in _databases(measured):
        parts += [_about(measured, [database]), ""]
        parts += _table([*titles, "app CPU ms", "its CPU / ours"], _lines(measured, database), 2)
        parts.append("")
    return "\n".join(parts)


def _lines(measured: dict[str, Any], database: str) -> Iterable[list[str]]:
    for row in _rows(measured, database):
        ours = row["contestants"][0]
        for one in row["contestants"]:
            is_ours = one is ours
            cpu, own = (statistics.median(each["cpu_ms"]) for each in (one, ours))
            yield [
                f"{row['request']}, {row['kind']}" if is_ours else "",
                one["name"],
                f"{statistics.median(one['rates']):,.0f}",
                "" if is_ours else str(ratio(row, one)),
                f"{one['target']:.2f}" if one["target"] else "",
                f"{statistics.median(one['p50']):.1f}",
                f"{statistics.median(one['p99']):.1f}",
                f"{cpu:.2f}",
                "" if is_ours else f"{cpu / max(own, 0.001):.2f}",
            ]


def _about(measured: dict[str, Any], databases: list[str]) -> str:
    threads = " and ".join(f"{measured['threads'][each]} on {each}" for each in databases)
    busy = f" and a load of {measured['load']}" if "load" in measured else ""
    return (
        f"{measured['date']}; {measured['processors']} processors{busy}, Python "
        f"{measured['python']}, {measured['generator']}, {measured['workers']} workers with "
        f"threads: {threads}. "
        f"Median of {measured['rounds']} rounds of {measured['seconds']} s; in brackets the lowest "
        "and the highest of them. Bold is short of its target."
    )


# --- the page ------------------------------------------------------------------------------------


def record(measured: dict[str, Any]) -> None:
    """Write the tables between the marks of the page, and the plots beside it."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE}: no {BEGIN} with {END} behind it")
    PAGE.write_text(f"{before}{BEGIN}\n\n{_tables(measured)}\n\n{END}{after}")
    for database in _databases(measured):
        _plot(measured, database)


def _tables(measured: dict[str, Any]) -> str:
    databases = _databases(measured)
    parts = [_about(measured, databases), ""]
    heads = ["request", "beside"]
    for database in databases:
        heads += [f"{database}, unrepeated", "again", "target"]
    parts += _table(heads, _ratios(measured, databases), 2)
    parts += ["", "Unrepeated, and what is posted, by itself:", ""]
    heads = ["request"]
    for database in databases:
        heads += [f"{database}, requests/s", "p50 ms", "p99 ms", "CPU ms", "bare: CPU ms"]
    parts += _table(heads, _absolute(measured, databases), 1)
    for database in databases:
        for about in ("", DRF) if _has_drf(measured, database) else ("",):
            whom = f"{database}, beside {'DRF' if about else 'hand-written SQL'}"
            parts += ["", f"![Ratios on {whom}]({PLOTS.name}/{_file(database, about)})"]
    return "\n".join(parts)


def _has_drf(measured: dict[str, Any], database: str) -> bool:
    rows = _rows(measured, database)
    return any(one["name"] == "DRF" for row in rows for one in row["contestants"])


def _file(database: str, about: str = "") -> str:
    return f"http-{database.lower()}{about}.svg"


def _ratios(measured: dict[str, Any], databases: list[str]) -> Iterable[list[str]]:
    """A line for each request and each of those it is measured against."""
    cells: dict[tuple[str, str], dict[tuple[str, str], Ratio]] = {}
    for database in databases:
        for row in _rows(measured, database):
            kind = AGAIN if row["kind"] == AGAIN else UNREPEATED
            for other in row["contestants"][1:]:
                line = cells.setdefault((row["request"], other["name"]), {})
                line[database, kind] = ratio(row, other)
    last = ""
    for (request, name), line in cells.items():
        shown = ["" if request == last else request, name]
        last = request
        for database in databases:
            found = [line.get((database, kind)) for kind in (UNREPEATED, AGAIN)]
            target = next((each.target for each in found if each), None)
            shown += [str(each) if each else "" for each in found]
            shown.append(f"{target:.2f}" if target else "")
        yield shown


def _absolute(measured: dict[str, Any], databases: list[str]) -> Iterable[list[str]]:
    lines: dict[str, list[str]] = {}
    for database in databases:
        for row in _rows(measured, database):
            if row["kind"] not in (UNREPEATED, WRITTEN):
                continue
            ours, other = row["contestants"][:2]
            lines.setdefault(row["request"], [row["request"]]).extend(
                [
                    f"{statistics.median(ours['rates']):,.0f}",
                    f"{statistics.median(ours['p50']):.1f}",
                    f"{statistics.median(ours['p99']):.1f}",
                    f"{statistics.median(ours['cpu_ms']):.2f}",
                    f"{statistics.median(other['cpu_ms']):.2f}",
                ]
            )
    return lines.values()


def _plot(measured: dict[str, Any], database: str) -> None:
    beside: dict[bool, list[Bar]] = {False: [], True: []}
    for row in _rows(measured, database):
        for other in row["contestants"][1:]:
            found, is_framework = ratio(row, other), other["name"] == "DRF"
            again = ", again" if row["kind"] == AGAIN else ""
            bar = Bar(f"{row['request']}{again}", found.middle, found.low, found.high, found.target)
            beside[is_framework].append(bar)
    title = f"Requests a second, {database}: ours / "
    bars(beside[False], PLOTS / _file(database), f"{title}hand-written SQL (1 is as fast)")
    if beside[True]:
        bars(beside[True], PLOTS / _file(database, DRF), f"{title}idiomatic DRF")


# --- both ----------------------------------------------------------------------------------------


def _databases(measured: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(row["database"] for row in measured["rows"]))


def _rows(measured: dict[str, Any], database: str) -> list[dict[str, Any]]:
    return [row for row in measured["rows"] if row["database"] == database]


def _table(heads: list[str], lines: Iterable[list[str]], words: int) -> list[str]:
    """The first columns, so many as ``words``, are text, the others are numbers."""
    rule = f"|{'---|' * words}{'---:|' * (len(heads) - words)}"
    return [f"| {' | '.join(heads)} |", rule, *(f"| {' | '.join(line)} |" for line in lines)]
