"""Whole words, in English and Spanish and without accents, for what became of a payment."""


def _forms(*stems: str) -> frozenset[str]:
    """Returns the words of `stem:ending,ending`; an empty ending is the stem itself."""
    words = set()
    for each in stems:
        stem, _colon, endings = each.partition(":")
        words |= {stem + ending for ending in endings.split(",")}
    return frozenset(words)


# Reasons for missing money that by themselves mean that it was returned.
REASONS = _forms("nsf", "insufficient", "insuficiente:,s")
REFUND = _forms("refund:,s,ed,ing", "reembols:o,os,ado,ada", "reintegr:o,os,ado,ada")
REVERSED = _forms("revers:e,ed,es,al,als,ing,o,ado,ada,ion")
CHARGEBACK = _forms("chargeback:,s", "disput:e,ed,es,a,ado,ada", "contracargo:,s")
RETURNED = REASONS | _forms(
    *("return:,s,ed,ing", "bounce:,d,s", "devol:ucion,uciones", "devuelt:o,a"),
)
RETURN = RETURNED | REFUND | REVERSED | CHARGEBACK
# Words that leave open whether the money is back.
UNCERTAIN = _forms(
    *("request:,s,ed", "open:,ed", "inquir:y,ies", "retrieval", "won", "warning", "review"),
    *("initiat:e,ed", "submitted", "ganad:o,a", "solicitad:o,a", "solicitud", "respond"),
)
# Of a payment that is partially refunded, its amount is not what went back.
PARTIAL = _forms("part", "partial:,ly", "parte", "parcial:,mente")
REFUSED = _forms("reject:,s,ed,ing,ion", "rechaz:o,ado,ada")
DECLINED = _forms("declin:e,ed,es,ing,ado,ada", "den:y,ied,ial,egado,egada")
VOID = _forms(
    *("void:,s,ed,ing", "cancel:,ed,led,ling,ing,lation,ation,ado,ada,acion"),
    *("anul:ado,ada,acion",),
)
UNPAID = (
    REFUSED
    | DECLINED
    | VOID
    | _forms(
        *("fail:,s,ed,ure,ing", "expir:ed,ado,ada"),
        *("error:,s", "unpaid", "unsuccessful:,ly", "unapproved", "unauthorized", "disapproved"),
        *("abandon:ed,ado,ada", "abort:,ed,ado,ada", "fall:o,ido,ida"),
        "donothonor",  # ISO 8583, 39: code 05
    )
)
PENDING = _forms(
    *("pending", "pendiente:,s", "await:,s,ing", "schedul:e,ed", "hold", "held", "process:,ing"),
    *("proceso", "programad:o,a", "queued", "unsettled", "uncaptured"),
    *("unprocessed", "unposted", "preauth:,orized,orization", "preauthorised"),
)
PAID = _forms(
    *("approv:e,ed,al", "accept:,ed", "captur:e,ed", "cleared", "complet:e,ed,o,ado,ada"),
    *("deposited", "funded", "settled", "succe:ss,ssful,ssfully,eded", "processed", "paid"),
    *("posted", "charged", "received", "aprob:ado,ada", "acept:ado,ada", "pagad:o,a"),
    *("liquid:ado,ada", "recibid:o,a", "exitos:o,a"),
)
YES = frozenset({"ok", "y", "yes", "t", "true", "1", "si", "sí", "sale", "payment", "pago"})
MARKS = {"x", "✓", "✔"}
NO = {"false", "no", "n", "0", "f"}
NOT = frozenset({"not", "never", "no", "non", "un", "false", "nunca"})
# Words that may accompany a word for paid.
WITH_PAID = _forms(
    *("in", "full", "by", "via", "with", "the", "bank", "card", "credit", "debit", "ach", "echeck"),
    *("autopay", "auto", "pay", "online", "web", "phone", "was", "is", "has", "been", "and"),
    *("transaction", "customer", "your", "thank", "you", "code", "auth", "authorization", "e"),
    *("check", "cash", "eft", "por", "banco", "el", "la", "con", "tarjeta"),
)
ACH = frozenset({"ach", "echeck", "check", "eft"})
# Words that may accompany these in a column that was not chosen, and in its name.
BESIDE = ACH | _forms(
    *("card", "credit", "payment", "item", "transaction", "full", "partial", "by", "pago"),
    *("customer", "bank", "e", "back", "charge", "funds", "debit", "the", "of", "was", "is"),
    *("date", "amount", "flag", "code", "reason", "on", "at", "fecha", "monto", "in", "yet"),
    *("settlement", "approval", "capture", "partially", "en", "de", "codigo", "motivo"),
)
OF_COLUMNS = (
    RETURN
    | REFUSED
    | _forms(
        *("void:,ed", "declin:e,ed", "cancel:,ed,led,lation,ation,ado,ada", "fail:,ed,ure"),
        *("anul:ado,ada", "fallid:o,a"),
    )
)
STATUS_NAMES = _forms(
    *("status", "stage", "result", "outcome", "disposition", "response", "estado", "estatus"),
)
IN_STATUS_NAMES = frozenset(
    {"payment", "transaction", "settlement", "capture", "pago", "of", "the"}
)
IN_FLAG_NAMES = frozenset({"is", "was", "has", "been", "payment", "transaction", "flag", "y", "n"})
# Parts of column names that make such words a person's name, or a place.
PEOPLE_AND_PLACES = (
    *("name", "nombre", "apellido", "company", "compañia", "compañía", "business", "payer"),
    *("payor", "holder", "owner", "tenant", "resident", "city", "ciudad", "town", "address"),
    *("street", "direccion", "dirección", "county", "cashier", "clerk", "agent", "operator"),
    *("employee", "email", "vendor", "merchant", "organization", "subdivision", "location"),
    *("department", "branch"),
)
PERSONS = {"customer", "client", "cliente", "first", "middle", "last"}  # whole names of columns
FREE_TEXT = ("note", "comment", "memo", "remark", "descri", "message", "nota", "comentario")
TYPES = _forms(
    *("payment:,s", "pago:,s", "pmt", "pymt", "sale", "purchase", "capture", "autopay"),
    *("recurring", "recurrente", "onetime", "ach", "echeck", "check", "eft", "card", "cc", "cash"),
    *("visa", "mastercard", "mc", "amex", "discover", "diners", "jcb", "paypal", "venmo", "draft"),
    *("online", "web", "ivr", "phone", "mobile", "text", "sms", "kiosk", "lockbox", "tarjeta"),
)
# Words that mean nothing without one of those.
WITH_TYPES = (
    WITH_PAID
    | PAID
    | _forms(
        *("american", "express", "apple", "google", "wallet", "account", "checking", "savings"),
        *("bill", "invoice", "utility", "guest", "partial", "installment", "one", "time", "single"),
        *("scheduled", "regular", "to", "of", "walk", "counter", "club", "new"),
    )
)
# Words for "no method".
NO_METHOD = _forms(
    "adjust:ment,ments", "adj", "writeoff", "write", "cb", "ret", "rtn", "correction"
)
