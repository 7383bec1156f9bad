"""`Idempotency-Key`: a POST that may be sent again, and is done once.

The IETF's draft "The Idempotency-Key HTTP Header Field". The answer is kept in the transaction of
what it tells of, so that there is never one without the other. It is kept for a day, for the
account, encrypted with a key that the caller's own key is needed for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from rest_framework.exceptions import APIException, ParseError

from amara_api.kernel import replays
from amara_api.kernel.rest.dialects import dialect_of

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from amara_api.kernel.models import Replay
    from amara_api.kernel.shapes import Data

HEADER, META = "Idempotency-Key", "HTTP_IDEMPOTENCY_KEY"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
# What is told again; the rest is about one request, such as what is left of a limit.
_KEPT = ("Content-Type", "Content-Disposition", "Location", "X-API-DEPRECATED")
_NONCE = 12


class AnotherRequest(APIException):
    status_code = 422
    default_detail = f"This {HEADER} was used for another request. Take a new one."


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def again(self) -> HttpResponse:
        response = HttpResponse(self.body, status=self.status)
        if "Content-Type" not in self.headers:
            del response.headers["Content-Type"]
        for name, value in self.headers.items():
            response.headers[name] = value
        response.headers[REPLAYED] = "true"
        return response


class Repeat:
    """A request that may come again, of one account."""

    def __init__(self, request: Request, account: int, key: str) -> None:
        self._request = request
        self._fingerprint = ""
        self._row: Replay | None = None
        told = f"{account}\0{key}".encode()
        pepper = settings.AMARA_KEY_PEPPER.encode()
        self._name = hmac.digest(pepper, b"name of a replay\0" + told, "sha256").hex()
        self._secret = hmac.digest(pepper, b"secret of a replay\0" + told, "sha256")

    @classmethod
    def of(cls, request: Request) -> Repeat | None:
        """None where nobody is known, or nothing is asked. Raises `ParseError`."""
        key = request.META.get(META, "")
        account = request.user.pk
        if not key or request.method != "POST" or account is None:
            return None
        if not _KEY.fullmatch(key):
            raise ParseError(f"{HEADER} has 1 to 255 printable characters of ASCII.")
        return cls(request, account, key)

    def found(self) -> Answer | None:
        """What was answered before. Raises `AnotherRequest`."""
        row = replays.find(self._name)
        if row is None:
            return None
        if not hmac.compare_digest(row.request, self.fingerprint):
            raise AnotherRequest
        return self._opened(row)

    def begin(self) -> Answer | None:
        """Inside a transaction: claim the key. What whoever has just done so was answered."""
        self._row = replays.claim(self._name, self.fingerprint)
        return self.found() if self._row is None else None

    def keep(self, response: Response) -> None:
        """In the same transaction: the answer, rendered."""
        assert self._row is not None
        headers = {name: response[name] for name in _KEPT if name in response.headers}
        answer = Answer(response.status_code, headers, response.content)
        replays.keep(self._row, answer.status, self._sealed(answer))

    @property
    def fingerprint(self) -> str:
        """Of all that decides about the effect and the answer, and of the body as it was read:
        a form's boundary is another each time."""
        if not self._fingerprint:
            request = self._request
            renderer = request.accepted_renderer
            told = hashlib.sha256()
            # The caller's address decides about links.
            where = (request.build_absolute_uri(), str(dialect_of(request)), renderer.format)
            _feed(told, list(where))
            _feed(told, request.data)
            self._fingerprint = told.hexdigest()
        return self._fingerprint

    def _sealed(self, answer: Answer) -> bytes:
        head = json.dumps(dict(answer.headers)).encode()
        plain = zlib.compress(len(head).to_bytes(4) + head + answer.body, 1)
        nonce = secrets.token_bytes(_NONCE)
        sealed: bytes = _cipher(self._secret).encrypt(nonce, plain, self._name.encode())
        return nonce + sealed

    def _opened(self, row: Replay) -> Answer:
        kept = bytes(row.answer)
        nonce, sealed = kept[:_NONCE], kept[_NONCE:]
        plain = zlib.decompress(_cipher(self._secret).decrypt(nonce, sealed, self._name.encode()))
        end = 4 + int.from_bytes(plain[:4])
        return Answer(row.status, json.loads(plain[4:end]), plain[end:])


def _cipher(secret: bytes) -> Data:
    # Loaded by the first request that needs it.
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(secret)


def _feed(told: hashlib._Hash, value: Data) -> None:
    """Hash parsed data so that no two values are the same bytes."""
    if isinstance(value, Mapping):
        told.update(b"{%d:" % len(value))
        for key in sorted(value, key=str):
            _feed(told, str(key))
            _feed(told, value[key])
    elif isinstance(value, list | tuple):
        told.update(b"[%d:" % len(value))
        for item in value:
            _feed(told, item)
    elif isinstance(value, UploadedFile):
        told.update(b"f")
        _feed(told, [value.name, value.content_type, value.charset])
        content = hashlib.sha256()
        for chunk in value.chunks():
            content.update(chunk)
        value.seek(0)
        told.update(content.digest())
    elif isinstance(value, bytes):
        told.update(b"b%d:" % len(value) + value)
    else:
        # A text, a number, true, false or null: as Python writes them, their types differ.
        text = repr(value).encode(errors="backslashreplace")
        told.update(b"v%d:" % len(text) + text)
