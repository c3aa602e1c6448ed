"""Verifies a RoleAssertion response by signxml, and prints what the signature covers.

Usage: verify_assertion.py CERTIFICATE.pem < response.xml
"""

import sys

from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from signxml.algorithms import DigestAlgorithm, SignatureMethod

SAML = "{urn:oasis:names:tc:SAML:1.0:assertion}"


def main() -> None:
    with open(sys.argv[1], encoding="ascii") as file:
        certificate = file.read()
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    response = etree.fromstring(sys.stdin.buffer.read(), parser)
    assertion = response.find(f"{SAML}Assertion")
    verified = XMLVerifier().verify(
        assertion,
        x509_cert=certificate,
        id_attribute="AssertionID",
        expect_config=SignatureConfiguration(
            signature_methods=frozenset([SignatureMethod.RSA_SHA256]),
            digest_algorithms=frozenset([DigestAlgorithm.SHA256]),
        ),
    )
    for attribute in verified.signed_xml.iter(f"{SAML}Attribute"):
        value = attribute.find(f"{SAML}AttributeValue")
        print(attribute.get("AttributeName"), value.text, sep="=")


main()
