"""A mail server on loopback that answers as a test wants, at any step of RFC 5321."""

import socketserver
import threading
import time
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType

USUAL = {
    "connect": "220 mx.example ESMTP",
    "EHLO": "250 mx.example",
    "STARTTLS": "454 4.7.0 TLS not available",
    "AUTH": "235 2.7.0 ok",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "end": "250 2.0.0 queued",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}
HANG_UP, SILENT = "hang up", "say nothing"
SILENCE = 3  # seconds


class MailServer(socketserver.ThreadingTCPServer):
    """answers: instead of the usual ones, by step, or by address for RCPT."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), SmtpSession)
        self.answers = dict(answers or {})
        self.messages: list[EmailMessage] = []
        self.tried: list[str] = []  # addresses
        self.port: int = self.server_address[1]

    def answer(self, step: str) -> str:
        return self.answers.get(step, USUAL.get(step, "500 5.5.2 what?"))

    def __enter__(self) -> "MailServer":
        threading.Thread(target=self.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()


class SmtpSession(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if not self.say("connect"):
            return
        for line in self.rfile:
            verb = line.split(b" ")[0].strip().upper().decode()
            if not self.obey(verb, line.decode().strip()) or verb == "QUIT":
                return

    def obey(self, verb: str, line: str) -> bool:
        if verb in {"EHLO", "HELO"}:
            return self.say("EHLO", extensions=["AUTH PLAIN LOGIN", "STARTTLS", "8BITMIME"])
        if verb == "RCPT":
            address = line.partition("<")[2].partition(">")[0]
            self.server.tried.append(address)
            return self.say(address if address in self.server.answers else "RCPT")
        if verb == "DATA" and self.server.answer("DATA").startswith("354"):
            return self.say("DATA") and self.receive()
        return self.say(verb)

    def receive(self) -> bool:
        lines = b"".join(iter(self.rfile.readline, b".\r\n"))
        if self.server.answer("end").startswith("2"):
            self.server.messages.append(message_from_bytes(lines, policy=policy.default))
        return self.say("end")

    def say(self, step: str, *, extensions: list[str] | None = None) -> bool:
        answer = self.server.answer(step)
        if answer == SILENT:
            time.sleep(SILENCE)
        if answer in {HANG_UP, SILENT}:
            return False
        code, _, text = answer.partition(" ")
        lines = [text, *(extensions or [])] if code == "250" else [text]
        for line in lines[:-1]:
            self.wfile.write(f"{code}-{line}\r\n".encode())
        self.wfile.write(f"{code} {lines[-1]}\r\n".encode())
        return True
