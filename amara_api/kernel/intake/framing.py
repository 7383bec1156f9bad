"""What a request's headers say of its body: whether there is one, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rest_framework.exceptions import APIException, ParseError

from amara_api.kernel.intake import limits
from amara_api.kernel.intake.body import BodyTooLarge, UnknownFraming, claimed_length

# Where an environment says why `gate` must refuse: an APIException.
REFUSED = "amara.refused"
# Methods whose requests have a body only if their headers say so, in HTTP/2 too.
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Framing:
    """``length`` is None where only the server can tell the end. ``refusal`` says why the body is
    not taken; ``waits``, that the client sends nothing until it is asked to."""

    length: int | None
    limit: int = 0
    waits: bool = False
    refusal: APIException | None = None

    @classmethod
    def of(cls, environ: Mapping[str, object]) -> Framing:
        refusal: APIException | None = None
        try:
            length = _length(environ)
        except ParseError as error:
            length, refusal = None, error
        if length == 0:
            return _NONE
        path, kind = str(environ.get("PATH_INFO", "")), str(environ.get("CONTENT_TYPE", ""))
        limit = limits.body_limit(path, kind)
        if length is not None and length > limit:
            refusal = BodyTooLarge()
        waits = str(environ.get("HTTP_EXPECT", "")).lower() == "100-continue"
        return cls(length, limit, waits, refusal)

    @property
    def has_body(self) -> bool:
        return self.length != 0

    @property
    def unwanted(self) -> bool:
        """Not even read and forgotten: the client waits to be asked, or would send for too long."""
        return self.refusal is not None and (
            self.waits or (self.length or 0) > limits.max_patience()
        )


_NONE = Framing(0)


def _length(environ: Mapping[str, object]) -> int | None:
    stated, sent = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if sent is not None:
        # Both are how one request is made to look like two.
        if stated or str(sent).strip().lower() != "chunked":
            raise UnknownFraming
        return None
    if stated:
        return claimed_length(stated)
    # HTTP/2 has frames: a body needs neither length nor encoding.
    newer = str(environ.get("SERVER_PROTOCOL", "")).startswith(("HTTP/2", "HTTP/3"))
    return None if newer and environ.get("REQUEST_METHOD") not in _BODILESS else 0
