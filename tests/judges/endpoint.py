"""A chat endpoint on loopback that replies as it is told, and remembers what it was sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], str]


@dataclass
class Endpoint:
    """What was asked of it, and what it replies: each of `replies` once, then the last one for ever."""

    replies: list[Reply]
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def material(self, number: int = -1) -> dict[str, str]:
        """The JSON object that the judge was given to grade."""
        content = self.requests[number]["messages"][-1]["content"]
        text = content if isinstance(content, str) else content[0]["text"]
        material: dict[str, str] = json.loads(text)
        return material


def says(content: object, status: int = 200, **headers: str) -> Reply:
    """A reply as chat endpoints give it."""
    return status, headers, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]})


def verdict(*, passed: bool, reason: str = "so it is") -> Reply:
    return says(json.dumps({"reason": reason, "passed": passed}))


@contextmanager
def endpoint(*replies: Reply) -> Iterator[Endpoint]:
    """Serve the replies."""
    served = Endpoint(list(replies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    served.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


def _handler(served: Endpoint) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.paths.append(self.path)
            served.headers.append(dict(self.headers))
            served.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers, body = served.replies.pop(0) if len(served.replies) > 1 else served.replies[0]
            if status == 0:
                self.connection.close()
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *values: object) -> None:
            pass

    return Handler
