# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the contract of each block from the one place where it is written.

A C++ block has it in the Doxygen comments of its header, a Python block in the docstring of its
class. Both consist of a sentence on the purpose, prose, sections under fixed headings (`HEADINGS`),
parameters and errors. Standard library only, since the build of the bindings runs it.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = ROOT / "include" / "gnuradio" / "rfattn"
PACKAGE = ROOT / "python" / "rfattn"
HEADINGS = (
    "Stream input",
    "Stream output",
    "Tags in",
    "Tags out",
    "Messages in",
    "Messages out",
    "GNU Radio Companion",
)
_PYTHON_NAMES = {
    "{}": "[]",
    "std::invalid_argument": "ValueError",
    "std::out_of_range": "IndexError",
    "std::runtime_error": "RuntimeError",
    "std::nullopt": "None",
    "true": "True",
    "false": "False",
}
_COMMENT = re.compile(r"/\*!(.*?)\*/|((?:[ \t]*//!(?!<)[^\n]*\n)+)", re.DOTALL)
_SETTINGS = re.compile(r"^    struct settings \{\n(.*?)^    \};\n", re.DOTALL | re.MULTILINE)
OPTIONS = "LabellerOptions"
"""The class whose fields a block takes as its parameter options; a dialog has them as its own."""
_COMMAND = re.compile(r"(?<!\S)\\(brief|param|throws|return)\s+")


