"""The models of this app, one file per subject."""

from accounts.models.credential_change import CredentialChange
from accounts.models.linked_account import LinkedAccount, UnlinkedAccount, UnknownAccount
from accounts.models.second_factor import SecondFactor, RecoveryCode
from accounts.models.sign_in import SignIn
from accounts.models.signup import Registration
from accounts.models.sync import Synchronisation
from accounts.models.user import UserManager, User
from accounts.models.utility_account import UtilityAccount

__all__ = [
    "CredentialChange",
    "LinkedAccount",
    "RecoveryCode",
    "Registration",
    "SecondFactor",
    "SignIn",
    "Synchronisation",
    "UnknownAccount",
    "UnlinkedAccount",
    "User",
    "UserManager",
    "UtilityAccount",
]
