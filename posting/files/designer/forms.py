"""The forms of the designer: a layout, and the columns of its three kinds of records."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet, inlineformset_factory
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icsso.billers.models import Biller
from posting.files.designer.layout_form import LayoutForm
from posting.files.designer.presets import PRESETS
from posting.files.fields import (
    ENDS,
    FIELDS,
    GROUPS,
    LINE,
    MONEY,
    fields_of,
    first_format,
)
from posting.models import PostingColumn, PostingLayout
from posting.models.layout import copy_of

MOST_COLUMNS, MOST_CHARACTERS, BLANK_ROWS = 60, 999, 2


class PlainSelect(forms.Select):
    """Writes its options directly: hundreds of them by Django's templates take half a second."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attributes = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        chosen = "" if value is None else str(value)
        return format_html(
            "<select{}>{}</select>", flatatt(attributes), _options(self.choices, chosen)
        )


def _options(choices: Any, chosen: str) -> SafeString:
    parts = [
        format_html('<optgroup label="{}">{}</optgroup>', key, _options(label, chosen))
        if isinstance(label, (list, tuple))
        else format_html(
            '<option value="{}"{}>{}</option>',
            key,
            mark_safe(" selected") if str(key) == chosen else "",
            label,
        )
        for key, label in choices
    ]
    return format_html_join("", "{}", ((part,) for part in parts))


class StartForm(forms.Form):
    """Which biller's layout, and what it starts from."""

    biller = forms.ModelChoiceField(
        Biller.objects.none(), label=gettext_lazy("Biller"), empty_label=None
    )
    preset = forms.ChoiceField(
        label=gettext_lazy("Start from"),
        choices=[(name, preset.label) for name, preset in PRESETS.items()],
        widget=forms.RadioSelect,
        initial="csv",
    )

    def __init__(self, data: QueryDict | None, *, billers: QuerySet[Biller]) -> None:
        """billers: those that have no layout yet."""
        super().__init__(data)
        field: Any = self.fields["biller"]
        field.queryset = billers