@dataclass
class Contract:
    """What a class, or one of its methods, promises. Texts are paragraphs and lists of "- "."""

    name: str
    about: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    raises: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str | None] = field(default_factory=dict)
    """By parameter, in the order of the constructor, as Python writes it; None: required."""
    methods: dict[str, Contract] = field(default_factory=dict)
    constants: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value and text of the commented string constants, by name."""
    source: Path | None = None

    @property
    def summary(self) -> str:
        return " ".join(self.about.partition("\n\n")[0].split())

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(self.defaults)})"


def public_names() -> dict[str, str]:
    """Module of each name that the package exports, relative to the package, by name."""
    text = (PACKAGE / "__init__.py").read_text()
    return dict(re.findall(r'"(\w+)": "\.([\w.]+)"', text))


def read_blocks() -> dict[str, Contract]:
    """The contract of every exported block, by name."""
    names = {name: module for name, module in public_names().items() if name != "tags"}
    return {name: _read_block(name, module) for name, module in names.items()}


def _read_block(name: str, module: str) -> Contract:
    header = INCLUDE / f"{name}.h"
    if header.exists():
        return read_header(header)
    contract = read_class(PACKAGE / f"{module.replace('.', '/')}.py", name)
    if contract.defaults.pop("options", None):
        _add_options(contract, read_class(PACKAGE / "blocks" / "labeller_options.py", OPTIONS))
    return contract


def read_header(path: Path) -> Contract:
    """The contract of the class, or of the namespace, that a C++ header documents first."""
    text = path.read_text()
    struct = _SETTINGS.search(text)
    text = _SETTINGS.sub("", text)
    contract = None
    for match in _COMMENT.finditer(text):
        declaration = re.match(r"[^;{]*", text[match.end() :])[0].strip()
        found = _from_doxygen(_without_stars(match))
        if contract is None:
            contract, contract.source = found, path
            named = re.search(r"(?:class (?:\w+_API )?|namespace )(\w+)", declaration)
            if named is None:
                raise ValueError(f"{path}: the first comment must be that of a class or namespace")
            contract.name = named[1]
            continue
        called = re.search(r"(\w+)\s*\((.*)\)", declaration, re.DOTALL)
        if called is None:
            constant = re.search(r'(\w+)\[\] = "(.*)"', declaration)
            if constant:
                contract.constants[constant[1]] = constant[2], _joined(found.about)
            continue
        found.name, found.defaults = called[1], dict(map(_cpp_argument, _split(called[2])))
        if found.name in ("make", contract.name):
            contract.parameters, contract.raises = found.parameters, found.raises
            contract.defaults = found.defaults
            if struct:
                _add_settings(contract, struct[1])
        else:
            contract.methods[found.name] = found
    if contract is None:
        raise ValueError(f"{path}: no class has a comment /*! ... */")
    return contract


def _add_settings(contract: Contract, struct: str) -> None:
    """Puts the members of the settings, each with its comment, in place of the last argument."""
    contract.defaults.popitem()
    for match in _COMMENT.finditer(struct):
        name, default = _cpp_argument(struct[match.end() :].partition(";")[0])
        contract.parameters[name] = _joined(_without_stars(match))
        contract.defaults[name] = default


def _add_options(contract: Contract, options: Contract) -> None:
    """Puts the fields of the options in place of the argument."""
    del contract.parameters["options"]
    contract.parameters |= {f"options.{name}": text for name, text in options.parameters.items()}
    contract.defaults |= {f"options.{name}": value for name, value in options.defaults.items()}


def read_class(path: Path, name: str) -> Contract:
    """The contract of a Python class, from its source."""
    nodes = ast.parse(path.read_text()).body
    node = next(n for n in nodes if isinstance(n, ast.ClassDef) and n.name == name)
    try:
        contract = _from_docstring(name, ast.get_docstring(node) or "")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    contract.source = path
    for entry in (n for n in node.body if isinstance(n, ast.AnnAssign)):  # of a dataclass
        contract.defaults[entry.target.id] = entry.value and ast.unparse(entry.value)
    for function in (n for n in node.body if isinstance(n, ast.FunctionDef)):
        docstring = ast.get_docstring(function)
        if function.name == "__init__":
            contract.defaults = _python_arguments(function)
        elif docstring and not function.name.startswith("_"):
            method = _from_docstring(function.name, docstring)
            method.defaults = _python_arguments(function)
            if "property" in map(ast.unparse, function.decorator_list):
                contract.attributes[method.name] = method.summary.rstrip(".")
            else:
                contract.methods[method.name] = method
    return contract


def _without_stars(match: re.Match) -> str:
    if match[1] is not None:
        return textwrap.dedent(re.sub(r"^[ \t]*\*(?: |$)?", "", match[1], flags=re.MULTILINE))
    return re.sub(r"^[ \t]*//!(?: |$)?", "", match[2], flags=re.MULTILINE)


def _from_doxygen(text: str) -> Contract:
    contract = Contract("")
    text = re.sub(r"^\\ingroup .*\n", "", text, flags=re.MULTILINE)
    prose, *commands = _COMMAND.split(text)
    for command, body in zip(commands[::2], commands[1::2], strict=True):
        if command == "brief":
            prose += body
        elif command == "return":
            contract.returns = body.strip()
        elif command == "param":
            names, _, rule = _joined(body).partition(" ")
            contract.parameters |= dict.fromkeys(names.split(","), rule)
        elif command == "throws":
            error, _, rule = _joined(body).partition(" ")
            contract.raises[_PYTHON_NAMES.get(error, error)] = rule
    contract.about, *sections = re.split(r"^# (.*)$", prose, flags=re.MULTILINE)
    contract.about = contract.about.strip()
    contract.sections = {h: s.strip() for h, s in zip(sections[::2], sections[1::2], strict=True)}
    return contract


def _from_docstring(name: str, text: str) -> Contract:
    contract = Contract(name)
    heading = rf"^(?:# )?({'|'.join(HEADINGS)}|Args|Attributes|Returns|Raises):?$"
    contract.about, *sections = re.split(heading, text, flags=re.MULTILINE)
    contract.about = contract.about.strip()
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        indented, rest = re.fullmatch(r"((?:[ \t][^\n]*\n?|\n)*)(.*)", body, re.DOTALL).groups()
        if indented.strip() and rest:  # prose between two sections
            contract.about += f"\n\n{rest.strip()}"
            body = indented
        body = textwrap.dedent(body).strip("\n")
        if title in ("Args", "Attributes", "Raises"):
            setattr(contract, {"Args": "parameters"}.get(title, title.lower()), _entries(body))
        elif title == "Returns":
            contract.returns = body
        else:
            contract.sections[title] = body
    return contract


def _entries(text: str) -> dict[str, str]:
    """Texts by name, of lines "name, name: text" with their indented continuations."""
    start, *found = re.split(r"^(\w[\w., ]*): ?", text, flags=re.MULTILINE)
    if start.strip():
        raise ValueError(f"entries must begin with their name and a colon, got {start!r}")
    pairs = zip(found[::2], found[1::2], strict=True)
    return {name: _joined(body).rstrip(".") for names, body in pairs for name in names.split(", ")}


def _python_arguments(function: ast.FunctionDef) -> dict[str, str | None]:
    taken = function.args
    names = [argument.arg for argument in taken.args[1:]]
    values = [ast.unparse(value) for value in taken.defaults]
    found = dict(zip(names, [None] * (len(names) - len(values)) + values, strict=True))
    for argument, value in zip(taken.kwonlyargs, taken.kw_defaults, strict=True):
        found[argument.arg] = value and ast.unparse(value)
    return found


def _cpp_argument(text: str) -> tuple[str, str | None]:
    declared, _, value = (part.strip() for part in text.partition("="))
    return re.search(r"\w+$", declared)[0], _PYTHON_NAMES.get(value, value) or None


def _split(arguments: str) -> list[str]:
    """At the commas outside of template brackets."""
    return [part for part in re.split(r",(?![^<]*>)", arguments) if part.strip()]


def _joined(text: str) -> str:
    return " ".join(text.split())


def fill(text: str, indent: str = "", width: int = 92) -> str:
    """Wraps the paragraphs and lists of a text."""
    return "\n\n".join(_fill_paragraph(part, indent, width) for part in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.strip("\n"))]


def items(paragraph: str) -> list[tuple[str, str]]:
    """Indent with bullet, and text, of each item of a paragraph; a bullet may be none."""
    found = re.split(r"^([ \t]*- )", "\n" + paragraph, flags=re.MULTILINE)
    pairs = [("", found[0]), *zip(found[1::2], found[2::2], strict=True)]
    return [(bullet, _joined(body)) for bullet, body in pairs if body.strip()]


def _fill_paragraph(paragraph: str, indent: str, width: int) -> str:
    return "\n".join(
        _wrap(body, width, indent + bullet, indent + " " * len(bullet))
        for bullet, body in items(paragraph)
    )


def _wrap(text: str, width: int, first: str, rest: str) -> str:
    """Breaks lines, but not between a comparison and its number."""
    kept = re.sub(r"([<>]=?) (?=[\d-])", "\\1\0", text)
    lines = textwrap.wrap(
        kept,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\0", " ")


def to_help(contract: Contract) -> str:
    """The contract as a docstring in Python's usual form."""
    parts = [fill(contract.about)]
    parts += [f"{title}:\n{fill(body, '    ')}" for title, body in contract.sections.items()]
    parts += _entry_section("Args", contract.parameters)
    parts += _entry_section("Attributes", contract.attributes)
    if contract.returns:
        parts.append(f"Returns:\n{fill(contract.returns, '    ')}")
    parts += _entry_section("Raises", contract.raises)
    return "\n\n".join(part for part in parts if part)


def _entry_section(title: str, entries: dict[str, str]) -> list[str]:
    lines = [_wrap(f"{name}: {body}.", 92, " " * 4, " " * 8) for name, body in entries.items()]
    return [f"{title}:\n" + "\n".join(lines)] if lines else []
