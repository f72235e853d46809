"""The request that the design document gives as its sample, its long addresses shortened."""

from typing import Any

SAMPLE: dict[str, Any] = {
    "CSSUrl": "https://www.invoicecloud.com",
    "AllowSwipe": True,
    "AllowCCPayment": True,
    "AllowACHPayment": True,
    "RemoteAuthenticationToken": "",
    "ReturnURL": "https://localhost/WebShare/Anonymous/Receipt.aspx?acctnum=10000101",
    "PostBackURL": "https://localhost/WebShare/Anonymous/SilentPost.aspx?acctnum=10000101",
    "BillerReference": "",
    "ViewMode": 1,
    "CreateCustomerRecord": True,
    "Customers": [
        {
            "AccountNumber": "10000101",
            "Name": "Willows Laundry",
            "Address": None,
            "City": None,
            "State": None,
            "Zip": None,
            "EmailAddress": None,
            "Invoices": None,
        }
    ],
    "PageResultOptions": {
        "AllowRegisterAccount": False,
        "InvoiceOptions": {
            "AllowViewStatement": False,
            "AllowRemove": True,
            "AllowViewRelated": False,
            "AllowRemindMe": False,
        },
    },
}
