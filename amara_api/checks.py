"""System checks: a configuration that cannot work is named in a sentence."""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.http.request import validate_host

from amara_api import installation
from amara_api.kernel import site
from amara_api.kernel.outbound import Allowance, refusal_of
from amara_api.kernel.versions import LADDER, name_of

Apps = Sequence[AppConfig] | None
# Every variable that the settings read, and what the server's own tools set.
KNOWN_PREFIX = "AMARA_"
KNOWN = {
    "AMARA_API_DATE",
    "AMARA_BASE_URL",
    "AMARA_BEHIND_PROXY",
    "AMARA_BODY_SECONDS",
    "AMARA_CALLBACK_RETRIES",
    "AMARA_CALLBACK_SECONDS",
    "AMARA_DATABASE_REPLICA_URLS",
    "AMARA_DATA_DIR",
    "AMARA_DEBUG_FOR_ALL",
    "AMARA_DELIVER",
    "AMARA_EMBED_ANCESTORS",
    "AMARA_FAST_PASSWORDS",
    "AMARA_FETCHES",
    "AMARA_FETCHES_BY_ACCOUNT",
    "AMARA_FETCH_METADATA",
    "AMARA_FIGURES",
    "AMARA_HTTPS",
    "AMARA_KEEP_NOTIFICATIONS",
    "AMARA_KEY_PEPPER",
    "AMARA_LOG_FORMAT",
    "AMARA_MAX_BODY_BYTES",
    "AMARA_MAX_CUES",
    "AMARA_MAX_FORM_BYTES",
    "AMARA_MAX_KEYS",
    "AMARA_MAX_SUBTITLE_BYTES",
    "AMARA_MAX_SUBTITLE_DEPTH",
    "AMARA_METRICS_FROM",
    "AMARA_METRICS_TOKEN",
    "AMARA_OIDC_CLIENT_ID",
    "AMARA_OIDC_CLIENT_SECRET",
    "AMARA_OIDC_ISSUER",
    "AMARA_OIDC_NAME",
    "AMARA_OIDC_SIGN_UP",
    "AMARA_OUTBOUND_ALLOW",
    "AMARA_PARTNERS_DATE",
    "AMARA_PASSWORD_VALIDATORS",
    "AMARA_PROXY_COUNT",
    "AMARA_SIGN_UP",
    *settings.LIMIT_VARIABLES.values(),
}
# What `setup` makes has 384 bits. In letters and digits, 160 bits take 27.
_LONG_ENOUGH, _VARIED_ENOUGH = 32, 8
# From here clouds hand out credentials to whatever runs on a machine.
_METADATA = ip_address("169.254.169.254")


