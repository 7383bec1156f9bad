"""Makes the identifiers that leave the server: unguessable, and of the shapes clients check."""

import secrets
import string
from base64 import b64encode

USER_ID_PREFIX = "id$"
"""Marks a user id where a username could stand: "API Changes December 2016", User Data Changes."""

_ALPHANUMERIC = string.ascii_letters + string.digits


def new_video_id() -> str:
    """12 letters and digits, such as `jVx79ZKGK1ky`; clients refuse any other shape."""
    return _random_text(12)


def new_user_id() -> str:
    """43 characters of url-safe base64 (letters, digits, `-`, `_`): 256 random bits, unpadded."""
    return secrets.token_urlsafe(32)


def new_key() -> str:
    """40 lower-case hexadecimal digits, the shape of an API key; clients refuse any other."""
    return secrets.token_hex(20)


def new_job_id() -> str:
    """12 letters and digits that name a subtitle request.

    The documentation prints no example of one, so it is shaped like a video id.
    """
    return _random_text(12)


def new_secret() -> str:
    """What the events of a callback are signed with, as Standard Webhooks spells it: `whsec_` and
    the base64 of 32 random bytes."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))
