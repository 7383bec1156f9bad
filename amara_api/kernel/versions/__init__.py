"""The past (and the dated future) of the API, in one place.

Dialects are dates, but for ``PARTNERS``, the second version of the API, which no date selects: it
is what ``/api2/partners/`` speaks. ``CURRENT`` is what a server speaks when neither the operator
nor the request names a date.
"""

from amara_api.kernel.versions import v2016_08_01, v2016_12_01, v2019_06_19
from amara_api.kernel.versions.base import Change, Edge, Ladder, dropped, renamed

PARTNERS = 2
OLDEST = 20160801
CURRENT = 20161201
NEWEST = 20190619

LADDER = Ladder(
    dialects=[OLDEST, CURRENT, NEWEST],
    changes=[*v2016_08_01.CHANGES, *v2016_12_01.CHANGES, *v2019_06_19.CHANGES],
    undated=[PARTNERS],
)


def named(name: str) -> int:
    """The dialect of a name, see `name_of`; 0 for what is none."""
    return next((each for each in LADDER.dialects if name_of(each) == name.strip()), 0)


def name_of(dialect: int) -> str:
    """What people call a dialect: ``v2``, or its date."""
    return "v2" if dialect == PARTNERS else str(dialect)


__all__ = ["CURRENT", "LADDER", "NEWEST", "OLDEST", "PARTNERS", "Change", "Edge", "Ladder"]
__all__ += ["dropped", "name_of", "named", "renamed"]