@register(installation.CHECKS)
def dialects(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """The form of the API that each prefix speaks has to be one that there is."""
    return [
        Error(
            # The settings hold 0 for what is none.
            f"{name} is {os.environ.get(name) or chosen}, which is no dialect of the API.",
            hint=f"Use one of {', '.join(name_of(dialect) for dialect in possible)}.",
            id=f"amara_api.{number}",
        )
        for name, chosen, possible, number in (
            ("AMARA_API_DATE", settings.AMARA_API_DATE, LADDER.dates, "E001"),
            ("AMARA_PARTNERS_DATE", settings.AMARA_PARTNERS_DATE, LADDER.dialects, "E003"),
        )
        if chosen not in possible
    ]


@register(installation.CHECKS)
def outbound_allow(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    return [
        Error(
            f"AMARA_OUTBOUND_ALLOW has {entry!r}, which is neither a network nor host:port.",
            hint="Use entries like 10.0.0.0/8 or hooks.intranet:8080, separated by commas.",
            id="amara_api.E002",
        )
        for entry in Allowance.of(settings.AMARA_OUTBOUND_ALLOW).nonsense
    ]


@register(installation.CHECKS)
def base_url(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """The address in mails, callbacks and login links has to lead people to this server."""
    address = site.address()
    which = (
        "AMARA_BASE_URL is" if settings.AMARA_BASE_URL else "AMARA_BASE_URL is not set, so it is"
    )
    said = f"{which} {address}"
    host = site.host_of(address)
    if host is None:
        return [
            Error(
                f"{said}, which is no absolute http or https address.",
                hint="Use one like https://subtitles.example.org.",
                id="amara_api.E004",
            )
        ]
    others = _reached_by_others()
    faults = [
        (_has_more(address), "but the server answers at the root of a host only.", "W003"),
        (
            not validate_host(_bracketed(host), settings.ALLOWED_HOSTS),
            f"but ALLOWED_HOSTS does not have {host}, so requests to it answer 400.",
            "W004",
        ),
        (
            settings.AMARA_HTTPS and address.lower().startswith("http:"),
            "but AMARA_HTTPS says that people come by HTTPS.",
            "W005",
        ),
        (
            site.is_loopback(host) and bool(others),
            f"which leads others to their own machine, but {others}.",
            "W006",
        ),
    ]
    hint = "Set it to the address that people use; mails, callbacks and login links begin with it."
    return [
        Warning(f"{said}, {fault}", hint=hint, id=f"amara_api.{number}")
        for is_so, fault, number in faults
        if is_so
    ]


def _has_more(address: str) -> bool:
    """Than scheme, host and port: a path, a query, a fragment, a name with a password."""
    parts = urlsplit(address)
    return bool(parts.path or parts.query or parts.fragment) or "@" in parts.netloc


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _reached_by_others() -> str:
    """Why it seems that people come from other machines; empty if it does not."""
    if settings.AMARA_BEHIND_PROXY:
        return "AMARA_BEHIND_PROXY says that people come through a proxy"
    if settings.AMARA_HTTPS and not settings.AMARA_BASE_URL:
        return "AMARA_HTTPS says that people come by HTTPS, which is another server's to speak"
    host = settings.HOST or site.noted().host
    return "" if _stays_here(host) else f"the server listens on {host}"


def _stays_here(host: str) -> bool:
    return site.is_loopback(host) and not site.is_everywhere(host)


@register()
def secret_key(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    if settings.SECRET_KEY != settings.NO_SECRET:
        return []
    return [
        Warning(
            "There is no secret yet, so sessions and API keys would not outlive it.",
            hint="Run `manage.py setup`, which makes one, or set SECRET_KEY.",
            id="amara_api.W001",
        )
    ]


@register(installation.CHECKS)
def misspelt(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    unknown = sorted(
        name for name in os.environ if name.startswith(KNOWN_PREFIX) and name not in KNOWN
    )
    return [
        Warning(
            f"{name} is set, but no such setting exists.",
            hint=f"{_meant(name)}See docs/configuration.md.",
            id="amara_api.W002",
        )
        for name in unknown
    ]


def _meant(name: str) -> str:
    others = KNOWN | {"AMARA_DEBUG", "AMARA_PORT", "AMARA_HOST", "AMARA_SECRET_KEY"}
    found = get_close_matches(name, sorted(others), n=1, cutoff=0.8)
    # Some of ours have no prefix.
    meant = [each if each in KNOWN else each.removeprefix(KNOWN_PREFIX) for each in found]
    return f"Is {meant[0]} meant? " if meant else ""


@register(installation.CHECKS)
def provider(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """What an OpenID Connect provider needs; it is not asked before somebody logs in by it."""
    issuer, client = settings.AMARA_OIDC_ISSUER, settings.AMARA_OIDC_CLIENT_ID
    hint = "docs/operations.md, Single sign-on, tells what the provider gives you."
    if bool(issuer) != bool(client):
        alone, missing = "AMARA_OIDC_ISSUER", "AMARA_OIDC_CLIENT_ID"
        if not issuer:
            alone, missing = missing, alone
        said = f"{alone} is set and {missing} is not, so nobody can log in by the provider."
        return [Error(said, hint=hint, id="amara_api.E006")]
    if issuer and (why := refusal_of(issuer)):
        said = f"AMARA_OIDC_ISSUER is {issuer}, which this server may not ask: {why}"
        return [Warning(said, hint="See AMARA_OUTBOUND_ALLOW.", id="amara_api.W013")]
    host = urlsplit(issuer).hostname or ""
    if urlsplit(issuer).scheme == "http" and not site.is_loopback(host):
        said = f"AMARA_OIDC_ISSUER is {issuer}: without HTTPS, others can log in as anybody."
        return [Warning(said, hint="Use its https address.", id="amara_api.W014")]
    return []


# --- what is not safe ----------------------------------------------------------------------------


@register(installation.CHECKS)
def debug(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    others = _reached_by_others()
    if others and not settings.AMARA_DEBUG_FOR_ALL:
        return [
            Error(
                f"DEBUG is on, and {others}: errors would show the server's inside to everybody.",
                hint="Set DEBUG=off, or AMARA_DEBUG_FOR_ALL=on if that is what you want.",
                id="amara_api.E005",
            )
        ]
    return [
        Warning(
            "DEBUG is on, so errors show the server's inside to everybody.", id="amara_api.W007"
        )
    ]


@register(installation.CHECKS)
def any_host(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning(
            "ALLOWED_HOSTS has *, so whoever sends a request chooses the host in the answer's "
            "links.",
            hint="Name the hosts that people use.",
            id="amara_api.W008",
        )
    ]


@register(installation.CHECKS)
def https_by_nobody(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    if not settings.AMARA_HTTPS or settings.AMARA_BEHIND_PROXY or settings.CSRF_TRUSTED_ORIGINS:
        return []
    return [
        Warning(
            "AMARA_HTTPS is on and AMARA_BEHIND_PROXY is off: this server speaks no HTTPS itself, "
            "so nobody can log in, and to its limits all people are one address.",
            hint="Put a proxy that speaks HTTPS in front, and set AMARA_BEHIND_PROXY=on.",
            id="amara_api.W012",
        )
    ]


@register(installation.CHECKS)
def short_secrets(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    named = {"SECRET_KEY": settings.SECRET_KEY}
    if settings.AMARA_KEY_PEPPER != settings.SECRET_KEY:
        named["AMARA_KEY_PEPPER"] = settings.AMARA_KEY_PEPPER
    return [
        Warning(
            f"{name} can be guessed: it is short, or has few different signs.",
            hint="Use 50 random letters and digits, such as `manage.py setup` makes.",
            id="amara_api.W009",
        )
        for name, secret in named.items()
        if secret != settings.NO_SECRET
        and (len(secret) < _LONG_ENOUGH or len(set(secret)) < _VARIED_ENOUGH)
    ]


@register(installation.CHECKS)
def fast_passwords(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    if not settings.AMARA_FAST_PASSWORDS:
        return []
    return [
        Warning(
            "AMARA_FAST_PASSWORDS is on, so passwords are easily found from their hashes.",
            hint="It is for tests only.",
            id="amara_api.W010",
        )
    ]


@register(installation.CHECKS)
def wide_open(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    return [
        Warning(
            f"AMARA_OUTBOUND_ALLOW has {entry}, which has {_METADATA}: there clouds hand out "
            "credentials, and every account could read them.",
            hint="Name what is needed only.",
            id="amara_api.W011",
        )
        for entry in settings.AMARA_OUTBOUND_ALLOW
        if _has_metadata(entry)
    ]


def _has_metadata(entry: str) -> bool:
    try:
        return _METADATA in ip_network(entry, strict=False)
    except ValueError:
        return entry.partition(":")[0] == str(_METADATA)