class ColumnForm(forms.ModelForm[PostingColumn]):
    """One row of the designer."""

    class Meta:
        model = PostingColumn
        fields = (
            "position", "field", "heading", "literal", "width", "fill", "format", "may_cut",
        )  # fmt: skip
        widgets = {"fill": PlainSelect}

    def __init__(self, *args: Any, record: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.record = record
        names = [(name, field.label) for name, field in fields_of(record).items()]
        self.fields["field"] = forms.ChoiceField(
            label=gettext_lazy("Content"), choices=[("", "—"), *names], widget=PlainSelect
        )
        groups = [
            (group, [(key, each.label) for key, each in formats.items()])
            for group, formats in GROUPS.items()
        ]
        self.fields["format"] = forms.ChoiceField(
            label=gettext_lazy("Written as"),
            choices=[("", gettext_lazy("as usual")), *groups],
            required=False,
            widget=PlainSelect,
        )
        self.fields["width"].widget.attrs |= {"min": 1, "max": MOST_CHARACTERS}
        self.fields["fill"].required = False

    def clean_width(self) -> int | None:
        width: int | None = self.cleaned_data["width"]
        if width is not None and not 1 <= width <= MOST_CHARACTERS:
            raise forms.ValidationError(
                _("Enter a width from 1 to %(most)d.") % {"most": MOST_CHARACTERS}
            )
        return width

    def clean_fill(self) -> str:
        return self.cleaned_data["fill"] or PostingColumn.Fill.LEFT

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        name = str(entered.get("field") or "")
        if name not in FIELDS:
            return entered
        field = FIELDS[name]
        entered["format"] = entered.get("format") or first_format(name)
        if entered["format"] not in field.formats:
            offered = ", ".join(str(each.label) for each in field.formats.values())
            self.add_error(
                "format", _("This content can be written as: %(which)s.") % {"which": offered}
            )
        if entered.get("may_cut") and not field.is_text:
            self.add_error("may_cut", _("Only words can be cut, never numbers or identifiers."))
        return entered


class BaseColumnFormSet(BaseInlineFormSet[PostingColumn, PostingLayout, ColumnForm]):
    """The columns of one kind of record."""

    record = LINE

    def kept_rows(self) -> list[ColumnForm]:
        new = self.extra_forms if self.is_bound else []
        rows = [*self.initial_forms, *(form for form in new if form.has_changed())]
        gone = self.deleted_forms
        return [row for row in rows if row not in gone]

    def kept(self) -> list[PostingColumn]:
        """Returns the columns that the forms describe, in their order."""
        columns = [row.instance for row in self.kept_rows()]
        return sorted(columns, key=lambda column: column.position or 0)

    def add_fields(self, form: ColumnForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    def problems(self) -> list[tuple[str, str]]:
        """Returns the ids of fields at fault, and what is wrong there."""
        faults = [
            (field.id_for_label, f"{field.label}: {error}")
            for form in self.forms
            for field in form
            for error in field.errors
        ]
        return [*faults, *(("", str(error)) for error in self.non_form_errors())]


ColumnFormSet = inlineformset_factory(
    PostingLayout,
    PostingColumn,
    form=ColumnForm,
    formset=BaseColumnFormSet,
    extra=BLANK_ROWS,
    max_num=MOST_COLUMNS,
    validate_max=True,
    can_delete=True,
)


class Designer:
    """The layout's form and its three lists of columns, checked and saved together."""

    def __init__(self, data: QueryDict | None, *, layout: PostingLayout) -> None:
        self.layout = layout
        self.form = LayoutForm(data, instance=layout)
        self.columns: dict[str, Any] = {
            record: ColumnFormSet(
                data,
                instance=layout,
                queryset=layout.columns.filter(record=record),
                prefix=record,
                form_kwargs={"record": record},
            )
            for record in PostingColumn.Record.values
        }

    def is_valid(self) -> bool:
        valid = [self.form.is_valid(), *(rows.is_valid() for rows in self.columns.values())]
        if not all(valid):
            return False
        for problem in self._problems():
            self.form.add_error(None, problem)
        return not self.form.errors

    def as_json(self) -> dict[str, Any]:
        """Returns what a file would keep of the layout as entered."""
        return copy_of(self.layout, self._every())

    @transaction.atomic
    def save(self) -> None:
        if changed := [name for name in self.form.changed_data if name in LayoutForm.Meta.fields]:
            self.layout.save(update_fields=changed)
        for rows in self.columns.values():
            rows.save()

    def _problems(self) -> Iterator[str]:
        names = {column.field for column in self.columns[LINE].kept()}
        if "account_number" not in names or not names & {"amount", "total"}:
            yield _("Each line needs the account number and an amount.")
        yield from self._without_sign()
        if self.layout.form == PostingLayout.Form.FIXED:
            yield from self._without_width()

    def _without_sign(self) -> Iterator[str]:
        if self._lacks_sign(LINE, "effect"):
            yield _(
                "An amount without a sign needs the column “Credit or debit”. Otherwise, a "
                "reversal would look like a payment."
            )
        if any(self._lacks_sign(record, "sum_effect") for record in ENDS):
            yield _(
                "A sum without a sign needs “Sum is credit or debit” in the same record. "
                "Otherwise, a day with more refunds than payments would look like one with "
                "payments."
            )

    def _lacks_sign(self, record: str, sign: str) -> bool:
        columns = self.columns[record].kept()
        is_unsigned = any(
            FIELDS[column.field].formats is MONEY and MONEY[column.format].is_unsigned
            for column in columns
        )
        return is_unsigned and sign not in {column.field for column in columns}

    def _without_width(self) -> Iterator[str]:
        rows = [row for rows in self.columns.values() for row in rows.kept_rows()]
        without = [row for row in rows if not row.instance.width]
        for row in without:
            row.add_error("width", _("Needed with fixed width."))
        if without:
            yield _("With fixed width, every column needs a width.")

    def _every(self) -> list[PostingColumn]:
        return [column for rows in self.columns.values() for column in rows.kept()]

    def row_problems(self) -> list[tuple[str, str]]:
        return [each for rows in self.columns.values() for each in rows.problems()]
