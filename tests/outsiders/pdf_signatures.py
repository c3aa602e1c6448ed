"""Verifies and makes PAdES signatures by pyHanko.

Usage: pdf_signatures.py verify ROOT.pem... < signed.pdf
       pdf_signatures.py sign KEY.pem CERTIFICATE.pem FIELD < document.pdf

`verify` prints what it found of each signature, in JSON.
"""

import json
import sys
from io import BytesIO

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def verify(*roots: str) -> None:
    reader = PdfFileReader(BytesIO(sys.stdin.buffer.read()), strict=True)
    found = []
    for signature in reader.embedded_signatures:
        trusted = [load_cert_from_pemder(root) for root in roots]
        trust = ValidationContext(trust_roots=trusted, allow_fetching=False)
        # The default wants nonRepudiation, as content commitment has it.
        status = validate_pdf_signature(signature, signer_validation_context=trust)
        entries = signature.sig_object
        found.append(
            {
                "field": signature.field_name,
                "intact": status.intact,
                "valid": status.valid,
                "trusted": status.trusted,
                "bottomLine": status.bottom_line,
                "coverage": status.coverage.name,
                "modification": status.modification_level and status.modification_level.name,
                "algorithm": status.md_algorithm,
                "mechanism": status.pkcs7_signature_mechanism,
                "claimedTime": status.signer_reported_dt and status.signer_reported_dt.isoformat(),
                "subFilter": entries["/SubFilter"],
                "attributes": sorted(
                    attribute["type"].native for attribute in signature.signer_info["signed_attrs"]
                ),
            }
        )
    print(json.dumps(found))


def sign(key: str, certificate: str, field: str) -> None:
    signer = signers.SimpleSigner.load(key, certificate)
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    writer = IncrementalPdfFileWriter(BytesIO(sys.stdin.buffer.read()))
    signed = signers.sign_pdf(writer, metadata, signer=signer)
    sys.stdout.buffer.write(signed.getbuffer())


{"sign": sign, "verify": verify}[sys.argv[1]](*sys.argv[2:])
