#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what repeats the blocks' contracts: the dialogs' documentation and docs/blocks.md.

It also writes the list of attentions into the dialogs that offer them, the numbers of the default
model into all dialogs, the tables of the classes of emissions into README.md and docs/models.md,
those of services into docs/services.md, and the version and the words of the README into
MANIFEST.yml, CITATION.cff and a recipe.

docs/make_docs.py                      after a change of a contract, a .block.yml, classes.toml,
                                       the README or the version in CMakeLists.txt
docs/make_docs.py --check              exits with 1 and names the files that are out of date
docs/make_docs.py --docstrings FILE    the C++ header that the bindings include; CMake runs it
"""

from __future__ import annotations

import argparse
import json
import re
import runpy
import sys
from pathlib import Path

from class_tables import fill_class_table, fill_service_table, fill_short_table
from contracts import (
    INCLUDE,
    PACKAGE,
    ROOT,
    Contract,
    fill,
    items,
    paragraphs,
    public_names,
    read_blocks,
    read_header,
    to_help,
)
from release_files import fill_citation, fill_manifest, fill_recipe

GRC = ROOT / "grc"
PAGE = ROOT / "docs" / "blocks.md"
README = ROOT / "README.md"
MANIFEST, CITATION = ROOT / "MANIFEST.yml", ROOT / "CITATION.cff"
RECIPE = ROOT / "packaging" / "gr-rfattn.lwr"
MODELS_PAGE, SERVICES_PAGE = ROOT / "docs" / "models.md", ROOT / "docs" / "services.md"
DIALOG_WIDTH = 78
"""Columns that fit into the dialog as it opens, which would wrap longer lines once more."""
NOTICE = "<!-- Written by docs/make_docs.py from the contracts of the blocks: edit those. -->"
PAGE_HEAD = f"""{NOTICE}

# Blocks

