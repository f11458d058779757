# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contract per block: complete, in one form, and equal wherever it is repeated."""

import ast
import inspect
import re
import sys
from pathlib import Path

import pytest
import yaml
from gnuradio import gr, rfattn
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.attention.registry import OLD_NAMES
from gnuradio.rfattn.blocks.parts.attachment import Attachment
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL, read_contract
from qa_names import DESCRIPTIONS, GRC_ONLY, parameters_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import contracts
import make_docs

CONTRACTS = contracts.read_blocks()
BLOCKS = sorted(set(rfattn.__all__) - {"__version__", "tags", *rfattn._FUNCTIONS})
BINDINGS = sorted((ROOT / "python" / "rfattn" / "bindings").glob("*_python.cc"))
BINDINGS = [path for path in BINDINGS if path.stem != "model_python"]  # which binds no block
BASES = (gr.basic_block, gr.block, gr.sync_block, gr.decim_block, gr.hier_block2, Attachment)
INHERITED = {name for base in BASES for name in dir(base)}
# GNU Radio calls these, with its own contract.
CALLED_BY_GNURADIO = {"work", "start", "stop", "general_work", "forecast", "handle_general_work"}
TYPES = {"complex": "complex64", "float": "float32"}


def is_cpp(contract):
    return contract.source.suffix == ".h"


def test_every_block_has_a_contract():
    assert sorted(CONTRACTS) == BLOCKS


@pytest.mark.parametrize("name", BLOCKS)
def test_purpose_and_headings(name):
    contract = CONTRACTS[name]
    assert contract.name == name
    assert contract.summary[0].isupper() and contract.summary[-1] == "."
    assert len(contract.summary) < 100
    fixed = [title for title in contract.sections if title in contracts.HEADINGS]
    assert fixed == [title for title in contracts.HEADINGS if title in fixed]
    assert any(title.startswith(("Stream", "Messages")) for title in fixed)
    assert not re.search(r"^-{3,}", contracts.to_help(contract), re.MULTILINE)  # numpydoc


@pytest.mark.parametrize("name", BLOCKS)
def test_every_parameter_and_what_is_refused(name):
    contract = CONTRACTS[name]
    expected = parameters_of(getattr(rfattn, name))
    assert [name.removeprefix("options.") for name in contract.defaults] == expected
    assert list(contract.parameters) == list(contract.defaults)
    assert all(contract.parameters.values())
    assert contract.raises and all(contract.raises.values())


@pytest.mark.parametrize("name", BLOCKS)
def test_help_repeats_the_contract(name):
    text = inspect.getdoc(getattr(rfattn, name))
    described, options = text[text.index("\nArgs:\n") :], inspect.getdoc(rfattn.LabellerOptions)
    for parameter in CONTRACTS[name].parameters:
        where, _, plain = parameter.rpartition(".")
        line = rf"^    [\w, ]*\b{plain}\b[\w, ]*: "
        assert re.search(line, options if where else described, re.MULTILINE), parameter
    assert "\nRaises:\n" in described
    if is_cpp(CONTRACTS[name]):
        assert text == contracts.to_help(CONTRACTS[name])


@pytest.mark.parametrize("name", BLOCKS)
def test_every_method(name):
    block, contract = getattr(rfattn, name), CONTRACTS[name]
    own = {
        name
        for name, member in vars(block).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }
    for method in own - INHERITED - CALLED_BY_GNURADIO:
        if isinstance(vars(block)[method], property):
            assert contract.attributes[method]
            continue
        assert contract.methods[method].summary, method
        if is_cpp(contract):
            # pybind11 writes the signature in front.
            text = getattr(block, method).__doc__.partition("\n\n")[2].strip()
            assert text == contracts.to_help(contract.methods[method])


@pytest.mark.parametrize("name", [name for name in BLOCKS if is_cpp(CONTRACTS[name])])
def test_bound_defaults_are_those_of_the_header(name):
    signature = getattr(rfattn, name).__init__.__doc__.partition("->")[0]
    bound = dict(re.findall(r"(\w+): [^=,[]+(?:\[[^=]*\])? = ([^,)]+)", signature))
    stated = {key: value for key, value in CONTRACTS[name].defaults.items() if value is not None}
    assert {k: ast.literal_eval(v) for k, v in bound.items()} == {
        k: ast.literal_eval(v) for k, v in stated.items()
    }


@pytest.mark.parametrize("path", BINDINGS, ids=lambda path: path.stem)
def test_bindings_have_no_text_of_their_own(path):
    text = path.read_text()
    assert 'R"' not in text
    assert [string for string in re.findall(r'"([^"\n]*)"', text) if " " in string] == []


def test_a_binding_sets_each_member_under_its_own_name():
    text = "".join(path.read_text() for path in BINDINGS)
    pairs = re.findall(r'std::pair\("(\w+)", &settings::(\w+)\)', text)
    assert len(pairs) == text.count("std::pair") > 30
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


