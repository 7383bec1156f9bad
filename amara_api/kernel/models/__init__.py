"""Tables of the ground floor: what no domain owns."""

from amara_api.kernel.models.administration import AdministrativeChange
from amara_api.kernel.models.figures import Figure, SlowFetch, Worker
from amara_api.kernel.models.installation import Fact
from amara_api.kernel.models.limits import GuardedCount
from amara_api.kernel.models.replays import Replay

__all__ = [
    "AdministrativeChange",
    "Fact",
    "Figure",
    "GuardedCount",
    "Replay",
    "SlowFetch",
    "Worker",
]
