"""What a user can prove besides the password: a code from an app, a recovery code, a passkey."""

from accounts.models.second_factor.codes import (
    ALPHABET,
    RECOVERY_CODES,
    RecoveryCode,
    SecondFactor,
    step_of,
)
from accounts.models.second_factor.passkey import Passkey

__all__ = ["ALPHABET", "RECOVERY_CODES", "Passkey", "RecoveryCode", "SecondFactor", "step_of"]
