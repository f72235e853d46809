"""What `manage.py apply_retention` never deletes, and why."""

from collections.abc import Mapping

MONEY = (
    "Proof of money that was paid or returned. Accounting and tax law, card network disputes, and "
    "legal holds need it for years, and how long is up to the utility."
)
POSTED = "What the CIS was sent. Without it, a payment would be posted again."
SETTINGS = "Settings. They stay as long as the biller."
PERSON = "Part of the person's account. It goes when the account is closed or erased."
KEPT: Mapping[str, str] = {
    "payments.CheckoutAccount": "Goes with its checkout.",
    "payments.Payment": MONEY,
    "payments.PaymentLine": MONEY,
    "payments.Reversal": MONEY,
    "payments.ReversalLine": MONEY,
    "payments.Postback": MONEY,
    "payments.ReviewDecision": MONEY,
    "payments.Resolution": MONEY,
    "posting.PostingFile": POSTED,
    "posting.PostedLine": POSTED,
    "posting.WebhookDelivery": POSTED,
    "accounts.UtilityAccount": "What the CIS says now. Imports change and close it.",
    "accounts.User": PERSON,
    "accounts.LinkedAccount": PERSON,
    "accounts.HelperAccount": "Goes with its helper, or with the owner's linked account.",
    "accounts.UnlinkedAccount": PERSON + " Without it, the account would be linked again.",
    "accounts.SecondFactor": PERSON,
    "accounts.RecoveryCode": PERSON,
    "accounts.Passkey": PERSON,
    "reminders.CalendarFeed": PERSON,
    "reminders.ReminderOptOut": PERSON,
    "accounts.SignIn": "Goes with its session.",
    "accounts.StaffIdentity": PERSON,
    "accounts.LegalHold": "Says why something was kept. It goes when the account is erased.",
    "icsso.Biller": SETTINGS,
    "icsso.BillerHost": SETTINGS,
    "icsso.IdentityProvider": SETTINGS,
    "icsso.Announcement": SETTINGS,
    "icsso.Logo": SETTINGS,
    "icsso.WaysToPay": SETTINGS,
    "icsso.PayLinkKey": SETTINGS + " Without it, no pay link or QR code would work.",
    "posting.PostingLayout": SETTINGS,
    "posting.PostingColumn": SETTINGS,
    "posting.Destination": SETTINGS,
    "posting.WebhookEndpoint": SETTINGS,
    "api.ApiToken": SETTINGS + " Revoked tokens say who used the API.",
    "icsso.SettingCheck": SETTINGS + " It names who checked.",
    "icsso.PostbackSample": "Names and kinds of fields of a biller's first postbacks, no values.",
    "periodic.PeriodicRun": "One row for each periodic command: when it is due and how it went.",
    "auth.Group": "The roles.",
    "auth.Permission": "What roles may do.",
    "contenttypes.ContentType": "Names of tables.",
}
