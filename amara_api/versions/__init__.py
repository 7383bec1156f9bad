"""The past (and the dated future) of the API, in one place.

Dialects are dates. ``PARTNERS`` is what ``/api2/partners/`` pins: the oldest. ``CURRENT`` is what
a server speaks when neither the operator nor the request names a date.
"""

from amara_api.versions import v2016_12_01, v2019_06_19
from amara_api.versions.base import Change, Edge, Ladder, dropped, renamed

PARTNERS = 20160801
CURRENT = 20161201
NEWEST = 20190619

LADDER = Ladder(
    dialects=[PARTNERS, CURRENT, NEWEST],
    changes=[*v2016_12_01.CHANGES, *v2019_06_19.CHANGES],
)

__all__ = ["CURRENT", "LADDER", "NEWEST", "PARTNERS", "Change", "Edge", "Ladder"]
__all__ += ["dropped", "renamed"]
