"""What a refusal of Invoice Cloud means: by status, text, and code."""

import re
from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudRejected,
    NotRegistered,
)

BROKEN = 500  # what some servers answer for a wrong password, and all for their own faults
LONGEST_PATTERN = 200  # characters
# Nothing that could be searched for longer than a moment, whatever Invoice Cloud says: only what is
# between two words may be repeated, and no group.
SAFE = re.compile(
    r"(?:[\w ,;:'\"/&#%@!=<>~-]"  # words
    r"|\\[.()?\[\]$^+*|bd-]"  # signs that are meant, a boundary, a digit
    r"|\\[Ws][+*](?!\\[Ws])"  # what is between words
    r"|[.^$|?]|\((?!\?)|\)(?![*+{]))*"
)


class Meaning(StrEnum):
    MISMATCH = "mismatch"
    NOT_REGISTERED = "not_registered"
    ALREADY_EXISTS = "already_exists"
    REJECTED = "rejected"


ERRORS: Mapping[Meaning, type[InvoiceCloudRejected]] = {
    Meaning.MISMATCH: CredentialMismatch,
    Meaning.NOT_REGISTERED: NotRegistered,
    Meaning.ALREADY_EXISTS: AlreadyExists,
    Meaning.REJECTED: InvoiceCloudRejected,
}


class Refused(BaseModel):
    """One way to word a refusal. All that is given must match.

    status: the HTTP status; without one, any but 500, which must be named, and has a text or a code
    as well. text, code: regular expressions, found anywhere in the reason (`Message`,
    `ErrorMessage`) or in `Code`, in any case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: int | None = Field(default=None, ge=200, le=500)
    text: str = ""
    code: str = ""
    means: Meaning

    @field_validator("text", "code")
    @classmethod
    def _can_be_searched(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        if not SAFE.fullmatch(pattern) or len(pattern) > LONGEST_PATTERN:
            raise ValueError(
                "must be words, joined by \\W+ or |, with ^ and $ where it begins and ends; "
                "nothing else may be repeated"
            )
        return pattern

    @model_validator(mode="after")
    def _says_something(self) -> "Refused":
        if self.status is None and not self.text and not self.code:
            raise ValueError("needs a status, a text, or a code")
        if self.status == BROKEN and not self.text and not self.code:
            raise ValueError("needs a text or a code: any fault of a server has this status")
        return self

    def matches(self, *, status: int, reason: str, code: str) -> bool:
        return (
            (status == self.status or (self.status is None and status != BROKEN))
            and bool(re.search(self.text, reason, re.IGNORECASE))
            and bool(re.search(self.code, code, re.IGNORECASE))
        )


def _nobody(text: str) -> tuple[Refused, ...]:
    return tuple(
        Refused(status=status, text=text, means=Meaning.NOT_REGISTERED)
        for status in (200, 400, 404)
    )


# How Retrieve Users may say that there is no one. Nothing wider: it may be said of a path or a key,
# and whoever counts as unknown is registered.
WHO = r"(records?|users?|customers?|accounts?|results?)( number)?"
NOBODY = _nobody(
    rf"^(the )?{WHO}( (was|were|do|does))? not (found|exist)\W*$"
    rf"|^no {WHO}( (was|were))?( found)?\W*$"
)
# Of a known user, by Retrieve User Accounts.
NO_ACCOUNTS = _nobody(r"^no (records?|accounts?|results?)( (was|were))?( found)?\W*$")
