"""One walk of the probe against the sandbox, without Django."""

from typing import Any, NamedTuple

from icsso.client.client import InvoiceCloudClient
from icsso.client.probe.probe import Probe
from icsso.client.probe.results import StepResult, exit_code
from icsso.client.probe.walk import Arguments, Target
from icsso.client.wire.profile import WireProfile
from tests.cast import BILLER_GUID, LAUNDRY_EMAIL, LAUNDRY_PASSWORD
from tests.sandbox_process import SandboxProcess

ACCOUNT = "10000101"


class Walked(NamedTuple):
    results: list[StepResult]
    profile: dict[str, Any]
    remarks: list[str]

    @property
    def exit_code(self) -> int:
        return exit_code(self.results)

    @property
    def names(self) -> dict[str, set[str]]:
        """Which steps name which differences."""
        found: dict[str, set[str]] = {}
        for result in self.results:
            for one in result.differences:
                found.setdefault(one.key, set()).add(result.step)
        return found

    def step(self, name: str) -> StepResult:
        return next(result for result in self.results if result.step == name)

    @property
    def words(self) -> str:
        return "\n".join(one.words for result in self.results for one in result.differences)


def walk(
    sandbox: SandboxProcess,
    *,
    profile: dict[str, Any] | None = None,
    hosts: tuple[str, ...] = (),
    write: bool = True,
    **target: Any,
) -> Walked:
    probe = Probe(
        Target(
            client=InvoiceCloudClient(base_url=sandbox.url, api_key=sandbox.api_key),
            api_key=sandbox.api_key,
            biller_guid=BILLER_GUID,
            profile=WireProfile.parse(profile or {}),
            hosts=hosts,
            **target,
        ),
        Arguments(ACCOUNT, LAUNDRY_EMAIL, LAUNDRY_PASSWORD, guest_page=True, write=write),
    )
    results = list(probe.results())
    return Walked(results, probe.profile(), probe.remarks)
