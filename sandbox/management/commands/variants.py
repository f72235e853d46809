"""Lists the ways in which this Invoice Cloud can differ from the contract's."""

from typing import Any

from django.core.management import BaseCommand

from sandbox.variants import services
from sandbox.variants.registry import VARIANTS


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        on = services.switched_on()
        for variant in VARIANTS.values():
            mark = "*" if variant.name in on else " "
            value = f" [{variant.value}]" if variant.value is not None else ""
            group = f"; one of the group {variant.group}" if variant.group else ""
            self.stdout.write(f"{mark} {variant.name}{value} ({variant.copes}{group})")
            self.stdout.write(f"    {variant.summary}")
            self.stdout.write(f"    Contract: {variant.contract}")
