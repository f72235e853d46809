"""Reads a request's body as the real server does: names in any case, booleans as text or not."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit


class Refused(Exception):
    """The call is answered with this status, message and code, and nothing is done."""

    def __init__(self, message: str, *, status: int = 400, code: str = "") -> None:
        super().__init__(message)
        self.message, self.status, self.code = message, status, code


class Fields:
    """A JSON object whose fields are asked for by name and kind."""

    def __init__(self, raw: Any, *, of: str = "The request") -> None:
        if not isinstance(raw, dict):
            raise Refused(f"{of} must be a JSON object.")
        self._values = {name.lower(): value for name, value in raw.items()}

    def get(self, name: str) -> Any:
        return self._values.get(name.lower())

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise Refused(f"{name} must be text.")
        value = (value or "").strip()
        if required and not value:
            raise Refused(f"{name} is required.")
        return value

    def secret(self, name: str) -> str:
        """Required text, kept to the letter."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            raise Refused(f"{name} is required.")
        return value

    def email(self, name: str, *, required: bool = True) -> str:
        value = self.text(name, required=required).lower()
        if value and (value.count("@") != 1 or value.startswith("@") or value.endswith("@")):
            raise Refused(f"{name} is not an e-mail address.")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.get(name)
        if value is None or value == "":
            return default
        known = {"true": True, "false": False, "1": True, "0": False}
        try:
            return known[str(value).strip().lower()]
        except KeyError:
            raise Refused(f"{name} must be true or false.") from None

    def choice(self, name: str, allowed: set[int]) -> int:
        value = self.text(name, required=True)
        if not value.isdecimal() or int(value) not in allowed:
            raise Refused(f"{name} must be one of {sorted(allowed)}.")
        return int(value)

    def amount(self, name: str) -> Decimal | None:
        value = self.text(name)
        try:
            amount = Decimal(value.replace(",", "")) if value else None
        except InvalidOperation:
            raise Refused(f"{name} must be an amount.") from None
        if amount is not None and not amount.is_finite():
            raise Refused(f"{name} must be an amount.")
        return amount

    def us_date(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return datetime.strptime(value, "%m/%d/%Y").date() if value else None  # noqa: DTZ007
        except ValueError:
            raise Refused(f"{name} must be a date like 11/23/2026.") from None

    def url(self, name: str) -> str:
        value = self.text(name)
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise Refused(f"{name} must be an absolute http or https address.")
        return value

    def item(self, name: str) -> "Fields":
        return Fields(self.get(name) or {}, of=name)

    def items(self, name: str) -> "list[Fields]":
        value = self.get(name)
        if not isinstance(value, list) or not value:
            raise Refused(f"{name} must be a list with at least one entry.")
        return [Fields(entry, of=f"Each of {name}") for entry in value]
