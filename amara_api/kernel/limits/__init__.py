"""How much one caller may do in a time.

`requests` counts ordinary requests, in the process or in Redis, and writes nothing. `guarded`
counts in the database what must hold in whatever process: wrong keys, logins, mails.
"""

from amara_api.kernel.limits.rates import NO_LIMIT, Rate

__all__ = ["NO_LIMIT", "Rate"]
