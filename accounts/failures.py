"""Logs a call to Invoice Cloud that failed for a member."""

import logging

from accounts.models import Member
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected, InvoiceCloudUnavailable

logger = logging.getLogger(__name__)


def log_failure(error: InvoiceCloudError, member: Member) -> None:
    """The error messages contain no secrets or personal data."""
    expected = InvoiceCloudUnavailable, InvoiceCloudRejected
    level = logging.WARNING if isinstance(error, expected) else logging.ERROR
    facts = {"operation": error.operation, "status": error.status, "member": member.pk}
    logger.log(level, "%s", error, extra={**facts, "biller": member.biller.slug})
