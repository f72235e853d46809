"""The wire profile: where an Invoice Cloud differs from the contract (contract, rule 1).

A profile is JSON. Whatever it leaves out is as in the contract, so an empty profile is the contract
itself.
"""

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, ValidationError

from icsso.client.addresses import origin
from icsso.client.wire.faults import operation_faults, postback_faults, sentence, sso_faults
from icsso.client.wire.parts import OperationProfile, Part, PostbackProfile, Server, SsoProfile


class WireProfileError(ValueError):
    """faults: one plain sentence for each fault, with its place in the profile."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class WireProfile(Part):
    """operations: by the names of `contract.OPERATIONS`. hosts: further servers of hosted pages."""

    operations: Mapping[str, OperationProfile] = Field(default_factory=dict)
    sso: SsoProfile = SsoProfile()
    postback: PostbackProfile = PostbackProfile()
    hosts: tuple[Server, ...] = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Returns the profile written in JSON, or already read from it. Raises WireProfileError."""
        if isinstance(value, str):
            try:
                value = json.loads(value or "{}")
            except ValueError as error:
                raise WireProfileError([f"The profile is not JSON: {error}."]) from None
        if not isinstance(value, Mapping):
            raise WireProfileError(["The profile must be a JSON object: {…}."])
        try:
            profile = cls.model_validate(value)
        except ValidationError as error:
            raise WireProfileError([sentence(fault) for fault in error.errors()]) from None
        faults = [
            *operation_faults(profile.operations),
            *sso_faults(profile.sso),
            *postback_faults(profile.postback),
        ]
        if faults:
            raise WireProfileError(faults)
        return profile

    def operation(self, name: str) -> OperationProfile:
        return self.operations.get(name, OperationProfile())

    def to_json(self) -> dict[str, Any]:
        """Returns what is set, as `parse` reads it."""
        return self.model_dump(mode="json", exclude_unset=True)

    @property
    def secret_servers(self) -> set[str]:
        """Returns the servers named here that get the API key or tokens."""
        hosts = [one.host or "" for one in self.operations.values()]
        return {found for found in map(origin, [*hosts, self.sso.address]) if found}

    @property
    def servers(self) -> set[str]:
        """Returns all servers named here."""
        return self.secret_servers | {*self.hosts}

    def origins(self, base_url: str) -> list[str]:
        """Returns the servers whose pages may be framed, besides the base URL."""
        cloud_payments = self.operation("cloud_payments").host
        addresses = [self.sso.form_action(base_url), cloud_payments or "", *self.hosts]
        return [found for found in map(origin, addresses) if found]
