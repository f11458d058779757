# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `gnuradio.rfattn` exports, and what still imports where GNU Radio is absent."""

import subprocess
import sys

import pytest
from gnuradio import rfattn

HIDE_GNURADIO = """
import sys
for name in ("gnuradio.gr", "gnuradio.blocks", "pmt"):
    sys.modules[name] = None  # importing it raises ImportError
"""


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


WITHOUT_GNURADIO = (
    "rfattn.attention",
    "rfattn.inference",
    "rfattn.recordings",
    "rfattn.benchmark",
    "rfattn.cli",
    "rfattn_station.learning",
    "rfattn_workshop.synthesis",
    "rfattn_workshop.train",
)


def test_packages_import_where_gnuradio_is_absent():
    done = run_python(HIDE_GNURADIO + "".join(f"import gnuradio.{m}\n" for m in WITHOUT_GNURADIO))
    assert done.returncode == 0, done.stderr


def test_block_without_gnuradio_raises_the_import_error_of_the_binding():
    done = run_python(f"{HIDE_GNURADIO}\nfrom gnuradio import rfattn\nrfattn.latency_probe")
    assert done.returncode != 0
    assert "import of gnuradio.gr halted" in done.stderr


def test_importing_the_package_loads_neither_gnuradio_nor_torch():
    done = run_python(
        "import sys, gnuradio.rfattn\nprint({'torch', 'gnuradio.gr', 'zmq'} & set(sys.modules))"
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", sorted(set(rfattn.__all__) - {"__version__", "tags", "label"}))
def test_every_block_is_a_class_with_a_contract(name):
    block = getattr(rfattn, name)
    assert isinstance(block, type)
    assert block.__name__ == name
    assert block.__doc__


def test_label_is_a_function_with_a_contract():
    assert callable(rfattn.label) and not isinstance(rfattn.label, type)
    assert rfattn.label.__doc__


def test_a_block_keeps_its_name_when_its_file_was_imported_first():
    done = run_python(
        "import gnuradio.rfattn.blocks.transformer\nfrom gnuradio import rfattn\n"
        "assert isinstance(rfattn.transformer, type)"
    )
    assert done.returncode == 0, done.stderr


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'power_spectre'"):
        rfattn.power_spectre  # noqa: B018
    assert "power_spectrum" in dir(rfattn)


PUBLIC = {
    "gnuradio.rfattn": "power_spectrum",
    "gnuradio.rfattn.attention": "ModelConfig",
    "gnuradio.rfattn.inference": "AttentionModelAdapter",
    "gnuradio.rfattn_workshop.synthesis": "synthesize",
    "gnuradio.rfattn_workshop.train": "TrainConfig",
}


def test_packages_list_their_public_names_and_no_modules():
    done = run_python(
        "import importlib, types\n"
        f"for module, public in {PUBLIC}.items():\n"
        "    given, package = {}, importlib.import_module(module)\n"
        "    exec(f'from {module} import *', given)\n"
        "    names = dir(package)\n"
        "    assert names == sorted(package.__all__) and public in names, module\n"
        "    assert set(names) - {'__version__'} <= set(given), 'import * gives them all'\n"
        "    print([n for n in names if isinstance(getattr(package, n), types.ModuleType)])\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == ["['tags']", *["[]"] * (len(PUBLIC) - 1)]


def test_keys_are_strings_of_one_family():
    keys = {k: v for k, v in vars(rfattn.tags).items() if k.isupper()}
    assert all(isinstance(v, str) for v in keys.values())
    assert len(set(keys.values())) == len(keys)
    for name, value in keys.items():
        assert value.startswith("rfattn:") != name.startswith("KEY_")
