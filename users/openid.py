"""OpenID Connect: a provider that the operator names says who somebody is.

The authorization code flow with PKCE (RFC 7636), a state, a nonce, and an id token whose signature
is checked. What the provider answers is bounded, and asked for by `amara_api.kernel.outbound`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import orjson
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from amara_api.kernel.outbound import PROVIDERS, OutboundError, fetch, place_for

if TYPE_CHECKING:
    from amara_api.kernel.shapes import Data

# By a key pair of the provider's. One that both sides know would be the client's secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LIFETIME = 600  # seconds from the press to the way back
_MOST = 512 * 1024
_SECONDS = 8.0
_REMEMBERED = 3600
_CLOCKS = 60  # seconds by which clocks may differ
_LONGEST = 255

# What providers said of themselves: by address, with when it was.
_known: dict[str, tuple[float, dict[str, Data]]] = {}


class ProviderError(Exception):
    """Why nobody could be logged in, as an operator reads it. Tells no secret."""


class Claims(NamedTuple):
    """What the provider says of a person. ``confirmed`` is of the address."""

    issuer: str
    subject: str
    email: str = ""
    confirmed: bool = False
    username: str = ""
    name: str = ""


def is_offered() -> bool:
    return bool(settings.AMARA_OIDC_ISSUER and settings.AMARA_OIDC_CLIENT_ID)


def start(back: str) -> tuple[str, dict[str, str]]:
    """Where to send somebody, and what their session keeps until they come ``back``.

    Raises `ProviderError`, and `Busy`.
    """
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce")}
    kept["verifier"] = secrets.token_urlsafe(64)
    kept["since"] = str(int(timezone.now().timestamp()))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest())
    asked = {
        "response_type": "code",
        "client_id": settings.AMARA_OIDC_CLIENT_ID,
        "redirect_uri": back,
        "scope": "openid email profile",
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    address = _endpoint("authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", kept


def finish(answer: Mapping[str, str], kept: Mapping[str, str], back: str) -> Claims:
    """Who came back with this ``answer``. ``kept`` is good once: the caller has dropped it.

    Raises `ProviderError`, and `Busy`.
    """
    state = answer.get("state", "")
    if not kept or not state or not constant_time_compare(state, kept["state"]):
        raise ProviderError("the answer is to no question of this browser")
    if timezone.now().timestamp() - int(kept["since"]) > LIFETIME:
        raise ProviderError("the answer came too late")
    # RFC 9207: an answer of another provider is not taken for this one's.
    if answer.get("iss", settings.AMARA_OIDC_ISSUER) != settings.AMARA_OIDC_ISSUER:
        raise ProviderError("the answer is another provider's")
    if "error" in answer or not answer.get("code"):
        raise ProviderError(f"it answers {answer.get('error', 'without a code')[:60]!r}")
    tokens = _tokens(answer["code"], kept["verifier"], back)
    told = _checked(str(tokens.get("id_token", "")), kept["nonce"])
    if not told.get("email"):
        told = {**_more(tokens, str(told["sub"])), **told}
    return _claims(told)


def _claims(told: Mapping[str, Data]) -> Claims:
    def text(name: str) -> str:
        value = told.get(name)
        return value[:_LONGEST] if isinstance(value, str) and "\x00" not in value else ""

    subject = told["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST or "\x00" in subject:
        raise ProviderError("its id token names nobody")
    # Some say it as a text.
    confirmed = told.get("email_verified") in (True, "true")
    names = (text("preferred_username"), text("name"))
    return Claims(settings.AMARA_OIDC_ISSUER, subject, text("email"), confirmed, *names)


# --- what is asked of the provider ---------------------------------------------------------------


def _tokens(code: str, verifier: str, back: str) -> dict[str, Data]:
    client, secret = settings.AMARA_OIDC_CLIENT_ID, settings.AMARA_OIDC_CLIENT_SECRET
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    auth = None
    ways = _metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if secret and "client_secret_basic" in ways:
        # RFC 6749, 2.3.1: each is written as in a form first.
        auth = (quote(client, safe=""), quote(secret, safe=""))
    else:
        form |= {"client_id": client, **({"client_secret": secret} if secret else {})}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    address = _endpoint("token_endpoint")
    return _ask("POST", address, body=urlencode(form).encode(), headers=headers, auth=auth)


def _more(tokens: Mapping[str, Data], subject: str) -> dict[str, Data]:
    """What the provider says beside the token, of the same person."""
    if "userinfo_endpoint" not in _metadata() or not isinstance(tokens.get("access_token"), str):
        return {}
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = _ask("GET", _endpoint("userinfo_endpoint"), headers=headers)
    return told if told.get("sub") == subject else {}


def _checked(token: str, nonce: str) -> dict[str, Data]:
    """The claims of an id token, by OpenID Connect Core, 3.1.3.7."""
    # Loaded by the first login that needs it.
    import jwt

    client = settings.AMARA_OIDC_CLIENT_ID
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise ProviderError("its id token is signed in a way that is not taken")
        told: dict[str, Data] = jwt.decode(
            token,
            key=_key(header),
            algorithms=[header["alg"]],
            audience=client,
            issuer=settings.AMARA_OIDC_ISSUER,
            leeway=_CLOCKS,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.PyJWTError as error:
        raise ProviderError(f"its id token is not good: {type(error).__name__}") from error
    if not constant_time_compare(str(told.get("nonce", "")), nonce):
        raise ProviderError("its id token was made for another login")
    if told.get("azp", client) != client:
        raise ProviderError("its id token was made for another client")
    return told


def _key(header: Mapping[str, Data]) -> Data:
    import jwt

    address = _endpoint("jwks_uri")
    # Providers change their keys: one that is not known yet is worth another look.
    for fresh in (False, True):
        keys = jwt.PyJWKSet.from_dict(_said(address, fresh=fresh)).keys
        named = [key for key in keys if header.get("kid") in (None, key.key_id)]
        fit = [key for key in named if key.public_key_use in (None, "sig")]
        if len(fit) == 1:
            return fit[0]
    raise ProviderError("its id token is signed by no key of its own")


def _metadata() -> dict[str, Data]:
    issuer = settings.AMARA_OIDC_ISSUER
    told = _said(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise ProviderError(f"it calls itself {str(told.get('issuer'))[:_LONGEST]!r}")
    return told


def _endpoint(name: str) -> str:
    address = _metadata().get(name)
    secure = ("https",) if settings.AMARA_OIDC_ISSUER.startswith("https:") else ("https", "http")
    if not isinstance(address, str) or urlsplit(address).scheme not in secure:
        raise ProviderError(f"it names no {name} that can be used")
    return address


def _said(address: str, *, fresh: bool = False) -> dict[str, Data]:
    now = time.monotonic()
    since, told = _known.get(address, (-float(_REMEMBERED), {}))
    if fresh or now - since > _REMEMBERED:
        told = _ask("GET", address)
        _known[address] = (now, told)
    return told


def forget() -> None:
    """What the process remembers, for tests."""
    _known.clear()


def _ask(
    method: str,
    address: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> dict[str, Data]:
    what = urlsplit(address).path
    try:
        with place_for(PROVIDERS, address):
            reply = fetch(
                method,
                address,
                body=body,
                headers={"Accept": "application/json", **(headers or {})},
                auth=auth,
                max_bytes=_MOST,
                seconds=_SECONDS,
            )
        told = orjson.loads(reply.body)
    except OutboundError as error:
        raise ProviderError(f"{what} cannot be asked: {error}") from error
    except orjson.JSONDecodeError as error:
        raise ProviderError(f"{what} answers {reply.status}, without JSON") from error
    if reply.status != 200 or not isinstance(told, dict):
        raise ProviderError(f"{what} answers {reply.status}")
    return told
