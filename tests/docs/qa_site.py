# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of the documentation: it is made without a warning, whole, and loads nothing."""

import contextlib
import html.parser
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from gnuradio.rfattn.catalogue import classes as catalogue
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.decoding.decoder import read_decoders
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.inference.files import resolve
from gnuradio.rfattn.inference.training_report import report_beside

from browser import CHROMIUM, Browser
from pages import PAGES, ROOT

for module in ("sphinx", "myst_parser", "furo"):
    pytest.importorskip(module, reason=f"the site needs {module} (see tests/run.sh)")

sys.path.insert(0, str(ROOT / "docs" / "site"))

import class_pages
import make_site
import site_source

COMMAND = [sys.executable, ROOT / "docs" / "site" / "make_site.py"]
LOADING = {
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("iframe", "src"),
    ("link", "href"),
    ("object", "data"),
}
"""Elements and attributes whose address a browser loads with the page."""


class Links(html.parser.HTMLParser):
    """The addresses in a page, those that it loads apart, and its anchors."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors.add(values.get("id"))
        for name, value in attrs:
            if name in ("href", "src", "data"):
                (self.loaded if (tag, name) in LOADING else self.links).append(value)


SOME = [row for row in classes() if row.name in ("pocsag", "dvbt", "mode_s")]
"""Bursts and no bursts, narrow and wide: of each class, Sphinx needs half a second and a picture as
much."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "out"
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as err:
        for module in (catalogue, class_pages):
            patch.setattr(module, "classes", lambda: SOME)
        assert make_site.main([str(out)]) == 0, err.getvalue()
    assert err.getvalue() == ""
    return out


@pytest.fixture(scope="module")
def html_pages(site):
    return {path: Links(path) for path in site.rglob("*.html")}


def test_it_has_every_page(site):
    for name in PAGES:
        page = "index.html" if name == "README.md" else name.replace(".md", ".html")
        assert (site / page).is_file(), name


def test_links_lead_somewhere(html_pages):
    for page, found in html_pages.items():
        for link in (*found.links, *found.loaded):
            address = urlsplit(link)
            if address.scheme:
                continue
            path = (page.parent / unquote(address.path)).resolve() if address.path else page
            assert path.exists(), f"{page.name}: {link}"
            if address.fragment and path in html_pages:
                assert unquote(address.fragment) in html_pages[path].anchors, f"{page.name}: {link}"


