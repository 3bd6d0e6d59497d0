"""Servers on loopback for tests: an agent behind an address, and a model behind a chat endpoint."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pytest_mmina.core.language.grammar import parse_action
from tests.agents.policy import lines_for

Answering = Callable[[dict[str, Any], dict[str, str]], "tuple[int, dict[str, str], bytes]"]


@contextmanager
def served(answer: Answering) -> Iterator[str]:
    """Serve the answers of a function to each JSON body and its headers; yields the address.

    A status of 0 closes the connection, and a header `Content-Length` that is too large cuts the reply off.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = answer(message, dict(self.headers))
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            # The client may have closed the connection already.
            with suppress(BrokenPipeError):
                self.end_headers()
                self.wfile.write(body)
            self.close_connection = "Content-Length" in headers

        def log_message(self, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def as_json(content: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {}, json.dumps(content).encode()


def completion(content: str, *, tokens: tuple[int, int] = (100, 10), **message: object) -> dict[str, Any]:
    """Return the reply of a chat endpoint."""
    said = {"role": "assistant", "content": content, **message}
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}
    return {"choices": [{"message": said, "finish_reason": "stop"}], "usage": usage}


class Model:
    """A chat endpoint that plays the policy, after some faults first; it keeps all requests."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []

    def __call__(self, request: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(request)
        self.headers.append(headers)
        self.times.append(time.monotonic())
        whole = json.dumps(self.reply(request)).encode()
        match self.faults.pop(0) if self.faults else "":
            case "429":
                return 429, {"Retry-After": "0.2"}, b'{"error": "slow down"}'
            case "500":
                return 500, {}, b"oh no"
            case "truncated":
                return 200, {"Content-Length": str(len(whole) + 100)}, whole
            case "malformed":
                return 200, {}, whole[: len(whole) // 2]
            case "empty":
                return as_json({"choices": []})
            case "closed":
                return 0, {}, b""
            case "slow":
                time.sleep(1.0)
        return 200, {}, whole

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the next line as text, or as a tool call if the request offers tools."""
        line = self.line(request)
        if "tools" not in request:
            return completion(f"I think.\n```{line}```")
        fields = parse_action(line).model_dump(mode="json", exclude_defaults=True)
        offered = {tool["function"]["name"] for tool in request["tools"]}
        assert fields["kind"] in offered
        function = {"name": fields.pop("kind"), "arguments": json.dumps(fields)}
        return completion("", tool_calls=[{"id": "1", "type": "function", "function": function}])

    @staticmethod
    def prompt(request: dict[str, Any]) -> str:
        """Return the whole text of a request."""
        contents = [message["content"] for message in request["messages"]]
        return "\n".join(text if isinstance(text, str) else text[0]["text"] for text in contents)

    def line(self, request: dict[str, Any]) -> str:
        """Return the next line of the policy, which depends on the steps that the prompt lists."""
        said = self.prompt(request)
        found = re.search(r"TASK\n(.*?)\n\nWHAT YOU HAVE DONE SO FAR\n(.*?)\n\nTHE PAGE NOW", said, re.DOTALL)
        assert found is not None, said
        return lines_for(found[1])[len(re.findall(r"^\d+\. ", found[2], re.MULTILINE))]