@pytest.mark.parametrize("name", DESCRIPTIONS)
@pytest.mark.parametrize("direction", ["in", "out"])
def test_ports_are_those_of_the_companion(name, direction):
    ports = DESCRIPTIONS[name].get(f"{direction}puts", [])
    streams = [port for port in ports if port["domain"] == "stream"]
    text = make_docs.ports(CONTRACTS[name], direction).replace("`", "").partition(", ")[0]
    for port in streams:
        vlen = str(port.get("vlen", "")).strip("${ }")
        count = str(port.get("multiplicity", "")).strip("${ }")
        item = TYPES[port["dtype"]] + (f"[{vlen}]" if vlen else "")
        assert text == (f"{count} times {item}" if count else item)
    named = [port["id"] for port in ports if port["domain"] == "message"]
    assert sorted(make_docs.messages(CONTRACTS[name], direction)) == sorted(named)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_the_companion_shows_the_contract_as_plain_text(name):
    text = DESCRIPTIONS[name]["documentation"]
    assert "`" not in text and "\\" not in text
    assert max(map(len, text.splitlines())) <= 90
    for parameter in DESCRIPTIONS[name]["parameters"]:
        listed = f"  - {parameter['label']} [{parameter['id']}]: " in text
        assert listed != (parameter["id"] in GRC_ONLY.get(name, [])), parameter["id"]


def test_what_repeats_the_contracts_is_up_to_date():
    stale = [str(path.relative_to(ROOT)) for path in make_docs.find_stale()]
    assert stale == [], "run docs/make_docs.py"


def test_the_page_has_a_row_and_a_section_for_every_block():
    page = (ROOT / "docs" / "blocks.md").read_text()
    for name in BLOCKS:
        assert f"| [`{name}`](#{name}) |" in page
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        for parameter in CONTRACTS[name].parameters:
            assert f"\n| `{parameter}` | " in section, parameter


def test_check_names_the_files_that_are_out_of_date(monkeypatch, capsys):
    page = ROOT / "docs" / "blocks.md"
    monkeypatch.setattr(make_docs, "make_files", lambda: {page: "another text"})
    assert make_docs.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/blocks.md is out of date: run docs/make_docs.py\n"
    monkeypatch.setattr(make_docs, "make_files", lambda: {page: page.read_text()})
    assert make_docs.main(["--check"]) == 0


def test_the_companion_offers_every_attention():
    (entry,) = (p for p in DESCRIPTIONS["transformer"]["parameters"] if p["id"] == "attention")
    assert entry["options"] == [f"'{name}'" for name in ("model", *ATTENTIONS)]
    assert all(isinstance(label, str) for label in entry["option_labels"])


def test_a_flowgraph_with_an_old_name_of_an_attention_still_opens():
    asserts = DESCRIPTIONS["signal_labeller"]["asserts"]
    (rule,) = (r for r in asserts if r.startswith("${ attention in ("))
    for name in OLD_NAMES:
        assert eval(rule.strip("${} "), {"attention": name})


def test_dialogs_take_their_numbers_from_the_default_model(monkeypatch):
    numbers = {"model": "another", "n_bins": "'64'", "n_classes": "'3'"}
    monkeypatch.setattr(make_docs, "default_model", lambda: numbers)
    found = {path.name: yaml.safe_load(text) for path, text in make_docs.find_stale().items()}
    assert set(found) == {
        f"rfattn_{name}.block.yml"
        for name in (
            "edge_sink",
            "edge_source",
            "latency_probe",
            "spectrum_probe",
            "token_buffer",
            "token_scheduler",
            "transformer",
        )
    }
    parameters = found["rfattn_transformer.block.yml"]["parameters"]
    defaults = {p["id"]: p["default"] for p in parameters}
    assert defaults["model"] == "another" and defaults["block_size"] == "32"
    assert (defaults["n_bins"], defaults["n_classes"]) == ("64", "3")


def test_the_extractor_fits_the_default_model_for_emissions():
    defaults = contracts.read_blocks()["emission_extractor"].defaults
    wanted = read_contract(DEFAULT_EMISSION_MODEL)["front_end"]
    found = {name: ast.literal_eval(defaults[name]) for name in wanted if name in defaults}
    assert found | {"sides": "two"} == wanted


def test_a_dialog_without_a_parameter_of_the_contract_is_refused(monkeypatch, capsys):
    dialogs = make_docs.read_dialogs()
    del dialogs["rx_tagger"]["parameters"][1]
    monkeypatch.setattr(make_docs, "read_dialogs", lambda: dialogs)
    assert make_docs.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "make_docs.py: grc/rfattn_rx_tagger.block.yml has no parameter frequency\n"
    )


