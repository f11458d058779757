# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model of three classes made of emissions, for tests."""

import numpy as np
from gnuradio.rfattn.messages.observation import Observation

NAMES = ("ais", "dmr", "unknown")
_COLUMNS = "run, id, model, label, origin, number, observation"
_ROW = "'r' as run, n as id, 'm' as model, 'ais' as label, 'checksum' as origin, n as number"
_RENAMED = "alter table examples rename to e2;"
OTHER_TABLES = (
    f"{_RENAMED} create table examples (a)",
    f"{_RENAMED} create table examples ({_COLUMNS})",
    f"{_RENAMED} create view Examples as select * from e2",
    f"{_RENAMED} create view examples as with recursive t(n) as (select 1 union all select n + 1 "
    f"from t) select {_ROW}, (select observation from e2) as observation from t",
    f"{_RENAMED} create virtual table examples using fts5({_COLUMNS})",
    "create trigger t after insert on examples begin delete from examples; end",
    "create unique index i on examples (label)",
    "alter table examples add column more text as (upper(observation))",
)
"""Statements that make another table of examples than the one that is written, or no table."""


def observation(id=1, shares=(0.2, 0.2, 0.6), model="m", run="r", names=NAMES, **more):
    """An observation with these probabilities of ``names``."""
    logs = np.log(shares) - np.log(np.sum(shares))
    about = {"width_hz": 12e3, "is_cut": False, "snr_db": 20.0, "burst_count": 1, **more}
    return Observation(id, run, model, dict(zip(names, logs.tolist(), strict=True)), **about)
