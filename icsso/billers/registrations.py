"""Whether an account exists at Invoice Cloud, and who registered it, from REST or SOAP."""

import logging

from icsso.billers.clients import soap_reader_of
from icsso.billers.models import Biller
from icsso.client.client import InvoiceCloudClient
from icsso.client.contract import User
from icsso.client.errors import (
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
)

logger = logging.getLogger(__name__)
UNUSABLE = (InvoiceCloudProtocolError, InvoiceCloudRejected, InvoiceCloudUnauthorized)


def users_of_account(
    biller: Biller, client: InvoiceCloudClient, account_number: str
) -> tuple[User, ...]:
    """Returns what Retrieve Users reports for an account: no user if the account does not exist.

    If that answer is unusable and the biller has turned SOAP on, returns what ViewCustomerRecord
    reports. Raises the error of Retrieve Users if that does not help either. After an outage, SOAP
    is not asked: the call can be made again later.
    """
    try:
        return client.retrieve_users(account_number=account_number)
    except UNUSABLE as error:
        reader, failure = soap_reader_of(biller), error
    if reader is None:
        raise failure
    logger.warning("retrieve_users is unusable, asking SOAP instead: %s", failure)
    try:
        record = reader.view_customer_record(account_number)
    except InvoiceCloudError:
        raise failure from None
    return (record.as_user(),) if record else ()
