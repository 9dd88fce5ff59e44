"""Prints vectors.json: signatures made by Python's hmac, hashlib and base64.

    python3 vectors.py > vectors.json
"""

import base64
import hashlib
import hmac
import json

STANDARD = [
    # name, secret, id, timestamp, body
    ("published by the libraries of the specification", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
     "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'),
    ("without the prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
     "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'),
    ("an event", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "0190f3a2-7c1e-7d4b-9a10-3c5e8f0b1a2d", 1700000000,
     '{"occuredAt":1700000000,"type":"User/Created","body":{"user":{"id":"u1","name":"Zo\u00eb"}}}'),
    ("an empty body", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "e", 0, ""),
    ("a secret of one byte", "whsec_AA==", "x", 253402300799, "{}"),
    ("a secret without padding", "AAEC/f7//w", "x", 1, "\n"),
    ("a secret longer than a block", base64.b64encode(bytes(range(100))).decode(), "x", 1700000000, "[1]"),
]

PLAIN = [
    # name, secret, body
    ("RFC 4231, test case 2", "Jefe", "what do ya want for nothing?"),
    ("an event", "It's a Secret to Everybody", "Hello, World!"),
    ("a secret that looks like another's", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'),
    ("a secret with spaces around it", " s\u00e9cret\t", '{"name":"Zo\u00eb"}'),
    ("an empty body", "k", ""),
]


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def key(secret):
    bare = secret.removeprefix("whsec_")
    return base64.b64decode(bare + "=" * (-len(bare) % 4))


standard = [
    {"name": n, "secret": s, "id": i, "timestamp": t, "body": b,
     "signature": "v1," + base64.b64encode(mac(key(s), f"{i}.{t}.{b}")).decode()}
    for n, s, i, t, b in STANDARD
]
plain = [
    {"name": n, "secret": s, "body": b, "hex": mac(s.encode(), b).hex(),
     "base64": base64.b64encode(mac(s.encode(), b)).decode()}
    for n, s, b in PLAIN
]

event = {"b": 1, "a": "Zo\u00eb </p> \U0001f600\x7f", "c": {"z": [True, None, 1.5], "y": "\u2028\t\"\\"}, "e": {}, "f": []}
reencoded = [
    {"form": form, "body": json.dumps(event, indent=3),
     "hex": mac(b"secret", json.dumps(event, separators=s, sort_keys=k, ensure_ascii=a)).hex()}
    for form, s, k, a in [
        ("compact", (",", ":"), False, False),
        ("a space behind commas and colons", None, False, False),
        ("compact, characters beyond ASCII escaped", (",", ":"), False, True),
        ("a space behind commas and colons, characters beyond ASCII escaped", None, False, True),
        ("compact, sorted keys", (",", ":"), True, False),
        ("a space behind commas and colons, sorted keys", None, True, False),
        ("compact, characters beyond ASCII escaped, sorted keys", (",", ":"), True, True),
        ("a space behind commas and colons, characters beyond ASCII escaped, sorted keys", None, True, True),
    ]
]
print(json.dumps({"standard": standard, "plain": plain, "reencoded": reencoded}, indent=1))
