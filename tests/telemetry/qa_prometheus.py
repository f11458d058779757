# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prometheus reads, from the block and the commands, and what the Grafana dashboard asks."""

import json
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import zmq
from gnuradio import rfattn
from gnuradio.rfattn.telemetry.bind_address import http_address, is_loopback, url
from gnuradio.rfattn.telemetry.http_guard import MAX_CONNECTIONS
from gnuradio.rfattn.telemetry.metrics import PrometheusMetrics
from gnuradio.rfattn.telemetry.metrics_server import MetricsServer
from gnuradio.rfattn.telemetry.state import State
from prometheus_client.parser import text_string_to_metric_families

from announcer import announce
from command_line import COMMAND, TIME_LIMIT_S, assert_one_line, run_forked
from emission_recording import write_emission
from page_messages import EVENT, emission
from step_streams import save_model
from token_file import TOKEN, token_file

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("latency", "wait", "inference")
ANY_PORT = "127.0.0.1:0"
DETECTION = {
    "label": "ft8",
    "confidence": 0.75,
    "probabilities": {"ft8": 0.75, "lte": 0.25},
    "segment": 0,
    "sample_start": 0,
    "sample_count": 100,
    "frequency": 7.074e6,
}
MODEL = {
    "attention": "gqa",
    "norm": "rmsnorm",
    "kernel": "sdpa",
    "device": "cpu",
    "dtype": "float32",
}


CONFIRMED = {"sync": "AIS", "label_without_frames": "ais", "burst_count": 1}
OPTIONAL = {
    "device_bytes": 1,
    "peak_temporary_bytes": 2,
    "tokens_in": 256,
    "streams": 3,
    "evictions": 4,
}


def stats(steps, **more):
    buckets = {"upper_seconds": [0.001, 0.03], "counts": [2, steps - 3, 1], "sum_seconds": 0.02}
    figures = {"count": 10, "mean": 0.002, "p50": 0.001, "p95": 0.003, "p99": 0.004, "max": 0.005}
    return {
        "steps": steps,
        "interval_steps": 10,
        "queued_steps": 1,
        "dropped_tokens": 64,
        "deadline_misses": 2,
        "budget_seconds": 0.03,
        "kv_bytes": 4096,
        "rss_bytes": 2**20,
        "peak_rss_bytes": 2**21,
        "uptime_seconds": 9.0,
        "retunes": 2,
        "overflows": 5,
        "found_late_steps": 1,
        "found_late_seconds": figures,
        **{f"{stage}_seconds": figures for stage in STAGES},
        **{f"{stage}_histogram": buckets for stage in STAGES},
        **more,
    }


