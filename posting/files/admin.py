"""Payment files in the admin: the files, their layouts, and where they go."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.balance_words import signed_dollars
from backoffice.admin_base import Job, ReadOnlyModelAdmin, ScopedModelAdmin, Tool
from backoffice.audit.events import Event
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import Link, ObjectAction, ObjectActionsModelAdmin
from backoffice.pills import Kind, pill
from backoffice.scope import OwnBillersFilter
from posting.files import destination_views, file_views
from posting.files.delivery import deliver_again
from posting.files.designer import views as designer_views
from posting.files.destination_forms import SECRETS, DestinationForm
from posting.models import Destination, PostingFile, PostingLayout


def waiting_files(billers: QuerySet[Any]) -> int:
    """Returns how many files are not delivered because of an error, and for how many billers no
    file can be built."""
    files = PostingFile.objects.filter(biller__in=billers, state=PostingFile.State.FAILING)
    layouts = PostingLayout.objects.filter(biller__in=billers).exclude(build_error="")
    return files.count() + layouts.count()


def _deliver_again(request: HttpRequest, file: PostingFile) -> bool:
    deliver_again(file)
    return True


def _has_destination(file: PostingFile) -> bool:
    elsewhere = Destination.objects.exclude(kind=Destination.Kind.NONE)
    return elsewhere.filter(biller=file.biller_id).exists()


DELIVERY_KINDS: dict[str, Kind] = {
    PostingFile.State.DELIVERED: "good",
    PostingFile.State.FAILING: "bad",
}
DIGEST = ("size", "sha256")
SFTP_FIELDS = ("host", "port", "username", "new_password", "new_private_key", "host_key")
DELIVER_AGAIN = ObjectAction[PostingFile](
    slug="deliver-again",
    permission="posting.redeliver_postingfile",
    label=_("Deliver again"),
    consequence=_(
        "The same file is sent once more, with the same name and content, within a few minutes. If "
        "the billing system has already read it, make sure that it does not read it twice."
    ),
    event=Event.DELIVERED_AGAIN,
    applies_to=_has_destination,
    perform=_deliver_again,
)


@admin.register(PostingFile)
class PostingFileAdmin(
    ObjectActionsModelAdmin[PostingFile],
    LargeListModelAdmin[PostingFile],
    ReadOnlyModelAdmin[PostingFile],
):
    filled_by = _("The portal builds a file each day, once a layout is set up and turned on.")
    tools = (
        Tool(
            _("Payment files"),
            "posting_postingfile_changelist",
            "posting.view_postingfile",
            waiting_files,
        ),
    )
    object_actions = (DELIVER_AGAIN,)
    list_display = (
        *("name", "delivery", "sum_of_amounts", "lines", "built_at", "delivered_at", "biller"),
    )
    list_filter = (("biller", OwnBillersFilter), "state", "built_at")
    list_select_related = ("biller",)
    search_fields = ("name",)
    search_help_text = _("File name, from its beginning")
    fieldsets = (
        (None, {"fields": ("biller", "name", "delivery", "why")}),
        (
            _("Content"),
            {"fields": ("built_at", "payments", "reversals", "sum_of_amounts", "fees", *DIGEST)},
        ),
        (
            _("Delivery"),
            {"fields": ("delivered_at", "delivered_to", "attempts", "next_attempt_at")},
        ),
    )
    readonly_fields = ("delivery", "why", "sum_of_amounts", "fees")
    exclude = ("layout", "amount", "fee")

    def get_urls(self) -> list[URLPattern]:
        page: URLPattern = path(
            "<int:pk>/download/", file_views.download, name="posting_postingfile_download"
        )
        return [page, *super().get_urls()]

    def links_for(self, request: HttpRequest, record: PostingFile) -> list[Link]:
        links = super().links_for(request, record)
        if not request.user.has_perm(file_views.DOWNLOAD):
            return links
        address = reverse("admin:posting_postingfile_download", args=[record.pk])
        return [Link(_("Download"), address), *links]

    @admin.display(description=_("amount"), ordering="amount")
    def sum_of_amounts(self, file: PostingFile) -> str:
        return signed_dollars(file.amount)

    @admin.display(description=_("fees"))
    def fees(self, file: PostingFile) -> str:
        return signed_dollars(file.fee)

    @admin.display(description=_("state"), ordering="state")
    def delivery(self, file: PostingFile) -> str:
        return pill(file.state, file.get_state_display(), DELIVERY_KINDS)

    @admin.display(description=_("lines"))
    def lines(self, file: PostingFile) -> int:
        return file.lines_count

    @admin.display(description=_("last error"))
    def why(self, file: PostingFile) -> str:
        """Returns the reason in the reader's language. Errors are stored in English."""
        return gettext(file.last_error) if file.last_error else "–"


@admin.register(PostingLayout)
class PostingLayoutAdmin(ScopedModelAdmin[PostingLayout]):
    filled_by = _("Set up the file of payments that your billing system reads.")
    job = Job.SETUP
    operations = ("view", "add", "change")
    permission = designer_views.PERMISSION
    add_label = _("New payment file")
    list_display = ("biller_name", "state", "form", "build_time", "built_for")
    list_select_related = ("biller",)
    ordering = ("biller__name",)

    def get_urls(self) -> list[URLPattern]:
        name = "posting_postinglayout_{}".format
        pages: list[URLPattern] = [
            path("add/", designer_views.start, name=name("add")),
            path("<int:pk>/change/", designer_views.design, name=name("change")),
            path("<int:pk>/build/", designer_views.build_next, name=name("build")),
        ]
        return pages + super().get_urls()

    @admin.display(description=_("biller"), ordering="biller__name")
    def biller_name(self, layout: PostingLayout) -> str:
        return layout.biller.name

    @admin.display(description=_("state"))
    def state(self, layout: PostingLayout) -> str:
        if layout.build_error:
            return gettext("No file can be built: %(why)s") % {"why": layout.build_error}
        return gettext("Builds files") if layout.is_active else gettext("Off")


@admin.register(Destination)
class DestinationAdmin(ScopedModelAdmin[Destination]):
    filled_by = _("Add the folder or SFTP server where your billing system picks up payment files.")
    job = Job.SETUP
    operations = ("view", "add", "change")
    permission = destination_views.PERMISSION
    form = DestinationForm
    change_form_template = "admin/posting/destination.html"
    list_display = ("biller_name", "kind", "place", "host_key")
    list_select_related = ("biller",)
    exclude = SECRETS
    fieldsets = (
        (None, {"fields": ("biller", "kind", "folder")}),
        (
            _("SFTP server"),
            {"fields": SFTP_FIELDS},
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        page: URLPattern = path(
            "<int:pk>/test/", destination_views.test_connection, name="posting_destination_test"
        )
        return [page, *super().get_urls()]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Destination | None = None
    ) -> tuple[str, ...]:
        return ("biller", "host_key") if obj else ("host_key",)

    @admin.display(description=_("biller"), ordering="biller__name")
    def biller_name(self, destination: Destination) -> str:
        return destination.biller.name

    @admin.display(description=_("place"))
    def place(self, destination: Destination) -> str:
        return destination.in_words
