"""Takes the timestamp out of a signature, and the octets that it has to be over, by nothing but the
standards' texts and libraries of others; whether they belong together, `openssl ts` says.

Usage: timestamp_tokens.py FOLDER < signature

Writes FOLDER/token and FOLDER/octets, and prints the time that the token states.
"""

import base64
import json
import sys
from io import BytesIO
from pathlib import Path

from asn1crypto import cms, tsp
from lxml import etree
from pyhanko.pdf_utils.reader import PdfFileReader

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def of_xml(signed: bytes) -> tuple[bytes, bytes]:
    """ETSI EN 319 132-1, sections 5.1.4.4 and 5.3: the canonical SignatureValue."""
    root = etree.fromstring(signed, etree.XMLParser(resolve_entities=False, no_network=True))
    (stamp,) = root.iter(f"{XADES}SignatureTimeStamp")
    (value,) = root.iter(f"{DS}SignatureValue")
    if stamp.find(f"{DS}CanonicalizationMethod").get("Algorithm") != EXCLUSIVE:
        raise ValueError("canonical in another way")
    octets = etree.tostring(value, method="c14n", exclusive=True, with_comments=False)
    return octets, base64.b64decode(stamp.find(f"{XADES}EncapsulatedTimeStamp").text)


def of_json(signed: bytes) -> tuple[bytes, bytes]:
    """ETSI TS 119 182-1, sections 5.3.4 and 5.4.3.3: the signature in base64url."""
    jws = json.loads(signed)
    parts = [json.loads(of_url(part)) for part in jws["header"]["etsiU"]]
    (stamp,) = [part["sigTst"] for part in parts if "sigTst" in part]
    (token,) = stamp["tstTokens"]
    return jws["signature"].encode(), base64.b64decode(token["val"], validate=True)


def of_cms(signer: cms.SignerInfo) -> tuple[bytes, bytes]:
    """ETSI EN 319 122-1, section 5.3: the signature's octets."""
    (token,) = [
        attribute["values"][0].dump()
        for attribute in signer["unsigned_attrs"]
        if attribute["type"].native == "signature_time_stamp_token"
    ]
    return signer["signature"].native, token


def of_url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def of_any(signed: bytes) -> tuple[bytes, bytes]:
    if signed.startswith(b"%PDF"):
        (signature,) = PdfFileReader(BytesIO(signed), strict=True).embedded_signatures
        return of_cms(signature.signer_info)
    if signed.startswith(b"\x30"):
        (signer,) = cms.ContentInfo.load(signed)["content"]["signer_infos"]
        return of_cms(signer)
    return of_json(signed) if signed.startswith(b"{") else of_xml(signed)


def main() -> None:
    folder = Path(sys.argv[1])
    octets, token = of_any(sys.stdin.buffer.read())
    (folder / "octets").write_bytes(octets)
    (folder / "token").write_bytes(token)
    statement = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"]
    print(statement.parse(tsp.TSTInfo)["gen_time"].native.strftime("%Y-%m-%dT%H:%M:%SZ"))


main()
