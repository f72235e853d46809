"""One page about a record in place of Django's form, which `?edit` opens."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from backoffice.admin_base import M
from backoffice.object_actions import ObjectActionsModelAdmin
from backoffice.staff_pages import render_page

FEW, MANY = 10, 100  # rows of each list on the page


def rows_of_each(request: HttpRequest) -> int:
    """“Show more” leads to the same page with `?more`. Lists that have it fetch one row more than
    they show, which tells whether there are more."""
    return MANY if "more" in request.GET else FEW


class RecordPageAdmin(ObjectActionsModelAdmin[M]):
    page_template: str

    def page_context(self, request: HttpRequest, record: M) -> dict[str, Any]:
        """Returns what this staff user may see of the record, with its `title`."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        is_form = request.method == "POST" or "edit" in request.GET
        record = None if is_form else self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.page_template,
            has_change_permission=self.has_change_permission(request, record),
            rows_of_each=rows_of_each(request),
            **self.page_context(request, record),
        )
