"""What the log says of a call to Invoice Cloud that failed for a member."""

import logging

from accounts.models import Member
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected, InvoiceCloudUnavailable

logger = logging.getLogger(__name__)


def log_failure(error: InvoiceCloudError, member: Member) -> None:
    """The errors' messages hold neither secrets nor personal data."""
    expected = InvoiceCloudUnavailable, InvoiceCloudRejected
    level = logging.WARNING if isinstance(error, expected) else logging.ERROR
    facts = {"operation": error.operation, "status": error.status, "member": member.pk}
    logger.log(level, "%s", error, extra={**facts, "biller": member.biller.slug})
