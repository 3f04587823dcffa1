"""An OpenID Connect provider on loopback: discovery, authorization code with PKCE, signed ID tokens, user information.

It refuses what the specification lets it refuse: a code that is used twice, another client, redirect or verifier.
Source: https://openid.net/specs/openid-connect-core-1_0.html.
"""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.support.loopback import Answered, Asked, as_json, served

CLIENT_ID, CLIENT_SECRET = "trainyard", "secret of the client"
KEY_ID = "key-1"
LIFETIME_SECONDS = 300

Claims = dict[str, Any]


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@dataclass
class OpenIdProvider:
    """``claims`` are said of whoever logs in, ``changes`` what ID tokens say otherwise, signed with ``signing_key``."""

    address: str
    claims: Claims
    changes: Claims = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    signing_key: rsa.RSAPrivateKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def log_in(self, authorization_url: str) -> str:
        """A person logs in where the platform sent them; the URL that they are sent back to."""
        address, asked = urlsplit(authorization_url), dict(parse_qsl(urlsplit(authorization_url).query))
        assert f"{address.scheme}://{address.netloc}{address.path}" == f"{self.address}/authorize"
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = f"code_{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def id_token(self) -> str:
        now = int(time.time())
        about = {"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + LIFETIME_SECONDS}
        signed = {**about, **self.claims, **self.changes}
        return jwt.encode(signed, self.signing_key or self.key, algorithm="RS256", headers={"kid": KEY_ID})

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """Status and JSON body of the answer to a request."""
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [public | {"kid": KEY_ID, "alg": "RS256", "use": "sig"}]}
        if path == "/token":
            return self._token(form, authorization)
        if path == "/userinfo" and authorization == f"Bearer {CLIENT_ID}":
            return 200, self.claims
        return 401, {"error": "invalid_token"}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or authorization != f"Basic {client}" or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": CLIENT_ID, "token_type": "Bearer", "id_token": self.id_token()}


@contextmanager
def openid_provider(claims: Claims) -> Iterator[OpenIdProvider]:
    made: list[OpenIdProvider] = []

    def answer(asked: Asked) -> Answered:
        form = dict(parse_qsl(asked.body.decode()))
        return as_json(*made[0].answer(urlsplit(asked.target).path, form, asked.headers.get("authorization", "")))

    with served(answer) as address:
        made.append(OpenIdProvider(address, claims))
        yield made[0]
