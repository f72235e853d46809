"""What a biller's payment file looks like, and when it is built."""

from datetime import date, datetime, time
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.models import Biller
from posting.models.file_names import check_file_name


class PostingLayout(Audited, models.Model):
    """A biller's payment file. Built files keep a copy of it (`PostingFile.layout`), so changing it
    never changes what was posted."""

    class Form(models.TextChoices):
        CSV = "csv", _("CSV: columns with a separator between them")
        FIXED = "fixed", _("Fixed width: each column at its place")

    class Delimiter(models.TextChoices):
        COMMA = ",", _("comma")
        SEMICOLON = ";", _("semicolon")
        TAB = "\t", _("tab")
        PIPE = "|", _("vertical bar")

    class Quoting(models.TextChoices):
        NEEDED = "needed", _("only where needed")
        ALL = "all", _("every column")
        NONE = "none", _("never")

    class LineEnding(models.TextChoices):
        CRLF = "crlf", _("CR LF (Windows)")
        LF = "lf", _("LF (Unix)")

    class Encoding(models.TextChoices):
        UTF8 = "utf-8", _("UTF-8")
        UTF8_BOM = "utf-8-sig", _("UTF-8 with a byte order mark")
        WINDOWS = "cp1252", _("Windows-1252")
        ASCII = "ascii", _("ASCII")

    biller = models.OneToOneField(
        Biller, models.CASCADE, related_name="posting_layout", verbose_name=_("biller")
    )
    is_active = models.BooleanField(
        _("build files"),
        default=False,
        help_text=_("While this is off, no file is built. Files built before are still delivered."),
    )
    starts_at = models.DateTimeField(
        _("payments recorded since"),
        default=timezone.now,
        help_text=_(
            "Payments and reversals that the portal recorded earlier are never put into a file."
        ),
    )
    form = models.CharField(_("format"), max_length=5, choices=Form.choices, default=Form.CSV)
    delimiter = models.CharField(
        _("separator"), max_length=1, choices=Delimiter.choices, default=Delimiter.COMMA
    )
    quoting = models.CharField(
        _("quotation marks"), max_length=6, choices=Quoting.choices, default=Quoting.NEEDED
    )
    has_headings = models.BooleanField(_("first line has the headings"), default=True)
    line_ending = models.CharField(
        _("line ending"), max_length=4, choices=LineEnding.choices, default=LineEnding.CRLF
    )
    encoding = models.CharField(
        _("encoding"), max_length=9, choices=Encoding.choices, default=Encoding.UTF8
    )
    file_name = models.CharField(
        _("file name"),
        max_length=100,
        default="payments-{biller}-{date:%Y%m%d}-{number:06d}.csv",
        validators=[check_file_name],
        help_text=_(
            "{number} is the number of the file, {date} is the day on which it is built, and "
            "{biller} is the biller's short name. {number:06d} has six digits, and {date:%Y%m%d} "
            "is a day such as 20261204."
        ),
    )
    build_time = models.TimeField(
        _("built at"), default=time(2), help_text=_("Each day, in the biller's time zone.")
    )
    builds_empty = models.BooleanField(
        _("build a file when there is nothing to post"),
        default=False,
        help_text=_("It has the headings, the header, and the trailer only."),
    )
    # The `starts_at` of the first file. The CIS knows payments recorded earlier from elsewhere;
    # later ones only from a file.
    known_before = models.DateTimeField(null=True, editable=False)
    # The last day, in the biller's zone, on which a file was built or there was nothing to post.
    built_for = models.DateField(_("last built"), null=True, editable=False)
    # Why the last attempt to build a file failed.
    build_error = models.CharField(_("why no file is built"), max_length=500, editable=False)

    class Meta:
        verbose_name = _("payment file layout")
        verbose_name_plural = _("payment file layouts")
        default_permissions = ("view", "change")
        ordering = ["biller__name"]

    def __str__(self) -> str:
        return str(self.biller)

    def due_day(self, now: datetime) -> date | None:
        """Returns the day that a file is due for, or None if there is none."""
        day = self.day_of(now)
        is_due = self.built_for is None or self.built_for < day
        return day if self.is_active and is_due else None

    def day_of(self, now: datetime) -> date:
        """Returns the last day whose file should have been built by now."""
        local = timezone.localtime(now, self.biller.zone)
        has_come = local.time() >= self.build_time
        return local.date() if has_come else date.fromordinal(local.toordinal() - 1)


class PostingColumn(Audited, models.Model):
    """One column of the lines, of the header, or of the trailer."""

    path_to_biller = "layout.biller_id"

    class Record(models.TextChoices):
        HEADER = "header", _("header")
        LINE = "line", _("line")
        TRAILER = "trailer", _("trailer")

    class Fill(models.TextChoices):
        LEFT = "left", _("left")
        RIGHT = "right", _("right")
        ZEROS = "zeros", _("right, after zeros")

    layout = models.ForeignKey(PostingLayout, models.CASCADE, related_name="columns")
    record = models.CharField(
        _("record"), max_length=7, choices=Record.choices, default=Record.LINE
    )
    position = models.PositiveSmallIntegerField(_("order"))
    field = models.CharField(_("content"), max_length=20)
    heading = models.CharField(_("heading"), max_length=60, blank=True)
    literal = models.CharField(_("fixed text"), max_length=60, blank=True)
    width = models.PositiveSmallIntegerField(_("width"), null=True, blank=True)
    fill = models.CharField(_("alignment"), max_length=5, choices=Fill.choices, default=Fill.LEFT)
    # One of the field's formats (`posting.files.fields`); empty for text.
    format = models.CharField(_("written as"), max_length=20, blank=True)
    may_cut = models.BooleanField(_("may be cut"), default=False)

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")
        default_permissions = ()
        ordering = ["record", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.record} {self.position}"


def copy_of(layout: PostingLayout, columns: list[PostingColumn]) -> dict[str, Any]:
    """Returns everything that determines a file's content, as JSON that a built file keeps."""
    names = ("form", "delimiter", "quoting", "has_headings", "line_ending", "encoding")
    of_column = ("record", "field", "heading", "literal", "width", "fill", "format", "may_cut")
    ordered = sorted(columns, key=lambda column: column.position)
    return {
        **{name: getattr(layout, name) for name in names},
        "biller": layout.biller.slug,
        "time_zone": layout.biller.time_zone,
        "columns": [{name: getattr(column, name) for name in of_column} for column in ordered],
    }
