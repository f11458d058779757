#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the site of the documentation: README, docs/ and a page for each class of emissions.

docs/site/make_site.py OUT

OUT is a new or empty folder, or a site that is made anew. It needs Debian's packages furo,
python3-myst-parser and python3-sphinx, the module in build/, and no network. A link that leads
nowhere, and every other warning, is an error. The site loads nothing from elsewhere: serve it with
any web server, or open OUT/index.html.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from pathlib import Path

from site_source import ROOT, collect

sys.path.insert(0, str(ROOT / "build" / "test_modules"))

ICON = ROOT / "python" / "rfattn_station" / "web" / "page" / "icon.svg"
INVENTORY, IS_OURS = "objects.inv", b"# Project: gr-rfattn\n"
"""A file of each site that Sphinx makes, and a line at its beginning."""
NEEDS = "it needs the packages furo, python3-myst-parser and python3-sphinx, and a build in build/"
HEADINGS = 6
"""Levels of headings that links may lead to: all."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the site")
    out = parser.parse_args(arguments).out.resolve()
    try:
        if out.exists() and any(out.iterdir()) and not is_site(out):
            raise ValueError(f"{out}: must be new, empty or this site")
        with tempfile.TemporaryDirectory() as folder:
            warnings = make_site(Path(folder), out)
    except ImportError as error:
        print(f"make_site.py: {error}: {NEEDS}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"make_site.py: {error}", file=sys.stderr)
        return 1
    print(warnings, end="", file=sys.stderr)
    return 1 if warnings else 0


def is_site(folder: Path) -> bool:
    inventory = folder / INVENTORY
    return inventory.is_file() and IS_OURS in inventory.read_bytes()[:100]


def make_site(folder: Path, out: Path) -> str:
    """Makes the site anew, with an empty folder for what it is made of; returns the warnings.

    Raises:
        ImportError, OSError, ValueError: it cannot be made; an older site stays.
    """
    from class_pages import write_pages
    from gnuradio.rfattn import __version__
    from gnuradio.rfattn.catalogue.classes import classes
    from pygments.lexers.special import TextLexer
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.highlighting import lexers
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    lexers["mermaid"] = TextLexer()  # shown as it is written: drawing it takes a foreign script
    source, warnings = folder / "source", io.StringIO()
    collect(source, {row.name for row in classes()})
    write_pages(source)
    options = {
        "project": "gr-rfattn",
        "version": __version__,
        "release": __version__,
        "extensions": ["myst_parser"],
        "myst_enable_extensions": ["html_image"],
        "myst_heading_anchors": HEADINGS,
        "html_theme": "furo",
        "html_title": f"gr-rfattn {__version__}",
        "html_favicon": str(ICON),
        "html_copy_source": False,
        "html_show_copyright": False,
    }
    made = folder / "site"
    about = {"confoverrides": options, "status": None, "warning": warnings}
    try:
        with patch_docutils(), docutils_namespace():
            Sphinx(source, None, made, folder / "doctrees", "html", **about).build()
    except SphinxError as error:
        raise ValueError(str(error)) from None
    shutil.rmtree(out, ignore_errors=True)
    shutil.move(made, out)
    return warnings.getvalue().replace(f"{source}/", "")


if __name__ == "__main__":
    sys.exit(main())
