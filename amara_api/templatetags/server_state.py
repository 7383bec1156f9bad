"""The numbers at the top of the admin's first page, with a plot that needs no script."""

from __future__ import annotations

from typing import NamedTuple

from django import template
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from amara_api import state as server
from amara_api.kernel.shapes import Data
from teams.services.delivery import Deliveries

register = template.Library()

_STEP, _WIDTH, _HEIGHT = 20, 14, 85  # of a day in the plot, and the highest bar


class Bar(NamedTuple):
    """A rectangle of the plot, in its own units."""

    x: int
    y: int
    width: int
    height: int


@register.simple_tag
def server_state() -> dict[str, Data]:
    now = server.now()
    return {
        "troubles": server.troubles(now),
        "rows": _rows(now),
        "days": now.days,
        "bars": _bars(now.days),
        "width": _STEP * len(now.days),
        "plot_says": _plot_says(now.days),
    }


def _rows(now: server.State) -> list[tuple[str, str, str]]:
    """Name, value, and where more is told."""
    sent = reverse("admin:activity_notification_changelist")
    callbacks = reverse("admin:activity_callback_changelist")
    deliveries = now.deliveries
    rows = [
        ("Deliveries that wait", str(deliveries.waiting), f"{sent}?state=waiting"),
        ("… and have failed", str(deliveries.failing), f"{sent}?state=failing"),
        ("… given up in a day", str(deliveries.given_up), f"{sent}?state=given-up"),
        ("Callbacks given up", str(deliveries.off), f"{callbacks}?is_on__exact=0"),
        ("Deliverer", _deliverer(deliveries), ""),
        ("Database", f"{now.database}, {filesizeformat(now.database_bytes)}", ""),
        (
            "Disk",
            f"{filesizeformat(now.disk_free)} of {filesizeformat(now.disk_total)} free",
            "",
        ),
    ]
    if now.answered is None:
        rows.append(("Requests", "not counted: set AMARA_METRICS_TOKEN or AMARA_METRICS_FROM", ""))
    else:
        said = f"{now.answered.requests} since the start, {now.answered.errors} of them errors"
        rows.append(("Requests", said, ""))
    return rows


def _deliverer(deliveries: Deliveries) -> str:
    if deliveries.nobody_sends:
        return "does not work: what is due waits"
    return "keeps up" if deliveries.waiting else "has nothing to do"


def _bars(days: list[server.Day]) -> list[Bar]:
    most = max([day.versions for day in days] + [1])
    heights = [round(_HEIGHT * day.versions / most) for day in days]
    return [
        Bar(number * _STEP + (_STEP - _WIDTH) // 2, 90 - height, _WIDTH, height)
        for number, height in enumerate(heights)
    ]


def _plot_says(days: list[server.Day]) -> str:
    most = max(days, key=lambda day: day.versions)
    total = sum(day.versions for day in days)
    return (
        f"{total} versions in {len(days)} days, {days[-1].versions} of them today; "
        f"most on {most.date}: {most.versions}."
    )