Each block as its source describes it; `help(rfattn.BLOCK)` in Python and the documentation tab of
GNU Radio Companion show the same. Blocks are listed in the order of the signal path. The
[glossary](glossary.md) defines the terms. The last section lists the [stream tags](#stream-tags).
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--docstrings", type=Path, metavar="FILE", help="write the C++ header")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.docstrings:
            chosen.docstrings.write_text(make_docstrings())
            return 0
        stale = find_stale()
    except (OSError, ValueError) as error:
        print(f"make_docs.py: {error}", file=sys.stderr)
        return 1
    for path, text in stale.items():
        if chosen.check:
            print(f"{path.relative_to(ROOT)} is out of date: run docs/make_docs.py")
        else:
            path.write_text(text)
    return 1 if chosen.check and stale else 0


def find_stale() -> dict[Path, str]:
    """What should be in each file whose text is another, by path."""
    files = make_files()
    return {path: t for path, t in files.items() if not path.exists() or path.read_text() != t}


def make_docstrings() -> str:
    """A C++ header with a constant for each class that a header documents, and each method."""
    texts = {}
    for path in sorted(INCLUDE.glob("*.h")):
        if "/*!" not in path.read_text():
            continue
        contract = read_header(path)
        texts[contract.name] = to_help(contract)
        for name, method in contract.methods.items():
            texts[f"{contract.name}_{name}"] = to_help(method)
    lines = [
        f'inline constexpr char {name}[] = R"doc({text})doc";\n' for name, text in texts.items()
    ]
    return "\n".join(["#pragma once\n\nnamespace docs {\n", *lines, "} // namespace docs\n"])


def make_files() -> dict[Path, str]:
    """The text of each file that this program writes, by path."""
    blocks, dialogs, numbers = read_blocks(), read_dialogs(), default_model()
    labels = {name: dialog["label"] for name, dialog in dialogs.items()}
    files = {}
    for name, dialog in dialogs.items():
        path = GRC / f"rfattn_{name}.block.yml"
        yml = path.read_text()
        for parameter, value in numbers.items():
            if blocks[name].defaults.get(parameter) in (None, "DEFAULT_MODEL"):
                yml = _set(yml, parameter, "default", value)
        yml = _list_attentions(yml) if "\n- id: attention\n" in yml else yml
        files[path] = _replace_documentation(yml, to_dialog(blocks[name], dialog, labels))
    order = [*dialogs, *(name for name in blocks if name not in dialogs)]
    page = [PAGE_HEAD, *_summary_table([blocks[name] for name in order])]
    page += [to_markdown(blocks[name], dialogs.get(name)) for name in order]
    files[PAGE] = "\n".join([*page, *_tag_table()])
    files[MODELS_PAGE] = fill_class_table(MODELS_PAGE.read_text())
    files[SERVICES_PAGE] = fill_service_table(SERVICES_PAGE.read_text())
    files[README] = fill_short_table(README.read_text())
    words = (MANIFEST, fill_manifest), (CITATION, fill_citation), (RECIPE, fill_recipe)
    for path, fill_words in words:
        files[path] = fill_words(path.read_text(), files[README])
    return files


def read_dialogs() -> dict[str, dict]:
    """The descriptions for GNU Radio Companion by block, in the order of the signal path."""
    import yaml

    paths = {name: GRC / f"rfattn_{name}.block.yml" for name in public_names()}
    return {name: yaml.safe_load(path.read_text()) for name, path in paths.items() if path.exists()}


def default_model() -> dict[str, str]:
    """What the dialogs repeat of the default model, by the name of the parameter."""
    text = (PACKAGE / "inference" / "__init__.py").read_text()
    name = re.search(r'^DEFAULT_MODEL = "(\w+)"', text, re.MULTILINE)[1]
    reports = sorted((PACKAGE / "models" / name).glob("*_metrics.json"))
    model = json.loads(reports[0].read_text())["model"]
    sizes = {size: f"'{model[size]}'" for size in ("n_bins", "block_size", "n_classes")}
    return {"model": name, **sizes}


def _set(yml: str, parameter: str, field: str, value: str) -> str:
    """The description with another value of a field of a parameter, if it has that field."""
    entry = rf"(^- id: {parameter}\n(?:  .*\n)*?  {field}: ).*"
    return re.sub(entry, lambda found: found[1] + value, yml, count=1, flags=re.MULTILINE)


def _list_attentions(yml: str) -> str:
    registry = runpy.run_path(str(PACKAGE / "attention" / "registry.py"))
    names = ["model", *registry["ATTENTIONS"]]
    options = ", ".join(f"\"'{name}'\"" for name in names)
    yml = _set(yml, "attention", "options", f"[{options}]")
    titles = ", ".join(["That of the model", *registry["TITLES"]])
    yml = _set(yml, "attention", "option_labels", f"[{titles}]")
    allowed = ", ".join(f"'{name}'" for name in [*names, *registry["OLD_NAMES"]])
    return re.sub(r"(attention in \().*?(\) \})", rf"\1{allowed}\2", yml)


def _replace_documentation(yml: str, text: str) -> str:
    before, _, after = yml.partition("documentation: |-\n")
    _, _, rest = after.partition("\nfile_format:")
    body = "\n".join(f"  {line}" if line else "" for line in text.splitlines())
    return f"{before}documentation: |-\n{body}\n\nfile_format:{rest}"


def to_dialog(contract: Contract, dialog: dict, labels: dict[str, str]) -> str:
    """Plain text; the companion makes a line without indent that ends in a colon bold."""

    def flow(text: str, indent: str = "") -> str:
        return fill(_plain(text, labels), indent, DIALOG_WIDTH)

    parts = [flow(contract.about)]
    parts += [
        f"{_plain(title, labels)}:\n{flow(body, '  ')}" for title, body in contract.sections.items()
    ]
    named = {p["id"]: p["label"] for p in dialog["parameters"]}
    bodies = {name.removeprefix("options."): body for name, body in contract.parameters.items()}
    absent = [name for name in bodies if name not in named]
    if absent:
        raise ValueError(f"grc/rfattn_{contract.name}.block.yml has no parameter {absent[0]}")
    entries = [
        fill(f"  - {named[name]} [{name}]: {_plain(body, labels)}.", "", DIALOG_WIDTH)
        for name, body in bodies.items()
    ]
    return "\n\n".join([*parts, "Parameters:\n" + "\n".join(entries)])


def _plain(text: str, labels: dict[str, str]) -> str:
    """Without backticks, and with the labels of the blocks in place of their names."""
    names = "|".join(labels)
    text = re.sub(rf"`({names})`", lambda found: labels[found[1]], text)
    compound = "|".join(name for name in labels if "_" in name)
    text = re.sub(rf"(?<![\w/.])({compound})(?![\w/.]\w)", lambda found: labels[found[1]], text)
    return text.replace("`", "")


def _summary_table(blocks: list[Contract]) -> list[str]:
    rows = ["| block | in → out | purpose |", "|---|---|---|"]
    for block in blocks:
        flow = f"{ports(block, 'in') or 'nothing'} → {ports(block, 'out') or 'nothing'}"
        rows.append(f"| [`{block.name}`](#{block.name}) | {flow} | {_cell(block.summary)} |")
    return [*rows, ""]


def _tag_table() -> list[str]:
    tags = read_header(INCLUDE / "tags.h").constants
    rows = ["| key | in Python | who adds it, where, and its value |", "|---|---|---|"]
    for name, (key, text) in tags.items():
        if key.startswith("rfattn:"):
            rows.append(f"| `{key}` | `rfattn.tags.{name}` | {_cell(text)} |")
    return ["## Stream tags", "", *rows, ""]


def ports(block: Contract, direction: str) -> str:
    """Type of the stream, as its section begins, and names of the messages."""
    stream = block.sections.get(f"Stream {direction}put", "")
    found = [re.match(r"[^,.;:]*", stream)[0]] if stream else []
    found += [f"`{name}`" for name in messages(block, direction)]
    return ", ".join(found)


def messages(block: Contract, direction: str) -> list[str]:
    """Names of the message ports: the items, or else the first word, of their section."""
    section = block.sections.get(f"Messages {direction}", "")
    listed = re.findall(r"^- `?(\w+)`?: ", section.partition("\n\n")[0], re.MULTILINE)
    return listed or re.findall(r"\A`?(\w+)", section)


def to_markdown(block: Contract, dialog: dict | None) -> str:
    parts = [f"## {block.name}", _where(block, dialog), *_flow(block.about)]
    for title, body in block.sections.items():
        first, *rest = _flow(body)
        parts += [f"**{title}**\n\n{first}" if first[0] == "-" else f"**{title}.** {first}", *rest]
    parts += _parameter_table(block, dialog)
    if block.attributes:
        parts.append("**Attributes**\n\n" + _list(block.attributes))
    if block.methods:
        parts.append("**Methods**\n\n" + "\n".join(map(_method, block.methods.values())))
    if block.raises:
        parts.append("**Errors**\n\n" + _list(block.raises))
    return "\n\n".join(parts) + "\n"


def _where(block: Contract, dialog: dict | None) -> str:
    source = block.source.relative_to(ROOT)
    where = f"*{dialog['label']}* in GNU Radio Companion" if dialog else "Not in the companion"
    return f"{where}; written in [{source.name}](../{source})."


def _flow(text: str) -> list[str]:
    return [
        "\n".join(bullet + _markdown(body) for bullet, body in items(part))
        for part in paragraphs(text)
    ]


def _parameter_table(block: Contract, dialog: dict | None) -> list[str]:
    labels = {p["id"]: p["label"] for p in dialog["parameters"]} if dialog else {}
    rows = ["| parameter | default | in the companion | meaning |", "|---|---|---|---|"]
    for name, default in block.defaults.items():
        value = f"`{default}`" if default is not None else "required"
        meaning, dialog_name = _cell(block.parameters.get(name, "")), name.removeprefix("options.")
        rows.append(f"| `{name}` | {value} | {labels.get(dialog_name, '')} | {meaning} |")
    return ["\n".join(rows)]


def _method(method: Contract) -> str:
    returned = f"\n\nReturns: {method.returns}" if method.returns else ""
    text = (
        "\n\n".join(_flow(method.about + returned)).replace("\n", "\n  ").replace("\n  \n", "\n\n")
    )
    return f"- `{method.signature}`: {text}"


def _list(entries: dict[str, str]) -> str:
    return "\n".join(f"- `{name}`: {_markdown(text)}." for name, text in entries.items())


def _markdown(text: str) -> str:
    """Escapes what Markdown would take for HTML or emphasis, outside of code."""
    code = re.split(r"(`+[^`]*`+)", text)
    code[::2] = [re.sub(r"([<*](?=\S))", r"\\\1", part) for part in code[::2]]
    return "".join(code)


def _cell(text: str) -> str:
    return _markdown(text).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
