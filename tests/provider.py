"""A small OpenID Connect provider on loopback: discovery, keys, PKCE, real RS256 tokens.

It is as strict as the standard lets it be, so that what is left out is noticed. ``person`` is who
sits at its login; ``spoil`` may make a bad token of the claims and the key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "films:on/line", "s3cret+with signs"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Spoil = Callable[[dict[str, Any]], str]


class Provider(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}/realms/films"
        self.person: dict[str, Any] = {"sub": "p-1", "email": "ana@example.com"}
        self.spoil: Spoil | None = None
        self.kid = "now"
        self.asked: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.slim = False  # says nothing but who it is in the id token

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key()))
        return {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def agree(self, query: str) -> str:
        """What the person's press on the provider's page does: where the browser goes."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        more = {} if self.slim else self.person
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **more,
            "sub": self.person["sub"],
        }
        return self.spoil(claims) if self.spoil else self.signed(claims)

    def signed(self, claims: dict[str, Any], key: Any = _KEY, **header: Any) -> str:
        return jwt.encode(claims, key, "RS256", headers={"kid": self.kid, **header})


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts, provider = urlsplit(self.path), self.server
        what = parts.path.removeprefix("/realms/films")
        if what == "/.well-known/openid-configuration":
            return self._json(provider.metadata())
        if what == "/keys":
            return self._json(provider.keys())
        if what == "/authorize":
            agree = f'<a href="agree?{parts.query.replace("&", "&amp;")}">I agree</a>'
            page = f"<!doctype html><link rel=icon href=data:,><title>Provider</title>{agree}"
            return self._send(200, page.encode(), "text/html")
        if what == "/agree":
            self.send_response(302)
            self.send_header("Location", provider.agree(parts.query))
            return self.end_headers()
        if what == "/userinfo":
            token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
            told = provider.tokens.get(token)
            return self._json(told) if told else self._json({"error": "invalid_token"}, 401)
        return self._json({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        told = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        client, _, secret = told.partition(":")
        asked = self.server.asked.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (unquote(client), unquote(secret)) != (CLIENT, SECRET):
            return self._json({"error": "invalid_client"}, 401)
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return self._json({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        self.server.tokens[access] = self.server.person
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        return self._json({**answer, "id_token": self.server.token(asked)})

    def _json(self, told: Any, status: int = 200) -> None:
        self._send(status, json.dumps(told).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running(settings: Any) -> Iterator[Provider]:
    """The provider, and a server that is set up to log people in by it."""
    from users import openid

    provider = Provider()
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    settings.AMARA_OIDC_ISSUER = provider.issuer
    settings.AMARA_OIDC_CLIENT_ID, settings.AMARA_OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.AMARA_OIDC_NAME = "Films House"
    settings.AMARA_OUTBOUND_ALLOW = [f"127.0.0.1:{provider.server_port}"]
    openid.forget()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()
        openid.forget()
