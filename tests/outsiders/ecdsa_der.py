"""An ECDSA signature `r || s` as OpenSSL takes it, in DER. Usage: ecdsa_der.py < signature > der"""

import sys

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

signature = sys.stdin.buffer.read()
half = len(signature) // 2
r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
sys.stdout.buffer.write(encode_dss_signature(r, s))
