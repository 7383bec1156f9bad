"""System checks: a configuration that cannot work is named in a sentence."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from amara_api.outbound import Allowance
from amara_api.versions import LADDER

# Every variable that the settings read, and what the server's own tools set.
KNOWN_PREFIX = "AMARA_"
KNOWN = {
    "AMARA_API_DATE",
    "AMARA_BASE_URL",
    "AMARA_BEHIND_PROXY",
    "AMARA_CALLBACK_RETRIES",
    "AMARA_CALLBACK_SECONDS",
    "AMARA_DATA_DIR",
    "AMARA_DELIVER",
    "AMARA_FAST_PASSWORDS",
    "AMARA_FETCH_METADATA",
    "AMARA_HTTPS",
    "AMARA_KEY_PEPPER",
    "AMARA_MAX_BODY_BYTES",
    "AMARA_MAX_SUBTITLE_BYTES",
    "AMARA_MAX_SUBTITLE_DEPTH",
    "AMARA_OUTBOUND_ALLOW",
    "AMARA_PASSWORD_VALIDATORS",
}


@register()
def api_date(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.AMARA_API_DATE in LADDER.dates:
        return []
    dialects = ", ".join(str(date) for date in LADDER.dates)
    return [
        Error(
            f"AMARA_API_DATE is {settings.AMARA_API_DATE}, which is no dialect of the API.",
            hint=f"Use one of {dialects}.",
            id="amara_api.E001",
        )
    ]


@register()
def outbound_allow(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"AMARA_OUTBOUND_ALLOW has {entry!r}, which is neither a network nor host:port.",
            hint="Use entries like 10.0.0.0/8 or hooks.intranet:8080, separated by commas.",
            id="amara_api.E002",
        )
        for entry in Allowance.of(settings.AMARA_OUTBOUND_ALLOW).nonsense
    ]


@register()
def secret_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY != settings.NO_SECRET:
        return []
    return [
        Warning(
            "There is no secret yet, so sessions and API keys would not outlive it.",
            hint="Run `manage.py setup`, which makes one, or set SECRET_KEY.",
            id="amara_api.W001",
        )
    ]


@register()
def misspelt(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    unknown = sorted(
        name for name in os.environ if name.startswith(KNOWN_PREFIX) and name not in KNOWN
    )
    return [
        Warning(
            f"{name} is set, but no such setting exists.",
            hint="See docs/configuration.md.",
            id="amara_api.W002",
        )
        for name in unknown
    ]
