"""Verifies and makes XAdES signatures by signxml.

Usage: xml_signatures.py verify ROOT.pem REFERENCES < signed.xml
       xml_signatures.py sign KEY.pem CERTIFICATE.pem ALGORITHM < document.xml
"""

import sys

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy
from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESSigner, XAdESVerifier

# Content commitment has a bit of its own, which signxml does not ask for; the certificates' policies
# are critical.
COMMITMENT = (
    ExtensionPolicy.permit_all()
    .may_be_present(x509.CertificatePolicies, Criticality.AGNOSTIC, None)
    .require_present(
        x509.KeyUsage, Criticality.AGNOSTIC, lambda policy, certificate, usage: commits(usage)
    )
)


def commits(usage: x509.KeyUsage) -> None:
    if not usage.content_commitment:
        raise ValueError("not for content commitment")


def verify(root: str, references: str) -> None:
    results = XAdESVerifier().verify(
        sys.stdin.buffer.read(),
        ca_pem_file=root,
        ee_policy=COMMITMENT,
        expect_config=XAdESSignatureConfiguration(expect_references=int(references)),
    )
    for result in results:
        print(result.signed_xml.tag if result.signed_xml is not None else "octets")


def sign(key: str, certificate: str, algorithm: str) -> None:
    signer = XAdESSigner(signature_algorithm=algorithm, digest_algorithm="sha256")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    document = etree.fromstring(sys.stdin.buffer.read(), parser)
    with open(key, "rb") as file, open(certificate, "rb") as other:
        signed = signer.sign(document, key=file.read(), cert=other.read())
    sys.stdout.buffer.write(etree.tostring(signed))


{"sign": sign, "verify": verify}[sys.argv[1]](*sys.argv[2:])
