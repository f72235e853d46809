"""The form of a layout: everything but its columns."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.zones import MomentInput
from posting.files.building import left_out
from posting.models import Destination, PostingLayout
from posting.models.file_names import names_biller

SINGLE_BYTE = {PostingLayout.Encoding.WINDOWS, PostingLayout.Encoding.ASCII}
TIME = forms.TimeInput({"type": "time"}, "%H:%M")
BILLER_NEEDED = gettext_lazy(
    "Add {biller}: another biller's files go to the same folder of the same server."
)


class LayoutForm(forms.ModelForm[PostingLayout]):
    """leaves_out: shown and needed only if a later `starts_at` would leave out unposted lines."""

    leaves_out = forms.BooleanField(
        label=gettext_lazy("Leave them out"),
        required=False,
        help_text=gettext_lazy(
            "They have been posted in another way. Reversals of these payments are left out, too, "
            "once a file has been built."
        ),
    )
    asks_to_leave_out = False

    class Meta:
        model = PostingLayout
        fields = (
            "is_active", "form", "delimiter", "quoting", "has_headings", "line_ending", "encoding",
            "file_name", "build_time", "builds_empty", "starts_at",
        )  # fmt: skip
        widgets = {"starts_at": MomentInput, "build_time": TIME}

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        is_fixed = entered.get("form") == PostingLayout.Form.FIXED
        if is_fixed and entered.get("encoding") not in SINGLE_BYTE:
            self.add_error(
                "encoding",
                _("With fixed width, choose Windows-1252 or ASCII: others shift columns."),
            )
        name, biller = entered.get("file_name"), self.instance.biller
        place = Destination.objects.filter(biller=biller).first()
        if name and not names_biller(name) and place and place.is_shared():
            self.add_error("file_name", BILLER_NEEDED)
        self._ask_to_leave_out(entered)
        return entered

    def _ask_to_leave_out(self, entered: dict[str, Any]) -> None:
        before, after = self.initial["starts_at"], entered.get("starts_at")
        if not after or after <= before:
            return
        lines = left_out(self.instance, since=before, until=after)
        self.asks_to_leave_out = bool(lines)
        if lines and not entered.get("leaves_out"):
            said = ngettext(
                "%(count)d line that is in no file yet would never be posted. Choose an earlier "
                "time, or “Leave them out”.",
                "%(count)d lines that are in no file yet would never be posted. Choose an earlier "
                "time, or “Leave them out”.",
                lines,
            )
            self.add_error("starts_at", said % {"count": lines})
