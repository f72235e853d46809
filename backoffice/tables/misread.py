"""Text that other programs escaped or misread, as it was written."""

import html
import re
from contextlib import suppress
from html.entities import name2codepoint

# How web pages escape characters, some of them twice (&amp;#39;). Reports made as web pages leave
# some of that behind.
ENTITY = re.compile(r"&(?:amp;)*(#\d{1,5}|#x[0-9a-f]{1,4}|[a-z]{2,6});", re.IGNORECASE)
# Letters of the West and the signs between them: NU&Ntilde;EZ, O&rsquo;Brien.
NAMED = {"apos": "'"} | {
    name: chr(code)
    for name, code in name2codepoint.items()
    if code < 0x100 or 0x2010 <= code < 0x2040
}
# UTF-8 that a program read as the letters of Windows, a Mac, or DOS, each on its own: JosÃ©, Jos√©,
# or Jos├⌐ for José; Nguyá»…n for Nguyễn; an accent of its own after its letter.
MISREAD = re.compile(
    r"[ÃÂÅÄ√¬├┬][^\x00-\x7f]|Æ[¡¯°]|Ì[€\x81‚ƒ„…†‡ˆ]"
    r"|(?:â€|á[º»]|‚Ä|·[∫ª]|ΓÇ|ß[║╗])[^\x00-\x7f]"
)
CODE_PAGES = {
    **dict.fromkeys("ÃÂÅÄÆÌâá", ("cp1252", "latin-1")),
    **dict.fromkeys("√¬‚·", ("mac_roman",)),
    **dict.fromkeys("├┬Γß", ("cp437", "cp850")),
}
# Letters of DOS that a program read as signs of Windows, which no word contains: NU¥EZ for NUÑEZ.
SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])[¥¤¡¢£‚](?=[^\W\d_])")


def as_written(text: str) -> str:
    """Returns the text with letters for what stands for them. A quotation mark or a line break that
    is escaped becomes a space: it would change how a line is read."""
    if "&" in text:
        text = ENTITY.sub(_character, text)
    if text.isascii():
        return text
    while (read := MISREAD.sub(_read_again, text)) != text:  # some were misread twice
        text = read
    return SIGN_IN_WORD.sub(_letter_of_dos, text)


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    if name[0] == "#":
        read = html.unescape(f"&{name};")
    else:  # a CIS may write all in capitals: &NTILDE;
        spellings = (name, name.capitalize(), name.lower())
        read = next((NAMED[each] for each in spellings if each in NAMED), f"&{name};")
    if read in {"\xa0", "\xad"} or (read.isprintable() and read != '"'):
        return read
    return " "


def _read_again(misread: re.Match[str]) -> str:
    for page in CODE_PAGES[misread[0][0]]:
        with suppress(UnicodeError):
            return misread[0].encode(page).decode()
    return misread[0]


def _letter_of_dos(sign: re.Match[str]) -> str:
    return sign[0].encode("cp1252").decode("cp850")
