"""The models of this app, one file per subject."""

from accounts.models.credential_change import CredentialChange
from accounts.models.helpers.models import Helper, HelperAccount
from accounts.models.invitation import StaffInvitation
from accounts.models.legal_hold import LegalHold
from accounts.models.linked_account import (
    LinkAwaitingProof,
    LinkedAccount,
    UnknownAccount,
    UnlinkedAccount,
)
from accounts.models.second_factor import Passkey, RecoveryCode, SecondFactor
from accounts.models.sign_in import FailedSignIn, SignIn
from accounts.models.signup import Signup
from accounts.models.staff_identity import StaffIdentity
from accounts.models.sync import AccountSync
from accounts.models.undelivered_email import SentEmail, UndeliveredEmail
from accounts.models.user import Member, StaffUser, User, UserManager
from accounts.models.utility_account import CustomerChange, UtilityAccount

__all__ = [
    "AccountSync",
    "CredentialChange",
    "CustomerChange",
    "FailedSignIn",
    "Helper",
    "HelperAccount",
    "LegalHold",
    "LinkAwaitingProof",
    "LinkedAccount",
    "Member",
    "Passkey",
    "RecoveryCode",
    "SecondFactor",
    "SentEmail",
    "SignIn",
    "Signup",
    "StaffIdentity",
    "StaffInvitation",
    "StaffUser",
    "UndeliveredEmail",
    "UnknownAccount",
    "UnlinkedAccount",
    "User",
    "UserManager",
    "UtilityAccount",
]
