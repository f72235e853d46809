"""What tests of accounts do at the sandbox, and read from it."""

from typing import Any

from tests.cast import API_KEY
from tests.sandbox_process import SandboxProcess


class There:
    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox

    def fault(
        self, operation: str, kind: str, *, times: int | None = None, seconds: float = 5
    ) -> None:
        """seconds: of what hangs or is slow. Nobody is told to wait: the next call is asked."""
        row = {"operation": operation, "kind": kind, "times": times}
        if kind not in {"unavailable", "too_many"}:
            row["seconds"] = seconds
        self.sandbox.control("POST", "/_control/api/faults", row)

    def heal(self) -> None:
        self.sandbox.control("DELETE", "/_control/api/faults")

    def calls(self) -> list[dict[str, Any]]:
        """Returns the calls since the last time, oldest first."""
        calls = sorted(
            self.sandbox.control("GET", "/_control/api/calls"), key=lambda call: call["started"]
        )
        self.sandbox.control("DELETE", "/_control/api/calls")
        return calls

    def operations(self) -> list[str]:
        return [call["operation"] for call in self.calls()]

    def user(self, email: str) -> Any:
        return next((u for u in self.sandbox.state("users") if u["email"] == email), None)

    def register(self, email: str, password: str, *account_numbers: str) -> None:
        row = {"email": email, "password": password, "accounts": list(account_numbers)}
        self.sandbox.control("POST", "/_control/api/users", {"api_key": API_KEY, **row})

    def forget(self, email: str) -> None:
        self.sandbox.control("DELETE", "/_control/api/users", {"api_key": API_KEY, "email": email})

    def has_password(self, email: str, password: str) -> bool:
        row = {"api_key": API_KEY, "email": email, "password": password}
        matches: bool = self.sandbox.control("POST", "/_control/api/users/check", row)["matches"]
        return matches

    def add_customers(self, *rows: dict[str, Any]) -> None:
        self.sandbox.control(
            "POST", "/_control/api/customers", {"api_key": API_KEY, "customers": list(rows)}
        )
