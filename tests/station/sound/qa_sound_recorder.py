# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--record-sound`: a WAV file a transmission, what it sounds like, and what is left out."""

import json
import wave

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.messages.audio import AUDIO_RATE
from gnuradio.rfattn_station.cli.sound_files import size_of
from gnuradio.rfattn_station.sound.sound_file import Room, SoundFile

import spoken_band
from full_disk import files_end_after
from heard import snr_db, strongest_hz

SHORT_S, LONG_S = 3, 14
SHORT_HZ, LONG_HZ, AM_HZ = 145.53e6, 145.45e6, 145.56e6
ANY = ["--when", "snr_db>20", "--model", "none", "--quiet"]


@pytest.fixture(scope="module")
def air(tmp_path_factory):
    """FM with a tone of 1 kHz, longer than is held, and one of 700 Hz; AM with 500 Hz."""
    folder = tmp_path_factory.mktemp("air")

    def sent(start, frequency, modulate, hz, seconds):
        audio = spoken_band.tone(seconds, hz)
        return start, frequency - spoken_band.MIDDLE, 0.05, modulate(audio)

    band = spoken_band.band(
        18,
        sent(1.0, LONG_HZ, spoken_band.fm, 1000.0, LONG_S),
        sent(2.0, SHORT_HZ, spoken_band.fm, 700.0, SHORT_S),
        sent(9.0, AM_HZ, spoken_band.am, 500.0, SHORT_S),
    )
    return spoken_band.write(folder, band)


def sound_of(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, AUDIO_RATE)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768


def record(air, folder, *words):
    out = folder.parent / "found.json"
    line = ["label", str(air), "--record-sound", str(folder), "--json", str(out), *words]
    assert main(line) == 0
    (row,) = json.loads(out.read_text())["recordings"]
    return row, {path.name: sound_of(path) for path in sorted(folder.iterdir())}


def test_each_transmission_becomes_a_file_that_is_named_by_it(air, tmp_path, capsys):
    row, files = record(air, tmp_path / "heard", *ANY)
    assert row["stats"]["sound"] == {"files": 3, "left_out": 0, "cut": 0, "samples_lost": 0}
    assert "  sound:     3 files" in capsys.readouterr().out
    assert "failures" not in row["stats"]
    for emission in (one for one in row["emissions"] if one["snr_db"] > 20):
        start_s = emission["sample_start"] / row["sample_rate"]
        middle = (emission["freq_lower"] + emission["freq_upper"]) / 2e6
        name = f"{air.stem}_{start_s:.3f}s_{middle:.4f}MHz_unlabelled_{emission['id']:04d}.wav"
        sound = files.pop(name)
        on_air_s = emission["sample_count"] / row["sample_rate"]
        assert on_air_s - 0.05 < len(sound) / AUDIO_RATE < on_air_s + 0.35
        if abs(middle - AM_HZ / 1e6) > 0.01:  # without a label all is FM
            hz = 1000.0 if on_air_s > 10 else 700.0
            inner = sound[AUDIO_RATE // 2 : -AUDIO_RATE // 2]
            assert strongest_hz(inner) == pytest.approx(hz, abs=1.0)
            assert snr_db(inner, hz) > 30.0
    assert not files


def test_the_label_chooses_demodulation_and_class(air, tmp_path):
    """With a model, classes that are of no use to listen to are left out."""
    row, files = record(air, tmp_path / "heard", "--quiet")
    labels = {each["id"]: each["label"] for each in row["emissions"]}
    named = {int(name[-8:-4]): name.split("MHz_")[1][:-9] for name in files}
    assert named and all(labels[number] == label for number, label in named.items())
    assert row["stats"]["sound"]["files"] == len(files)


def test_a_condition_decides_at_the_end(air, tmp_path):
    words = [*ANY, "--when", "snr_db>20,duration_s<10"]
    row, files = record(air, tmp_path / "heard", *words)
    assert row["stats"]["sound"]["files"] == len(files) == 2
    assert all(len(sound) < 5 * AUDIO_RATE for sound in files.values())


def test_a_full_folder_is_counted_and_nothing_is_removed(air, tmp_path):
    folder = tmp_path / "heard"
    folder.mkdir()
    with (folder / "old.wav").open("wb") as old:
        old.truncate(2**20 - 100_000)  # 2 s are left
    line = ["label", str(air), "--record-sound", str(folder), "--sound-size", "1M", *ANY]
    out = tmp_path / "found.json"
    assert main([*line, "--json", str(out)]) == 0
    (row,) = json.loads(out.read_text())["recordings"]
    sound = row["stats"]["sound"]
    assert (sound["files"], sound["cut"], sound["left_out"]) == (1, 1, 2)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 2**20 + 44
    assert (folder / "old.wav").stat().st_size == 2**20 - 100_000


def test_a_disk_that_fails_is_counted_and_ends_nothing(air, tmp_path, capsys):
    with files_end_after(60_000):
        status = main(["label", str(air), "--record-sound", str(tmp_path / "heard"), *ANY])
    assert status == 1
    out, err = capsys.readouterr()
    assert err.splitlines()[-1] == "gr-rfattn: the disk is full" and "  sound:     0 files" in out
    assert not list((tmp_path / "heard").iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sound-size", "2"], "--sound-size must be a size such as 500M or 2G, got '2'"),
        (["--record-sound", "no/such/folder"], "--record-sound: no folder no/such for folder, got"),
    ],
)
def test_wrong_values_are_one_line(air, tmp_path, words, message, capsys):
    line = ["label", str(air), "--record-sound", str(tmp_path / "heard"), *ANY, *words]
    assert main(line) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_sizes_have_a_unit():
    assert (size_of("500M"), size_of("2G")) == (500 * 2**20, 2**31)
    for text in ("", "0G", "2g", "1.5G"):
        with pytest.raises(ValueError, match="--sound-size must be a size such as"):
            size_of(text)


def test_pauses_become_silence_of_a_second_at_most(tmp_path):
    file = SoundFile(tmp_path, Room(tmp_path, 2**20))
    file.add(1000, np.full(100, 7, np.int16))
    file.add(1050, np.full(50, 6, np.int16))  # again
    file.add(1150, np.full(100, 8, np.int16))
    file.add(10 * AUDIO_RATE, np.full(100, 9, np.int16))
    assert file.finish(tmp_path / "a.wav", 10 * AUDIO_RATE + 90)
    sound = np.round(sound_of(tmp_path / "a.wav") * 32768).astype(int)
    parts = ((7, 100), (0, 50), (8, 100), (0, AUDIO_RATE), (9, 90))
    assert sound.tolist() == [value for value, count in parts for _ in range(count)]


def test_a_file_without_sound_is_none(tmp_path):
    file = SoundFile(tmp_path, Room(tmp_path, 2**20))
    assert not file.finish(tmp_path / "a.wav", 10 * AUDIO_RATE + 90) and not list(
        tmp_path.iterdir()
    )


def test_what_is_discarded_gives_its_room_back(tmp_path):
    room = Room(tmp_path, 1000)
    file = SoundFile(tmp_path, room)
    file.add(0, np.zeros(100, np.int16))
    assert room.left == 800
    file.discard()
    assert room.left == 1000 and not list(tmp_path.iterdir())
