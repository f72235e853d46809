"""An SMTP server that stores every email and delivers none."""

import asyncio
import email
import email.policy
import socket
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from sandbox.models import Mail


class InboxHandler:
    """Stores incoming messages (a handler of aiosmtpd)."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.to_thread(store, envelope)
        return "250 Stored in the sandbox inbox"


def store(envelope: Envelope) -> None:
    message: Any = email.message_from_bytes(envelope.content, policy=email.policy.default)
    try:
        Mail.objects.create(
            to=", ".join(envelope.rcpt_tos),
            sender=envelope.mail_from or "",
            subject=str(message["Subject"] or ""),
            text=part_of(message, "plain"),
            html=part_of(message, "html"),
        )
    finally:
        connection.close()


def part_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content() if part else ""


def start(host: str, port: int) -> Controller:
    """Starts the server in a thread. Raises OSError if the port is in use."""
    socket.create_server((host, port)).close()  # the controller itself needs 5 s to report it
    controller = Controller(InboxHandler(), hostname=host, port=port)
    controller.start()
    return controller