def test_it_loads_nothing_from_elsewhere(site, html_pages):
    for page, found in html_pages.items():
        for address in found.loaded:
            assert not urlsplit(address).netloc, f"{page.name}: {address}"
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(@import\s|url\()\s*['\"]?(https?:)?//", text), sheet.name


def test_each_class_has_a_page_with_picture_and_facts(site):
    report = report_beside(resolve(DEFAULT_EMISSION_MODEL, "model", "model"))
    for row in classes():
        assert row.words in class_pages.page(row, classes(), read_decoders(), report)
    for row in SOME:
        text = (site / "classes" / f"{row.name}.html").read_text(encoding="utf-8")
        assert row.words.replace("'", "’") in text, row.name
        assert f"_images/{row.name}.webp" in text
        assert (site / "_images" / f"{row.name}.webp").stat().st_size < 80_000


def test_decoders_and_figures_stand_on_the_page_of_a_class():
    row = next(row for row in classes() if row.name == "ais")
    report = {
        "classes": ["ais"],
        "cuts": {"ais": {"made train": 5}},
        "val_augmented": {"emissions": {"per_class": {"ais": {"ais": 9, "unknown": 2, "dmr": 1}}}},
        "val": {"recordings": {"per_class": {"ais": {"ais": 1}}}},
        "test": {"recordings": {"per_class": {"ais": {"ais": 2, "vdl2": 1}}}},
    }
    text = class_pages.page(row, classes(), read_decoders(), report)
    for line in (
        "# ais: AIS of ships",
        "| transmits at | 156.7 to 156.9 MHz, 161.9 to 162.1 MHz |",
        "| usual width | 12 kHz |",
        "| longest burst | 60 ms |",
        "| symbol rates | 9600 Bd |",
        "- `proved`: frames of its formats, found at 12 dB and more, by time on the air: ",
        "- A checksum is checked in frames of `AIS`.",
        "| made-up emissions | 12 | 9 | unknown 2, dmr 1 |",
        "| held-out recordings | 4 | 3 | vdl2 1 |",
        "- gr-rfattn itself, frames of `AIS` ([content](../docs/content.md)).",
    ):
        assert line in text, text
    pager = next(row for row in classes() if row.name == "pocsag")
    assert (
        "- `multimon-ng-pocsag`, with `--decode`, with `--content`: it takes FM, 22.05 kS/s"
        in "\n".join(class_pages._readers(pager, read_decoders()))
    )


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_the_search_finds_a_page_and_asks_nobody_else(site):
    browser = Browser()
    try:
        browser.open(f"{site.as_uri()}/search.html?q=pocsag")
        found = browser.wait_for(
            "[...document.querySelectorAll('#search-results li a')].map(a => a.href).join(' ')"
        )
        loaded = browser.value("performance.getEntriesByType('resource').map(r => r.name)")
    finally:
        browser.close()
    assert "classes/pocsag.html" in found
    assert loaded == []  # of a file's page the browser lists what comes from elsewhere


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A repository of two pages, of which a test writes the README."""
    root = tmp_path / "repository"
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "a.md").write_text("# A\n\n[home](../README.md#top)\n")
    monkeypatch.setattr(site_source, "ROOT", root)
    monkeypatch.setattr(site_source, "SIDE", {"Start": ("a",)})
    monkeypatch.setattr(site_source, "PROJECT", ())

    def write_pages(source):
        (source / "classes").mkdir()
        (source / "classes" / "index.md").write_text("# Classes\n")

    monkeypatch.setattr(class_pages, "write_pages", write_pages)

    def make(readme):
        (root / "README.md").write_text(f"# Top\n\n{readme}\n")
        return make_site.make_site(tmp_path, tmp_path / "out")

    return make


def test_a_small_site_is_made_without_a_warning(small):
    assert small("[a](docs/a.md#a)") == ""


def test_a_broken_anchor_is_a_warning(small):
    warnings = small("[a](docs/a.md#b)")
    assert re.search(r"index\.md:3: WARNING: local id not found in doc 'docs/a': 'b'", warnings)


def test_a_broken_link_is_refused(small):
    with pytest.raises(ValueError, match=r"^README\.md: a link must lead to a file, got b\.md$"):
        small("[a](b.md)")


def test_a_page_without_a_place_at_the_side_is_refused(small):
    (site_source.ROOT / "docs" / "b.md").write_text("# B\n")
    with pytest.raises(ValueError, match=r"^docs/site/site_source\.py: SIDE must have docs/b\.md$"):
        small("")


def test_a_folder_of_something_else_is_kept(tmp_path):
    (tmp_path / "mine").write_text("")
    done = subprocess.run([*COMMAND, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        1,
        f"make_site.py: {tmp_path}: must be new, empty or this site\n",
    )
    assert (tmp_path / "mine").exists()


def test_a_site_is_made_anew_and_stays_where_it_cannot_be(small, tmp_path):
    small("[a](docs/a.md)")
    out = tmp_path / "out"
    assert make_site.is_site(out)
    (out / "of_the_last").write_text("")
    shutil.rmtree(tmp_path / "source")
    with pytest.raises(ValueError, match="a link must lead to a file, got b.md"):
        small("[b](b.md)")
    assert (out / "of_the_last").exists()
    assert small("[a](docs/a.md#a)") == ""
    assert make_site.is_site(out) and not (out / "of_the_last").exists()