HEADER = r"""
/*!
 * \brief Adds one
 * to each item.
 *
 * Wraps at `limit`.
 *
 * # Stream input
 * float32[n], any rate.
 *
 * # Tags out
 * - key: first
 *   item.
 */
class RFATTN_API adder : virtual public gr::block {
public:
    static constexpr int MOST = 512; //!< not a comment of what follows
    /*!
     * \param n,m sizes, >= 1; the item has
     * n * m values \throws std::invalid_argument
     * naming the value
     */
    static sptr make(int n, std::optional<std::pair<int, int>> m = std::nullopt, bool on = true);

    //! Items so far.
    //! \return number of
    //! - items, at
    //!   least 0
    virtual uint64_t items() const = 0;
    //! What is read.
    struct head {
        int stream;
    };
    //! adder, each item: uint64.
    static constexpr char KEY[] = "rfattn:key";
};
"""


SETTINGS_HEADER = r"""
//! Scales items.
class scaler {
public:
    struct settings {
        //! factor, from 0 to
        //! 1; see `n`
        double factor = 0.5;
        std::string name = "no comment, so no parameter";
        //! names of the items (in order)
        std::vector<std::string> names = {};
    };

    /*!
     * \param n items
     * \throws std::invalid_argument naming the value
     */
    static sptr make(int n, const settings& s);
    static sptr make(int n) { return make(n, settings()); }
};
"""


@pytest.fixture
def adder(tmp_path):
    path = tmp_path / "adder.h"
    path.write_text(HEADER)
    return contracts.read_header(path)


def test_a_header_is_read(adder):
    assert adder.summary == "Adds one to each item."
    assert list(adder.sections) == ["Stream input", "Tags out"]
    assert adder.parameters == dict.fromkeys("nm", "sizes, >= 1; the item has n * m values")
    assert adder.raises == {"ValueError": "naming the value"}
    assert adder.defaults == {"n": None, "m": "None", "on": "True"}
    assert list(adder.methods) == ["items"]
    assert contracts.to_help(adder.methods["items"]) == (
        "Items so far.\n\nReturns:\n    number of\n    - items, at least 0"
    )
    assert adder.constants == {"KEY": ("rfattn:key", "adder, each item: uint64.")}


def test_the_members_of_the_settings_are_parameters(tmp_path):
    path = tmp_path / "scaler.h"
    path.write_text(SETTINGS_HEADER)
    contract = contracts.read_header(path)
    assert contract.parameters == {
        "n": "items",
        "factor": "factor, from 0 to 1; see `n`",
        "names": "names of the items (in order)",
    }
    assert contract.defaults == {"n": None, "factor": "0.5", "names": "[]"}
    assert contract.methods == {}


@pytest.mark.parametrize(
    "text, refusal",
    [("class adder {};", "no class has a comment"), ("//! \n int f();", "the first")],
)
def test_a_header_without_a_class_comment_is_refused(tmp_path, text, refusal):
    path = tmp_path / "adder.h"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"{path}: {refusal}"):
        contracts.read_header(path)


def test_a_contract_becomes_help(adder):
    assert contracts.to_help(adder) == (
        "Adds one to each item.\n\nWraps at `limit`.\n\n"
        "Stream input:\n    float32[n], any rate.\n\n"
        "Tags out:\n    - key: first item.\n\n"
        "Args:\n    n: sizes, >= 1; the item has n * m values.\n"
        "    m: sizes, >= 1; the item has n * m values.\n\n"
        "Raises:\n    ValueError: naming the value."
    )


def test_a_line_does_not_end_between_a_comparison_and_its_number():
    assert contracts.fill("of values > 0 here", width=12) == "of values\n> 0 here"


def test_a_class_is_read(tmp_path):
    path = tmp_path / "adder.py"
    path.write_text(
        'class adder:\n    """Adds.\n\n    Stream input:\n        complex64.\n\n'
        "        More.\n\n    It wraps.\n\n    Args:\n"
        "        a, b: numbers,\n            >= 1.\n\n"
        '    Raises:\n        ValueError: else.\n    """\n'
        "    def __init__(self, a, b=2, *, c='x'): pass\n"
        '    def add(self, by): "Adds more."\n'
    )
    contract = contracts.read_class(path, "adder")
    assert contract.about == "Adds.\n\nIt wraps."
    assert contract.sections == {"Stream input": "complex64.\n\nMore."}
    assert contract.parameters == {"a": "numbers, >= 1", "b": "numbers, >= 1"}
    assert contract.defaults == {"a": None, "b": "2", "c": "'x'"}
    assert contract.methods["add"].signature == "add(by)"


def test_an_entry_without_its_name_is_refused(tmp_path):
    path = tmp_path / "adder.py"
    path.write_text('class adder:\n    """Adds.\n\n    Args:\n        any number.\n    """\n')
    with pytest.raises(ValueError, match="must begin with their name and a colon, got 'any number"):
        contracts.read_class(path, "adder")
