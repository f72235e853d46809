"""Reads the JSON body of a call the way the real service does: field names in any case, numbers
and booleans also as text."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from sandbox.variants.wire import ANYTHING


class ApiError(Exception):
    """Ends a call: nothing is carried out, and the response has this status, message, and code."""

    def __init__(self, message: str, *, status: int = 400, code: str = "") -> None:
        super().__init__(message)
        self.message, self.status, self.code = message, status, code

    @property
    def kind(self) -> str:
        """The kind of failure by which a variant words it; empty if none can."""
        if self.code:
            return "credentials"
        return {409: "conflict", 400: "rejected"}.get(self.status, "")


class Fields:
    """A JSON object whose fields are read by name and type. Each method raises ApiError (400) when
    the field cannot be read as that type."""

    def __init__(self, raw: Any, *, of: str = "The request") -> None:
        if not isinstance(raw, dict):
            raise ApiError(f"{of} must be a JSON object.")
        self._values = {name.lower(): value for name, value in raw.items()}

    def get(self, name: str) -> Any:
        return self._values.get(name.lower())

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise ApiError(f"{name} must be text.")
        value = (value or "").strip()
        if required and not value:
            raise ApiError(f"{name} is required.")
        return value

    def secret(self, name: str) -> str:
        """Returns required text exactly as it was sent, spaces included."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            raise ApiError(f"{name} is required.")
        return value

    def email(self, name: str, *, required: bool = True) -> str:
        value = self.text(name, required=required).lower()
        if value and (value.count("@") != 1 or value.startswith("@") or value.endswith("@")):
            raise ApiError(f"{name} is not an email address.")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.get(name)
        if value is None or value == "":
            return default
        known = {"true": True, "false": False, "1": True, "0": False}
        try:
            return known[str(value).strip().lower()]
        except KeyError:
            raise ApiError(f"{name} must be true or false.") from None

    def choice(self, name: str, allowed: set[int]) -> int:
        value = self.text(name, required=True)
        if not value.isdecimal() or int(value) not in allowed:
            raise ApiError(f"{name} must be one of {sorted(allowed)}.")
        return int(value)

    def amount(self, name: str) -> Decimal | None:
        value = self.text(name)
        try:
            amount = Decimal(value.replace(",", "")) if value else None
        except InvalidOperation:
            raise ApiError(f"{name} must be an amount.") from None
        if amount is not None and not amount.is_finite():
            raise ApiError(f"{name} must be an amount.")
        return amount

    def us_date(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return datetime.strptime(value, "%m/%d/%Y").date() if value else None  # noqa: DTZ007
        except ValueError:
            raise ApiError(f"{name} must be a date like 11/23/2026.") from None

    def url(self, name: str) -> str:
        value = self.text(name)
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ApiError(f"{name} must be an absolute http or https address.")
        return value

    def refuse(self, name: str, value: Any) -> None:
        """Raises ApiError if the field is there with this value or, for ANYTHING, at all."""
        if value is ANYTHING and name.lower() in self._values:
            raise ApiError(f"The field {name} is not known.")
        if value is not ANYTHING and self.boolean(name, default=not value) == value:
            raise ApiError(f"{name} is not possible for this biller.")

    def nested(self, name: str) -> "Fields":
        return Fields(self.get(name) or {}, of=name)

    def nested_list(self, name: str) -> "list[Fields]":
        value = self.get(name)
        if not isinstance(value, list) or not value:
            raise ApiError(f"{name} must be a list with at least one entry.")
        return [Fields(entry, of=f"Each of {name}") for entry in value]
