"""A software authenticator: makes a passkey and signs with it, as a phone or security key would (WebAuthn level 3)."""

import hashlib
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

AAGUID = bytes(16)
FLAG = AuthenticatorData.FLAG


class Passkey:
    """One credential of one person at the site ``origin``; whoever holds it has shown a finger or a PIN."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(32)
        self._user_handle = b""
        self._signatures = 0

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to ``publicKey`` of a site that wants a passkey made."""
        self._user_handle = websafe_decode(options["user"]["id"])
        public = ES256.from_cryptography_key(self._private.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(AAGUID, self._id, public)
        about = AuthenticatorData.create(_hash(options["rp"]["id"]), FLAG.UP | FLAG.UV | FLAG.AT, 0, credential)
        client = self._client_data("webauthn.create", options)
        attestation = AttestationObject.create("none", about, {})
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to ``publicKey`` of a site that wants to know whether it is still the same person."""
        self._signatures += 1
        about = AuthenticatorData.create(_hash(options["rpId"]), FLAG.UP | FLAG.UV, self._signatures)
        client = self._client_data("webauthn.get", options)
        signature = self._private.sign(about + client.hash, ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=client, authenticatorData=about, signature=signature, userHandle=self._user_handle
        )

    def _client_data(self, kind: str, options: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(options["challenge"]), self._origin)

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        name = websafe_encode(self._id)
        response = {part: websafe_encode(bytes(content)) for part, content in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _hash(rp_id: str) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest()
