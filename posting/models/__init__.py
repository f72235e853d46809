"""The models of this app, one file per subject."""

from posting.models.destination import Destination
from posting.models.layout import PostingColumn, PostingLayout
from posting.models.posting_file import PostedLine, PostingFile
from posting.models.webhook_attempt import WebhookAttempt
from posting.models.webhook_delivery import WebhookDelivery
from posting.models.webhook_endpoint import EventType, WebhookEndpoint

__all__ = [
    "Destination",
    "EventType",
    "PostedLine",
    "PostingColumn",
    "PostingFile",
    "PostingLayout",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
