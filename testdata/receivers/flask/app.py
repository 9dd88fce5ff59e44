"""A webhook receiver in Flask that answers with the hash of what it got."""

import hashlib
import os

from flask import Flask, jsonify, request
from werkzeug.serving import make_server

app = Flask(__name__)


@app.post("/webhook")
def webhook():
    raw = request.get_data()  # the bytes, before get_json reads them
    event = request.get_json(silent=True)
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return jsonify(error="no event"), 400

    digest = hashlib.sha256(raw).hexdigest()
    if received := os.environ.get("RECEIVED"):
        with open(received, "a", encoding="ascii") as log:
            log.write(digest + "\n")
    return jsonify(sha256=digest, bytes=len(raw))


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "5000")), app)
    print(f"ready on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
