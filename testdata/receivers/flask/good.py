"""A webhook receiver in Flask that keeps to the vendor's advice."""

import base64
import hashlib
import hmac
import json
import os
import time

from flask import Flask, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

TOLERANCE = 300  # seconds
COURSE, USER, GROUP = ("course", int), ("user", str), ("group", int)
# What the body of an event holds, with the type of its id.
HOLDS = {
    "Course/Published": [COURSE],
    "Course/Unpublished": [COURSE],
    "Course/Assigned": [COURSE, USER],
    "Course/Started": [COURSE, USER],
    "Course/Progress": [COURSE, USER],
    "Course/Finished": [COURSE, USER],
    "User/Created": [USER],
    "User/Edited": [USER],
    "Group/User/Created": [USER, GROUP],
}

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1 << 20


class Refused(Exception):
    """A delivery that is not taken, and why."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


@app.errorhandler(Refused)
def refuse(error):
    return jsonify(error=str(error)), error.status


@app.errorhandler(HTTPException)
def fail(error):
    return jsonify(error=error.name), error.code


@app.post("/webhook")
def webhook():
    raw = request.get_data()  # the bytes: what is signed, and what is kept
    if secret := os.environ.get("SECRET"):
        check_signature(secret, request.headers, raw)
    check(parse(raw))
    digest = hashlib.sha256(raw).hexdigest()
    if received := os.environ.get("RECEIVED"):
        with open(received, "a", encoding="ascii") as log:
            log.write(digest + "\n")
    return jsonify(sha256=digest, bytes=len(raw))


def check_signature(secret, headers, raw):
    """Standard Webhooks, version v1."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > TOLERANCE:
        raise Refused(401, "signed too long ago, or never")
    head = f"{headers.get('webhook-id', '')}.{sent_at}."
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = base64.b64encode(hmac.digest(key, head.encode() + raw, "sha256")).decode()
    for signature in headers.get("webhook-signature", "").split():
        if hmac.compare_digest(signature.encode(), f"v1,{right}".encode()):
            return
    raise Refused(401, "wrong signature")


def parse(raw):
    def not_json(word):
        raise ValueError(word)  # NaN and Infinity, which Python takes

    try:
        return json.loads(raw.decode("utf-8"), parse_constant=not_json)
    except (ValueError, RecursionError):
        raise Refused(400, "no JSON") from None


def check(event):
    if not isinstance(event, dict):
        raise Refused(400, "no object")
    if type(event.get("occuredAt")) is not int or not isinstance(event.get("type"), str):
        raise Refused(400, "no occuredAt or no type")
    if not isinstance(event.get("body"), dict):
        raise Refused(400, "no body")
    for name, kind in HOLDS.get(event["type"], []):  # types that nobody knows are taken
        held = event["body"].get(name)
        if not isinstance(held, dict) or type(held.get("id")) is not kind or not isinstance(held.get("name"), str):
            raise Refused(400, f"no {name}")


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "5000")), app, threaded=True)
    print(f"ready on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
