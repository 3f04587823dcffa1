"""Writes small Office Open XML workbooks, as spreadsheet programs do, and as nobody does who means well."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

BOOK = '<workbook xmlns:r="r">{pr}<sheets>{sheets}</sheets></workbook>'
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="{own}"/></numFmts><cellStyleXfs><xf numFmtId="14"/>'
    '</cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/><xf numFmtId="46"/>'
    '<xf numFmtId="9"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)
"""The styles 0 to 5: a number, a date, a time, a duration, per cent, and one of one's own."""


def cell(value: object, *, style: int = 0) -> str:
    """A cell that says nothing of its place."""
    match value:
        case None:
            return "<c/>"
        case bool():
            return f'<c t="b"><v>{int(value)}</v></c>'
        case str():
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case _:
            return f'<c s="{style}"><v>{value}</v></c>'


def sheet(rows: Sequence[Sequence[object]], *, styles: Mapping[int, int] | None = None) -> str:
    """``styles`` by the place of a column, from 0."""
    known = styles or {}
    lines = (
        "<row>" + "".join(cell(value, style=known.get(place, 0)) for place, value in enumerate(row)) + "</row>"
        for row in rows
    )
    return f"<worksheet><sheetData>{''.join(lines)}</sheetData></worksheet>"


def write_workbook(
    path: Path,
    content: str,
    *,
    states: Sequence[str] = ("visible",),
    own_format: str = "0.0",
    since_1904: bool = False,
    parts: Mapping[str, str] | None = None,
) -> Path:
    """A workbook with a sheet for each of ``states``, of which the last has this ``content``."""
    named = [f'<sheet name="S{place}" state="{state}" r:id="r{place}"/>' for place, state in enumerate(states)]
    links = [f'<Relationship Id="r{place}" Target="worksheets/sheet{place}.xml"/>' for place in range(len(states))]
    files = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": BOOK.format(pr='<workbookPr date1904="1"/>' * since_1904, sheets="".join(named)),
        "xl/_rels/workbook.xml.rels": f"<Relationships>{''.join(links)}</Relationships>",
        "xl/styles.xml": STYLES.format(own=escape(own_format, {'"': "&quot;"})),
        **{f"xl/worksheets/sheet{place}.xml": sheet([["no"]]) for place in range(len(states) - 1)},
        f"xl/worksheets/sheet{len(states) - 1}.xml": content,
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
