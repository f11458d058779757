# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`gr-rfattn listen`: what is heard of `live`, and what it says where nothing is."""

import json
import os
import re
import shutil
import subprocess
import threading
import wave

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.messages.audio import AUDIO_RATE
from gnuradio.rfattn_station.cli.listen_output import WavFiles, open_output
from scipy.signal import resample_poly

import spoken_band
from command_line import COMMAND, TIME_LIMIT_S, assert_one_line, run_forked
from full_disk import files_end_after
from heard import likeness, snr_db, strongest_hz
from live_air import LiveAir, heard_s
from page_messages import ENVELOPE
from page_server import Publisher

SECONDS = 60
FM_HZ = 145.53e6


def write_air(folder):
    """A tone with FM."""
    tone = np.tile(spoken_band.fm(spoken_band.tone(1)), SECONDS)
    sent = (1.0, FM_HZ - spoken_band.MIDDLE, 0.05, tone)
    return spoken_band.write(folder, spoken_band.band(SECONDS, sent))


@pytest.fixture(scope="module")
def air(tmp_path_factory):
    folder = tmp_path_factory.mktemp("air")
    address = f"ipc://{folder}/stats"
    live = LiveAir(write_air(folder), address, "--max-demodulators", "2")
    yield address
    live.end()


def read(data):
    """Samples of a WAV, full scale 1.0, without the first half second."""
    with wave.open(data) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, AUDIO_RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return samples[AUDIO_RATE // 2 :] / 32768


def whole_second(samples):
    """The cleanest second: a machine under load may be late at times."""
    parts = [samples[n : n + AUDIO_RATE] for n in range(0, len(samples) - AUDIO_RATE, AUDIO_RATE)]
    return max(parts, key=lambda part: np.count_nonzero(part))


def test_a_frequency_becomes_a_wav_file(air, tmp_path):
    out = tmp_path / "heard.wav"
    done = run_forked("listen", "145.53M", "--stats", air, "--out", out, "--duration", "3")
    assert done.returncode == 0 and done.stdout == ""
    assert re.search(r"^gr-rfattn: emission \d+, [^,]+, FM$", done.stderr, re.MULTILINE)
    assert heard_s(done.stderr) > 2 and " 0 pieces lost, " in done.stderr
    sound = whole_second(read(str(out)))
    assert strongest_hz(sound) == pytest.approx(1000.0, abs=2) and snr_db(sound, 1000.0) > 30
    assert 0.3 < np.abs(sound).max() < 0.9


def test_an_emission_becomes_wav_on_standard_output(air):
    arguments = ["listen", "1", "--mode", "fm", "--stats", air, "--out", "-"]
    done = subprocess.run(
        [*COMMAND, *arguments, "--duration", "3"], capture_output=True, timeout=60, check=True
    )
    head, data = done.stdout[:44], done.stdout[44:]
    assert head[:4] == b"RIFF" and head[36:40] == b"data"
    sound = whole_second(np.frombuffer(data, "<i2")[AUDIO_RATE // 2 :] / 32768)
    assert strongest_hz(sound) == pytest.approx(1000.0, abs=2) and snr_db(sound, 1000.0) > 30


def test_several_listen_and_more_than_may_are_refused(air, tmp_path):
    listeners = [
        subprocess.Popen(
            [
                *[*COMMAND, "listen", "145.53M", "--mode", mode, "--stats", air],
                *["--out", tmp_path / f"{number}.wav"],
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, mode in enumerate(["fm", "fm", "am"])
    ]
    for listener in listeners:  # two of them share a demodulator
        assert "gr-rfattn: emission " in listener.stderr.readline()
    done = run_forked("listen", "145.53M", "--mode", "usb", "--stats", air, "--out", "-")
    assert_one_line(done, "as many emissions are listened to as may be")
    for number, listener in enumerate(listeners):
        listener.terminate()
        _, err = listener.communicate(timeout=60)
        assert listener.returncode == 130 and "s of sound" in err
        assert (tmp_path / f"{number}.wav").exists()


def test_an_emission_that_is_not_there_is_one_line(air, tmp_path):
    done = run_forked("listen", "145530000", "--stats", air, "--out", tmp_path / "no.wav")
    assert_one_line(done, "emission 145530000 is not on the air; a frequency has a unit")
    assert not list(tmp_path.iterdir())


def test_a_frequency_where_nothing_is_is_waited_for(air):
    done = run_forked("listen", "145.4M", "--stats", air, "--out", "-", "--duration", "1.5")
    assert done.returncode == 0 and "waiting for an emission at 145.4 MHz" in done.stderr


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_voice_is_understood(tmp_path):
    voice = spoken_band.voice(tmp_path, "one two three four")
    spoken = spoken_band.fm(np.concatenate([voice, np.zeros(5000)]))
    band = spoken_band.band(20, (0.5, 30e3, 0.05, np.tile(spoken, 20)))
    address = f"ipc://{tmp_path}/stats"
    live = LiveAir(spoken_band.write(tmp_path, band), address)
    done = run_forked(
        "listen", "145.53M", "--stats", address, "--out", tmp_path / "v.wav", "--duration", "5"
    )
    summary = live.end()
    assert done.returncode == 0, done.stderr
    assert re.search(r"  heard:     \d+ demodulators were started", summary)
    original = resample_poly(voice, AUDIO_RATE // 1000, spoken_band.AUDIO_RATE // 1000)
    assert likeness(read(str(tmp_path / "v.wav")), original) > 0.7


class Answers(Publisher):
    """A publisher that sends what it is given to whoever asks for emission 7."""

    def listen(self, sent, *arguments):
        """Runs `listen 7`, sends octets and facts of each message when it has asked for them, and
        returns its status and its stderr."""
        answering = threading.Thread(target=self._answer, args=(sent,))
        answering.start()
        status = main(["listen", "7", "--stats", self.address, "--out", self.out, *arguments])
        answering.join()
        return status, self.capsys.readouterr().err

    def _answer(self, sent):
        topic = b"audio/rfattn/e7/auto"
        assert self._socket.poll(1000 * TIME_LIMIT_S) and self._socket.recv() == b"\x01" + topic
        for number, (octets, about) in enumerate(sent):
            about = {**ENVELOPE, "seq": number, "request": "e7/auto", "state": "on", **about}
            self._socket.send_multipart([topic, json.dumps(about).encode(), octets])


@pytest.fixture
def answers(capsys, tmp_path):
    made = Answers()
    made.capsys, made.out = capsys, str(tmp_path / "any.wav")
    yield made
    made.close()


PIECES = [
    (np.full(480, 1000, "<i2").tobytes(), {"position": 480 * n, "id": 7, "demodulation": "fm"})
    for n in range(20)
]
ENDED = b"", {"state": "ended"}


def test_it_ends_with_its_emission(answers):
    status, err = answers.listen([*PIECES, ENDED])
    assert status == 0
    assert "emission 7, no label yet, FM\ngr-rfattn: emission 7 has ended\n" in err


def test_what_was_heard_before_a_bad_answer_is_kept(answers, tmp_path):
    out = tmp_path / "heard.wav"
    status, err = answers.listen([*PIECES, (b"x", {"position": 480 * 20})], "--out", str(out))
    assert status == 1 and err.splitlines()[-1].startswith("gr-rfattn: sound must have an even")
    assert list(tmp_path.iterdir()) == [out] and np.count_nonzero(samples_of(out)) == 20 * 480


def samples_of(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


SOUND = np.arange(1, 1001, dtype="<i2")


def test_a_file_that_is_full_is_continued_in_the_next_one(tmp_path):
    (tmp_path / "a.2.wav").write_text("old")
    with WavFiles(str(tmp_path / "a.wav"), most=800) as files:
        for part in np.split(SOUND, 10):
            files.write(part.tobytes())
        assert (tmp_path / "a.2.wav").read_bytes()[:4] == b"RIFF"  # complete, as the first one
    paths = [tmp_path / name for name in ("a.wav", "a.2.wav", "a.3.wav")]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert [len(samples_of(path)) for path in paths] == [400, 400, 200]
    assert (np.concatenate([samples_of(path) for path in paths]) == SOUND).all()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, RuntimeError])
def test_an_exception_keeps_what_was_heard(error, tmp_path):
    with pytest.raises(error), WavFiles(str(tmp_path / "a.wav"), most=1200) as files:
        files.write(SOUND.tobytes())
        raise error
    assert [len(samples_of(tmp_path / name)) for name in ("a.wav", "a.2.wav")] == [600, 400]


def test_an_exception_before_any_sound_keeps_an_older_file(tmp_path):
    path = tmp_path / "a.wav"
    path.write_text("old")
    with pytest.raises(ValueError), WavFiles(str(path)):
        raise ValueError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("most", "kept"), [(2**30, [428]), (600, [300, 128])])
def test_a_full_disk_keeps_what_it_took(most, kept, tmp_path):
    """Each file ends at 901 bytes, in the middle of a sample, or the second one at 301."""
    path = tmp_path / "a.wav"
    with pytest.raises(OSError) as refusal, WavFiles(str(path), most) as files:
        files.write(SOUND[:300].tobytes())
        with files_end_after(901 if len(kept) == 1 else 301):
            files.write(SOUND[300:].tobytes())
    names = ["a.wav", "a.2.wav"][: len(kept)]
    assert refusal.value.filename == str(tmp_path / names[-1])
    assert [len(samples_of(tmp_path / name)) for name in names] == kept


def test_no_second_file_is_left_where_none_can_be_made(tmp_path):
    with pytest.raises(OSError), WavFiles(str(tmp_path / "a.wav"), most=600) as files:
        files.write(SOUND[:300].tobytes())
        with files_end_after(0):
            files.write(SOUND[300:].tobytes())
    assert list(tmp_path.iterdir()) == [tmp_path / "a.wav"]
    assert (samples_of(tmp_path / "a.wav") == SOUND[:300]).all()


def test_a_pipe_gets_a_head_without_a_length(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with open_output(str(tmp_path / "pipe"), "") as output:
        output.playout.add(0, SOUND)
        output.advance()
    assert os.read(reader, 44)[:4] == b"RIFF"
    os.close(reader)


@pytest.mark.parametrize(
    ("octets", "about", "text"),
    [
        (b"x", {"position": 0}, "sound must have an even number of octets"),
        (bytes(2**19), {"position": 0}, "sound must have an even number of octets up to 262144"),
        (b"xx", {}, "audio: position is missing"),
        (b"", {"state": "loud"}, "audio: state must be one of"),
        (b"", {"schema": 9}, "message schema 9, this version reads 1"),
        (b"", {"state": "wide"}, "listen: it is too wide to listen to: at most 400 kHz"),
        (b"", {"state": "on", "label": "\x1b[2J", "demodulation": None}, ""),
    ],
    ids=["odd", "long", "no position", "state", "schema", "wide", "controls"],
)
def test_a_bad_answer_is_one_line(answers, octets, about, text):
    status, err = answers.listen([(octets, about), ENDED])
    assert "\x1b" not in err and "Traceback" not in err
    assert status == (1 if text else 0) and text in err


def test_a_sound_card_that_is_not_there_is_one_line():
    done = run_forked("listen", "145.53M", "--device", "no-such-card")
    assert_one_line(done, "the sound card 'no-such-card' cannot be opened; --out FILE writes a WAV")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["145.53M", "--duration", "0"], "must be > 0 seconds, got 0"),
        (["FM"], "must be a number, such as 433.92M, got 'FM'"),
        (["145.5"], "must be 1000 Hz or more, got '145.5'; did you mean 145.5M?"),
        (["5000G"], "must be below 1000 GHz, got '5000G'"),
        (["145.53M", "--mode", "wfm"], "invalid choice: 'wfm'"),
    ],
)
def test_wrong_words_are_usage_errors(words, text, capsys):
    with pytest.raises(SystemExit):
        main(["listen", *words])
    assert text in capsys.readouterr().err


def test_a_number_of_demodulators_that_is_none(capsys):
    words = ["--stats", "tcp://127.0.0.1:0", "--max-demodulators", "-1"]
    with pytest.raises(SystemExit, match="2"):
        main(["live", "--source", "file=x.wav", *words])
    assert "--max-demodulators must be >= 0, got -1" in capsys.readouterr().err
