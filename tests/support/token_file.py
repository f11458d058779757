# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file with a token for the tests of HTTP servers."""

TOKEN = "0123456789abcdef0123456789abcdef"


def token_file(folder):
    """The path of the file, as text."""
    path = folder / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return str(path)