def samples_of(text):
    """Value by name, or by (name, labels in order of their names)."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found[(sample.name, *labels) if labels else sample.name] = sample.value
    return found


def scrape(endpoint):
    with urlopen(endpoint, timeout=TIME_LIMIT_S) as answer:
        return samples_of(answer.read().decode())


def status(url, **headers):
    try:
        with urlopen(Request(url, headers=headers), timeout=TIME_LIMIT_S) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def exported(state):
    from prometheus_client import generate_latest

    return samples_of(generate_latest(PrometheusMetrics(state).registry).decode())


@pytest.fixture
def sink():
    sink = rfattn.prometheus_sink(ANY_PORT)
    yield sink
    sink.close()


def test_a_real_scrape_of_what_the_blocks_said(sink):
    announce(sink, [("stats", stats(10)), ("detections", DETECTION), ("model", {"after": MODEL})])
    found = scrape(sink.endpoint)
    assert sink.endpoint.startswith("http://127.0.0.1:") and not sink.endpoint.endswith(":0")
    expected = {
        "rfattn_steps_total": 10,
        "rfattn_tokens_dropped_total": 64,
        "rfattn_deadline_misses_total": 2,
        "rfattn_queued_steps": 1,
        "rfattn_latency_budget_seconds": 0.03,
        "rfattn_kv_bytes": 4096,
        "rfattn_resident_memory_bytes": 2**20,
        "rfattn_resident_memory_peak_bytes": 2**21,
        "rfattn_uptime_seconds": 9.0,
        "rfattn_retunes_total": 2,
        "rfattn_overflows_total": 5,
        "rfattn_latency_seconds_count": 10,
        "rfattn_latency_seconds_sum": 0.02,
        ("rfattn_wait_seconds_bucket", "0.001"): 2,
        ("rfattn_wait_seconds_bucket", "0.03"): 9,
        ("rfattn_inference_seconds_bucket", "+Inf"): 10,
        ("rfattn_latency_interval_seconds", "0.5"): 0.001,
        ("rfattn_wait_interval_seconds", "0.95"): 0.003,
        ("rfattn_inference_interval_seconds", "0.99"): 0.004,
        ("rfattn_latency_interval_seconds", "1"): 0.005,
        ("rfattn_frequency_hertz", "0"): 7.074e6,
        ("rfattn_detections_total", "ft8", "0"): 1,
        ("rfattn_label_probability", "lte", "0"): 0.25,
        ("rfattn_model_info", "gqa", "cpu", "float32", "sdpa", "rmsnorm"): 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert not {"rfattn_device_bytes", "rfattn_streams"} & set(found)  # which the stats lack


def test_streams_evictions_and_tokens_where_the_stats_have_them():
    state = State()
    state.add("stats", stats(5, **OPTIONAL))
    found = exported(state)
    names = ("rfattn_tokens_in_total", "rfattn_streams", "rfattn_evictions_total")
    assert [found[name] for name in names] == [256, 3, 4]


def test_names_and_units_are_those_of_prometheus(sink):
    sink.publish("stats", stats(5, **OPTIONAL))
    sink.publish("detections", DETECTION)
    with urlopen(sink.endpoint) as answer:
        text = answer.read().decode()
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE):
        assert re.fullmatch(r"rfattn_[a-z_]+", name)
        assert name.endswith("_total") == (kind == "counter")
        assert not re.search(r"_(ms|milliseconds|kib|mib)\b", name)
    assert text.count("# HELP") == text.count("# TYPE")


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool")
def test_promtool_has_nothing_to_complain_of(sink):
    announce(sink, [("stats", stats(5, **OPTIONAL)), ("model", {"after": MODEL})])
    sink.publish("emissions", emission(state="end", **CONFIRMED))
    sink.show_event(EVENT)
    with urlopen(sink.endpoint) as answer:
        text = answer.read()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_histograms_are_those_of_the_latest_flowgraph():
    state = State()
    for steps in (30, 5):  # another one has begun, as a counter of Prometheus may
        state.add("stats", stats(steps))
    found = exported(state)
    assert found["rfattn_wait_seconds_count"] == found["rfattn_steps_total"] == 5
    assert found["rfattn_wait_seconds_bucket", "0.03"] == 4


def test_statistics_without_histograms_and_gaps_have_none():
    state = State()
    absent = (*(f"{stage}_histogram" for stage in STAGES), "retunes", "overflows")
    state.add("stats", {key: value for key, value in stats(5).items() if key not in absent})
    found = {key if isinstance(key, str) else key[0] for key in exported(state)}
    assert "rfattn_latency_interval_seconds" in found
    assert not found & {"rfattn_latency_seconds_bucket", "rfattn_retunes_total"}


def test_labels_are_counted_by_stream_and_missed_messages_by_topic():
    state = State()
    for sequence, stream in ((4, 0), (5, 1), (9, 1), (10, 1)):  # 6 to 8 are missing
        state.add("detections", {**DETECTION, "stream": stream, "seq": sequence})
    state.add("stats", {**stats(5), "seq": 0, "time_unix_s": 123.0})
    found = exported(state)
    assert found["rfattn_detections_total", "ft8", "0"] == 1
    assert found["rfattn_detections_total", "ft8", "1"] == 3
    assert found["rfattn_messages_missed_total", "detections"] == 3
    assert found["rfattn_messages_missed_total", "stats"] == 0
    assert found["rfattn_last_stats_timestamp_seconds"] == 123.0


def test_emissions_are_counted_when_they_end(sink):
    nearest = [{"name": "AIS", "score": 0.75}]
    sent = [(1, "new"), (2, "new"), (3, "new"), (1, "end"), (2, "end")]
    for id, state in sent:
        sink.publish("emissions", emission(id, state, sample_now=id, nearest=nearest))
    found = scrape(sink.endpoint)
    assert found["rfattn_emissions_live"] == 1
    assert found["rfattn_emissions_total", "", "AIS"] == 2
    assert found["rfattn_emission_air_seconds_total", "", "AIS"] == 1.0


def test_events_of_transmitters_are_counted(sink):
    for event in ("new", "missing", "new"):
        sink.show_event({**EVENT, "event": event})
    found = scrape(sink.endpoint)
    assert (found["rfattn_events_total", "new"], found["rfattn_events_total", "missing"]) == (2, 1)


def test_a_sideband_is_no_emission_of_its_own():
    state, sideband = State(), {"flags": ["sideband"], "sideband_of": 1}
    for id, kind, more in (
        (1, "new", {}),
        (2, "new", {}),
        (2, "end", sideband),
        (3, "new", sideband),
    ):
        state.add("emissions", emission(id, kind, sample_now=id, **more))
    found = exported(state)
    assert found["rfattn_emissions_live"] == 1
    assert found["rfattn_sidebands_total"] == 1
    assert ("rfattn_emissions_total", "", "") not in found


def test_ignored_emissions_are_counted_apart():
    state, ignored = State(), {"flags": ["ignored"]}
    for id, kind, more in ((1, "new", {}), (2, "new", ignored), (2, "end", ignored)):
        state.add("emissions", emission(id, kind, sample_now=id, **more))
    found = exported(state)
    assert found["rfattn_emissions_live"] == 1 and found["rfattn_emissions_ignored_total"] == 1
    assert ("rfattn_emissions_total", "", "") not in found


def test_labels_that_checksums_confirm_or_refute_are_counted(sink):
    named = ("ais", "ais", "dmr", "unknown")
    for id, label in enumerate(named, 1):
        ended = emission(id, "end", **CONFIRMED | {"label_without_frames": label})
        sink.publish("emissions", emission(id, sample_now=id))
        sink.publish("emissions", ended)
    found = scrape(sink.endpoint)
    for name, ais, dmr in (
        ("checked", 4, 0),
        ("confirmed", 2, 0),
        ("unnamed", 1, 0),
        ("refuted", 0, 1),
    ):
        metric = f"rfattn_labels_{name}_total"
        assert (found[metric, "ais"], found[metric, "dmr"]) == (ais, dmr), name


def test_streams_of_emissions_are_no_series():
    """There is no end of them."""
    state = State()
    state.add("detections", {**DETECTION, "stream": 1})
    state.add("emissions", emission(1, label="ft8", confidence=0.75))
    state.add("emissions", emission(1, "end", label="ft8", confidence=0.75))
    assert exported(state) == {
        "rfattn_emissions_live": 0,
        "rfattn_emissions_ignored_total": 0,
        "rfattn_sidebands_total": 0,
        ("rfattn_emissions_total", "ft8", ""): 1,
        ("rfattn_emission_air_seconds_total", "ft8", ""): 0.5,
        "rfattn_messages_refused_total": 0,
    }


def test_nothing_is_said_of_what_is_not_known():
    assert exported(State()) == {"rfattn_messages_refused_total": 0}


def test_what_is_no_dictionary_is_left_out(sink):
    announce(sink, [("detections", "text"), ("detections", {"n": 1}), ("detections", DETECTION)])
    assert scrape(sink.endpoint)["rfattn_detections_total", "ft8", "0"] == 1


def test_the_address_is_free_again_after_close():
    sink = rfattn.prometheus_sink(ANY_PORT)
    address = sink.endpoint.removeprefix("http://").removesuffix("/metrics")
    with pytest.raises(ValueError, match=f"^prometheus: cannot bind {address}: Address already"):
        rfattn.prometheus_sink(address)
    sink.close()
    sink.close()
    rfattn.prometheus_sink(address).close()


def test_addresses():
    assert http_address("x", "127.0.0.1:0", "") == ("127.0.0.1", 0)
    assert http_address("x", "[::1]:80", "") == ("::1", 80)
    assert http_address("x", "0.0.0.0:80", TOKEN) == ("0.0.0.0", 80)
    assert url("::1", 80) == "http://[::1]:80" and url("localhost", 1) == "http://localhost:1"
    assert is_loopback("127.9.9.9") and not is_loopback("0.0.0.0") and not is_loopback("eth0")
    for bad in (
        "8080",
        ":80",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:70000",
        "",
        "a:-1",
        "::1:80",
    ):
        with pytest.raises(ValueError, match=f"^x must be HOST:PORT .*, got {bad!r}$"):
            http_address("x", bad, TOKEN)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.168.1.2:1", "example.org:1"])
def test_addresses_that_others_reach_are_refused(address):
    with pytest.raises(ValueError, match="can be reached from other machines: use 127.0.0.1"):
        rfattn.prometheus_sink(address)


def test_remote_readers_need_the_token(tmp_path):
    file = token_file(tmp_path)
    server = MetricsServer(PrometheusMetrics(State()), "0.0.0.0:0", file)
    endpoint = server.endpoint.replace("0.0.0.0", "127.0.0.1")
    assert status(endpoint) == status(endpoint, Authorization="Bearer wrong") == 401
    assert status(endpoint, Authorization=f"Bearer {TOKEN}") == 200
    server.close()


def test_other_names_by_which_it_may_be_called():
    sink = rfattn.prometheus_sink(ANY_PORT, hosts="box.lan,Radio.example")
    assert [status(sink.endpoint, Host=f"{name}:1") for name in ("box.lan", "radio.example")] == [
        200,
        200,
    ]
    assert status(sink.endpoint, Host="evil.example") == 403
    sink.close()
    with pytest.raises(
        ValueError, match="hosts must be names such as radio.example.org, got 'http"
    ):
        rfattn.prometheus_sink(ANY_PORT, hosts="http://box")


def test_other_pages_and_other_paths_get_nothing(sink):
    assert status(sink.endpoint, Host="evil.example") == 403
    assert status(sink.endpoint, Origin="http://evil.example") == 403
    assert status(sink.endpoint.replace("metrics", "")) == 404


def test_silent_connections_make_room_for_one_that_asks(sink):
    port = int(sink.endpoint.split(":")[2].split("/")[0])
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(MAX_CONNECTIONS + 2)]
    threads = threading.active_count()
    with socket.create_connection(("127.0.0.1", port)) as extra:
        extra.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert extra.recv(12) == b"HTTP/1.1 200"
    for oldest in idle[:3]:
        oldest.settimeout(TIME_LIMIT_S)
        assert oldest.recv(1) == b""
    idle[3].setblocking(False)
    with pytest.raises(BlockingIOError):
        idle[3].recv(1)
    assert threading.active_count() == threads
    for one in idle:
        one.close()


def test_a_request_too_large_is_refused(sink):
    port = int(sink.endpoint.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(TIME_LIMIT_S)
        connection.sendall(b"GET /metrics HTTP/1.1\r\nPadding: " + 20_000 * b"x")
        assert connection.recv(12) in (b"", b"HTTP/1.1 400")
    assert status(sink.endpoint) == 200


@pytest.mark.parametrize(
    "content, mode, text",
    [
        ("", 0o600, "must hold a token of 16 to 512 letters and digits"),
        ("short", 0o600, "must hold a token of 16"),
        ("sixteen letters!" * 2, 0o600, "must hold a token of 16"),
        ("x" * 600, 0o600, "must hold a token of 16"),
        (TOKEN, 0o644, "must be readable by its owner only .* mode is 0644"),
        (None, 0, "no file"),
    ],
)
def test_tokens_that_protect_nothing_are_refused(tmp_path, content, mode, text):
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    with pytest.raises(ValueError, match=f"^prometheus: token_file: .*{text}"):
        rfattn.prometheus_sink(ANY_PORT, token_file=str(path))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A recording of an emission that returns, 8 s, and a model for it."""
    folder = tmp_path_factory.mktemp("tiny")
    meta, data = write_emission(folder / "one"), folder / "one.sigmf-data"
    data.write_bytes(10 * data.read_bytes())
    return save_model(folder / "tiny.pt", takes="emission"), meta


