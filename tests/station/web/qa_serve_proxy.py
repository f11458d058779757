# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web page behind a proxy with TLS, as the documentation has it."""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager

import pytest

from browser import CHROMIUM, Browser
from mqtt_broker import free_port
from page_messages import STATS
from page_server import Feeder, Server
from pages import PAGES, fences
from token_file import TOKEN, token_file

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_nginx = pytest.mark.skipif(
    not (NGINX and CHROMIUM and shutil.which("openssl")), reason="no nginx, chromium or openssl"
)
_LIVE = "document.getElementById('status').innerText === 'Live'"
_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=x -keyout k.pem -out c.pem"
)
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(folder, places):
    """Runs nginx in the folder, with a server for each port, which has these lines."""
    subprocess.run(_CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
    paths = " ".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY)
    tls = f"ssl_certificate {folder}/c.pem; ssl_certificate_key {folder}/k.pem;"
    servers = "".join(
        f"server {{ listen 127.0.0.1:{port} ssl; {tls} {lines} }}\n"
        for port, lines in places.items()
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {paths}\n{servers}}}\n"
    )
    process = subprocess.Popen([NGINX, "-c", config, "-e", f"{folder}/errors"])
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@needs_nginx
def test_a_browser_behind_nginx_as_the_page_says(publisher, tmp_path, monkeypatch):
    """By a name, with TLS: in a sub-path, and at the root with a token."""
    monkeypatch.chdir(tmp_path)
    page = PAGES["docs/all-day.md"]
    location = next(text for language, text in fences(page) if language == "nginx")
    hosts = re.search(r"gr-rfattn serve (--hosts [\w.]+)", page)[1].split()
    servers = [Server(publisher.address, *hosts)]
    servers.append(Server(publisher.address, *hosts, "--token-file", token_file(tmp_path)))
    ports = [free_port() for _ in servers]
    places = [
        location.replace(":8080", f":{server.port}").replace("/radio/", path)
        for server, path in zip(servers, ("/radio/", "/"), strict=True)
    ]
    feeder = Feeder(publisher, [("stats", STATS)])
    with nginx(tmp_path, dict(zip(ports, places, strict=True))):
        rules = f"--host-resolver-rules=MAP {hosts[1]} 127.0.0.1"
        browser = Browser(options=("--ignore-certificate-errors", rules))
        try:
            browser.open(f"https://{hosts[1]}:{ports[0]}/radio/")
            browser.wait_for(_LIVE)
            address = f"https://{hosts[1]}:{ports[1]}/"
            browser.open(f"{address}?token={TOKEN}")
            browser.wait_for(f"location.href == '{address}' && {_LIVE}")
            (cookie,) = browser.tell("Network.getCookies", urls=[address])["cookies"]
            assert cookie["secure"] and cookie["httpOnly"]
        finally:
            browser.close()
    feeder.stop()
    for server in servers:
        server.stop()
