"""Which billers a staff user works for. Superusers work for all."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from backoffice.staff_pages import Staff


def billers_of(request: HttpRequest) -> QuerySet[Any]:
    """Returns the billers that the staff user of this request works for."""
    return cast(Staff, request.user).managed_billers()


class OwnBillersFilter(admin.RelatedFieldListFilter):
    """Offers only the staff user's own billers, so that the others stay unknown. Hidden for staff
    users of one biller."""

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [(biller.pk, str(biller)) for biller in billers_of(request)]
