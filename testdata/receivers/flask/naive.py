"""A webhook receiver in Flask as one writes it on the first day."""

import os

from flask import Flask, request
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import make_server

app = Flask(__name__)
app.debug = True


@app.route("/webhook", methods=["GET", "POST"])
def webhook():
    event = request.get_json()
    kind = event["type"]
    body = event["body"]
    if kind.startswith("User/"):
        print("user", body["user"]["name"], body["user"]["email"])
    elif kind.startswith("Course/"):
        print("course", body["course"]["name"].strip())
    return "ok"


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5000"))
    server = make_server("127.0.0.1", port, DebuggedApplication(app, evalex=True))
    print(f"ready on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
