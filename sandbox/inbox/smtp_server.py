"""Catches every mail sent to its port and delivers none."""

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


class Catcher:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.to_thread(keep, envelope)
        return "250 Kept in the sandbox's inbox"


def keep(envelope: Envelope) -> None:
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
    """Raises OSError when the port is taken."""
    socket.create_server((host, port)).close()  # the controller itself takes 5 s to say so
    controller = Controller(Catcher(), hostname=host, port=port)
    controller.start()
    return controller
