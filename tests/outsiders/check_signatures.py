"""Holds `docs/vectors/signatures.json` against programs of others: signatures by OpenSSL, cryptography,
signxml and pyHanko, certificates by OpenSSL. Prints what they found of each case.

Usage: check_signatures.py < signatures.json
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidSignature as InvalidXmlSignature

DS = "{http://www.w3.org/2000/09/xmldsig#}"
# What OpenSSL says where a list is missing or out of date or the certificate has expired since, and where it
# is on a list.
UNKNOWN = {3, 10, 12}
REVOKED = {23}


def main() -> None:
    vectors = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        for case in vectors["cases"]:
            print(case["name"], verdict(vectors, case, Path(folder)))


def verdict(vectors: dict, case: dict, folder: Path) -> str:
    document = octets(case.get("document"))
    if "file" not in case:
        certificate = x509.load_pem_x509_certificate(case["certificate"].encode())
        holds = ecdsa(certificate, octets(case["signature"]), document)
    else:
        certificate, holds = signed(octets(case["file"]), document, folder)
    if certificate is None or not holds:
        return "invalid"
    return path(vectors, case, certificate, folder)


def signed(file: bytes, document: bytes | None, folder: Path):
    """Who signed, and whether the signature holds over what is signed."""
    if file.startswith(b"%PDF"):
        return pdf(file)
    if file.startswith(b"\x30"):
        return cms(file, document, folder)
    if file.startswith(b"<"):
        return xml(file, document)
    if file.count(b".") == 2 and file.startswith(b"ey"):
        return jws(file)
    return None, False


def cms(file: bytes, document: bytes | None, folder: Path):
    (folder / "signed").write_bytes(file)
    command = ["openssl", "cms", "-verify", "-binary", "-noverify", "-inform", "DER"]
    command += ["-in", "signed", "-out", "content", "-signer", "signer"]
    if document is not None:
        (folder / "document").write_bytes(document)
        command += ["-content", "document"]
    if subprocess.run(command, cwd=folder, capture_output=True).returncode != 0:
        return None, False
    return x509.load_pem_x509_certificate((folder / "signer").read_bytes()), True


def jws(file: bytes):
    header, payload, signature = file.split(b".")
    chain = json.loads(of_url(header))["x5c"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0]))
    return certificate, ecdsa(certificate, of_url(signature), header + b"." + payload)


def xml(file: bytes, document: bytes | None):
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(file, parser)
    signature = next(root.iter(f"{DS}Signature"))
    text = "".join(next(signature.iter(f"{DS}X509Certificate")).itertext())
    certificate = x509.load_der_x509_certificate(base64.b64decode(text))
    if "urn:hl7-org:v3" in {etree.QName(element).namespace for element in root.iter("*")}:
        return certificate, prescription(signature, certificate)
    references = len(signature.find(f"{DS}SignedInfo").findall(f"{DS}Reference"))
    try:
        XMLVerifier().verify(
            file,
            x509_cert=certificate.public_bytes(Encoding.PEM).decode(),
            uri_resolver=lambda uri: document,
            expect_config=SignatureConfiguration(expect_references=references),
        )
    except (InvalidDigest, InvalidXmlSignature):
        return certificate, False
    return certificate, True


def prescription(signature, certificate) -> bool:
    """The signature's own part; what it stands for is made from the prescription by rules of its own."""
    info = signature.find(f"{DS}SignedInfo")
    method = info.find(f"{DS}CanonicalizationMethod").get("Algorithm")
    message = etree.tostring(info, method="c14n", exclusive="exc-c14n" in method)
    value = base64.b64decode("".join(signature.find(f"{DS}SignatureValue").itertext()))
    try:
        certificate.public_key().verify(value, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def pdf(file: bytes):
    reader = PdfFileReader(BytesIO(file), strict=True)
    certificate, holds = None, True
    for signature in reader.embedded_signatures:
        # Whom to trust is asked of OpenSSL.
        trust = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
        status = validate_pdf_signature(signature, signer_validation_context=trust)
        holds = holds and status.intact and status.valid
        certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
    return certificate, holds


def ecdsa(certificate, signature: bytes, message: bytes) -> bool:
    half = len(signature) // 2
    r, s = (int.from_bytes(part) for part in (signature[:half], signature[half:]))
    try:
        certificate.public_key().verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def path(vectors: dict, case: dict, certificate, folder: Path) -> str:
    trust = {**vectors["trust"], **case.get("trust", {})}
    (folder / "trust.pem").write_text("".join(trust["anchors"] + trust["crls"]))
    (folder / "signer.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    moment = case.get("time", vectors["time"])
    # The certificate has to have been valid when it signed, and what is known of it has to be current.
    policies = [word for policy in case.get("requiredPolicies", []) for word in ("-policy", policy)]
    checked = ["-policy_check", "-explicit_policy", *policies] if policies else []
    at_signing = openssl_verify(folder, case["report"]["claimedTime"] or moment, checked)
    now = openssl_verify(folder, moment, ["-crl_check"])
    if at_signing or now & REVOKED:
        return "invalid"
    return "indeterminate" if now & UNKNOWN else "valid"


def openssl_verify(folder: Path, time: str, options: list[str]) -> set[int]:
    """The numbers of the errors that it finds."""
    command = ["openssl", "verify", "-attime", str(int(datetime.fromisoformat(time).timestamp()))]
    command += ["-no-CApath", "-no-CAstore", "-CAfile", "trust.pem", *options, "signer.pem"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    errors = {int(number) for number in re.findall(r"^error (\d+) at", found.stderr, re.MULTILINE)}
    if bool(errors) == (found.returncode == 0):
        raise SystemExit(f"openssl: {found.stderr}")
    return errors


def octets(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def of_url(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


main()
