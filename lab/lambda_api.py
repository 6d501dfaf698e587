"""Stands for the Lambda API, as far as a deployment speaks with it; on loopback."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PLACEHOLDER = b"the placeholder"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:andon-IngestFunction-1A2B"


class Function:
    """The one function there is; whoever has it sets what it answers, and looks at what came."""

    def __init__(self) -> None:
        self.runtime = "python3.13"
        self.state = "Active"
        # One for each time it is asked; the last one stays.
        self.statuses = ["Successful"]
        self.code = PLACEHOLDER
        # What it keeps of the code it is sent.
        self.keeps: bytes | None = None
        # Whom it refuses: a method, and the status, code and words that are answered.
        self.refusals: dict[str, tuple[int, str, str]] = {}
        self.fault: str | None = None
        self.asked: list[str] = []

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        self.asked.append(f"{method} {path.rpartition('/')[2]}")
        if method in self.refusals:
            status, code, words = self.refusals[method]
            return status, {"x-amzn-ErrorType": code}, {"Message": words}
        if path.endswith("/invocations"):
            if self.fault is None:
                return 200, {}, {"batchItemFailures": []}
            return 200, {"X-Amz-Function-Error": "Unhandled"}, {"errorMessage": self.fault}
        if method == "PUT":
            sent = base64.b64decode(json.loads(body)["ZipFile"])
            self.code = sent if self.keeps is None else self.keeps
        return 200, {}, self._settings()

    def _settings(self) -> dict[str, str]:
        digest = base64.b64encode(hashlib.sha256(self.code).digest()).decode()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {
            "FunctionArn": FUNCTION,
            "Runtime": self.runtime,
            "State": self.state,
            "LastUpdateStatus": status,
            "LastUpdateStatusReason": "the subnet is full",
            "CodeSha256": digest,
        }


@contextmanager
def served(function: Function) -> Iterator[str]:
    """The URL at which the API of this function answers."""

    class Answering(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, said = function.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            words = json.dumps(said).encode()
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