def start(*arguments):
    """The command, and the endpoint that it prints when it serves metrics."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    for line in process.stderr:
        if "metrics at " in line:
            return process, line.split("metrics at ")[1].strip()
    raise AssertionError(f"ended with {process.wait()} before it served metrics")


def wait_for(endpoint, name, process):
    """What is exported once ``name`` is there."""
    while process.poll() is None:
        found = scrape(endpoint)
        if name in found:
            return found
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"ended with {process.returncode} before {name} was there")


@pytest.mark.parametrize("command", ["label", "live"])
def test_label_and_live(tiny, command):
    model, recording = tiny
    where = (
        ["label", recording, "--throttle"]
        if command == "label"
        else ["live", "--source", f"file={recording}"]
    )
    process, endpoint = start(
        *where, "--model", model, "--threads", 1, "--quiet", "--prometheus", ANY_PORT
    )
    found = wait_for(endpoint, "rfattn_steps_total", process)
    process.terminate()
    process.communicate(timeout=TIME_LIMIT_S)
    assert found["rfattn_steps_total"] > 0 and found["rfattn_kv_bytes"] > 0
    assert 0 < found["rfattn_latency_seconds_bucket", "+Inf"] <= found["rfattn_steps_total"]
    assert found["rfattn_retunes_total"] == found["rfattn_overflows_total"] == 0


def test_watch():
    with zmq.Context() as context, context.socket(zmq.PUB) as publisher:
        publisher.setsockopt(zmq.LINGER, 0)
        publisher.bind("tcp://127.0.0.1:*")
        process, endpoint = start(
            "watch", publisher.getsockopt_string(zmq.LAST_ENDPOINT), "--prometheus", ANY_PORT
        )
        body = json.dumps({"schema": 1, "seq": 0, "time_unix_s": 5.0, **stats(7)}).encode()
        while "rfattn_steps_total" not in scrape(endpoint):
            publisher.send_multipart([b"rfattn.stats", body])
        found = scrape(endpoint)
        process.terminate()
        process.communicate(timeout=TIME_LIMIT_S)
    assert found["rfattn_steps_total"] == 7
    assert found["rfattn_last_stats_timestamp_seconds"] == 5.0


def test_an_address_in_use_ends_the_command_with_one_line(tiny):
    model, recording = tiny
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run_forked("label", recording, "--model", model, "--prometheus", address)
    assert_one_line(done, f"cannot bind {address}: Address already in use")


DASHBOARD = json.loads((ROOT / "examples" / "grafana" / "rfattn.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def variables(text):
    return set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval"}


def test_the_dashboard_asks_for_what_is_exported():
    state = State()
    state.add("stats", {**stats(5, **OPTIONAL), "seq": 0})
    state.add("detections", DETECTION)
    state.add("model", {"after": MODEL})
    finds = State()
    for kind in ("new", "end"):
        finds.add("emissions", emission(state=kind, **CONFIRMED))
    found = exported(state) | exported(finds)
    names = {key if isinstance(key, str) else key[0] for key in found}
    asked = {name for text in EXPRESSIONS for name in re.findall(r"rfattn_\w+", text)}
    assert asked <= names, asked - names
    assert names - asked <= {
        f"rfattn_{s}_seconds_{part}"
        for s in ("wait", "inference")
        for part in ("sum", "count", "bucket")
    }
    shares = {q for text in EXPRESSIONS for q in re.findall(r'share="([^"]+)"', text)}
    assert shares == {"0.5", "0.95", "0.99", "1"}


def test_the_dashboard_has_the_form_that_grafana_imports():
    assert DASHBOARD["title"] and DASHBOARD["uid"] and DASHBOARD["schemaVersion"] >= 36
    assert "id" not in DASHBOARD  # Grafana gives one; a foreign one replaces another dashboard
    source, instance = DASHBOARD["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    wanted = {"type": "prometheus", "uid": "${datasource}"}
    assert instance["datasource"] == wanted
    panels = DASHBOARD["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    for panel in panels:
        assert panel["title"] and panel["type"] and panel["datasource"] == wanted
        for target in panel["targets"]:
            assert target["datasource"] == wanted
            assert variables(target["expr"]) <= {instance["name"]}
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)


def test_the_panels_do_not_overlap():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
