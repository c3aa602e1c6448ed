"""Holds the vectors of `authenticate` against what `docs/authenticate.md` says, with nothing but a
library for certificates: what a backend in another language does. Usage: FILE.json"""

import base64
import datetime
import hashlib
import json
import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

HASHES = {"ES256": hashes.SHA256(), "ES384": hashes.SHA384(), "RS256": hashes.SHA256()}
CURVES = {"ES256": "secp256r1", "ES384": "secp384r1"}


def verify(case, trust, time):
    """The verdict: whoever makes no difference between invalid and unknown refuses both."""
    try:
        token = json.loads(case["token"])
        version = token["format"].removeprefix("web-eid:1")
        assert version == "" or (version[0] == "." and version[1:].isdigit())
        certificate = x509.load_der_x509_certificate(base64.b64decode(token["unverifiedCertificate"]))
        signed(token, certificate, case["origin"], case["nonce"])
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature
        assert certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc
        (anchor,) = (x509.load_pem_x509_certificate(pem.encode()) for pem in trust["anchors"])
        certificate.verify_directly_issued_by(anchor)
        (revoked,) = (x509.load_pem_x509_crl(pem.encode()) for pem in trust["crls"])
        assert revoked.is_signature_valid(anchor.public_key())
        assert revoked.last_update_utc <= time <= revoked.next_update_utc
        assert revoked.get_revoked_certificate_by_serial_number(certificate.serial_number) is None
        return True
    except (AssertionError, InvalidSignature, KeyError, TypeError, ValueError):
        return False


def signed(token, certificate, origin, nonce):
    """Raises unless the certificate's key signed origin and nonce."""
    algorithm, key = token["algorithm"], certificate.public_key()
    digest = hashlib.new(HASHES[algorithm].name)
    parts = []
    for text in (origin, nonce):
        part = digest.copy()
        part.update(text.encode())
        parts.append(part.digest())
    message, signature = b"".join(parts), base64.b64decode(token["signature"])
    if algorithm == "RS256":
        assert isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048
        key.verify(signature, message, padding.PKCS1v15(), HASHES[algorithm])
        return
    assert isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == CURVES[algorithm]
    half = len(signature) // 2
    assert len(signature) == len(message)
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    der = utils.encode_dss_signature(r, s)
    key.verify(der, message, ec.ECDSA(HASHES[algorithm]))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        vectors = json.load(file)
    for case in vectors["cases"]:
        trust = {**vectors["trust"], **case.get("trust", {})}
        time = datetime.datetime.fromisoformat(case.get("time", vectors["time"]))
        expected = case["expect"]["verdict"] == "valid"
        # A server knows its own origin and nonce, so that these can't be out of shape.
        if verify(case, trust, time) is not expected:
            sys.exit(f"{case['name']}: {not expected}")
    print(len(vectors["cases"]))


main()
