"""The models of this app, one file per subject."""

from accounts.models.credential_change import CredentialChange
from accounts.models.linked_account import (
    LinkAwaitingProof,
    LinkedAccount,
    UnknownAccount,
    UnlinkedAccount,
)
from accounts.models.second_factor import RecoveryCode, SecondFactor
from accounts.models.sign_in import SignIn
from accounts.models.signup import Signup
from accounts.models.sync import AccountSync
from accounts.models.undelivered_email import UndeliveredEmail
from accounts.models.user import Member, StaffUser, User, UserManager
from accounts.models.utility_account import CustomerChange, UtilityAccount

__all__ = [
    "AccountSync",
    "CredentialChange",
    "CustomerChange",
    "LinkAwaitingProof",
    "LinkedAccount",
    "Member",
    "RecoveryCode",
    "SecondFactor",
    "SignIn",
    "Signup",
    "StaffUser",
    "UndeliveredEmail",
    "UnknownAccount",
    "UnlinkedAccount",
    "User",
    "UserManager",
    "UtilityAccount",
]
