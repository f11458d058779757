# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of emissions, as a Qt widget."""

from __future__ import annotations

from PyQt5 import QtCore, QtGui, QtWidgets

from ..printable import printable
from .qt_waterfall import key_of
from .terminal import emission_cells, signal_name

_MOST_LINES = 200


def _content(record) -> str:
    """The newest line that was read from the signal of an emission."""
    return printable(record.newest_content or "")


_COLUMNS = {
    "": lambda record: (record.is_live, record.latest.id),
    "id": lambda record: record.latest.id,
    "frequency": lambda record: record.latest.middle,
    "width": lambda record: record.latest.width,
    "length": lambda record: record.latest.duration_s or 0.0,
    "SNR": lambda record: record.latest.snr_db,
    "bursts": lambda record: record.latest.burst_count,
    "signal": lambda record: signal_name(record.latest),
    "content": _content,
}
"""The value by which each column is sorted."""
_WIDTHS = (26, 60, 150, 100, 90, 90, 80, 200)  # of all columns but the last, which takes the rest
_ENDED = QtGui.QBrush(QtGui.QColor("gray"))
_KEY = QtCore.Qt.ItemDataRole.UserRole


class QtEmissionTable(QtWidgets.QTableWidget):
    """The emissions, one line each; a click on a column's name sorts by it.

    A line that is chosen by hand emits ``chosen`` with the (run, id) of its emission.
    """

    chosen = QtCore.pyqtSignal(object)

    def __init__(self):
        super().__init__(0, len(_COLUMNS))
        self.setHorizontalHeaderLabels([name[:1].upper() + name[1:] for name in _COLUMNS])
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.horizontalHeader().setStretchLastSection(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(0, QtCore.Qt.SortOrder.DescendingOrder)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        self.setMinimumHeight(110)
        self._lines: dict[tuple, list[_Cell]] = {}  # by key
        self._versions: dict[tuple, tuple] = {}  # what the lines show
        self.itemSelectionChanged.connect(self._tell)

    def show_records(self, records) -> None:
        """Shows the newest of ``records``."""
        newest = {key_of(record): record for record in records[-_MOST_LINES:]}
        versions = {
            key: (record.latest, record.is_live, record.decoded_count)
            for key, record in newest.items()
        }
        if versions == self._versions:
            return
        self.setSortingEnabled(False)  # else each cell that is set moves its line
        for key in self._lines.keys() - newest.keys():
            self.removeRow(self._lines.pop(key)[0].row())
        for key, record in newest.items():
            if key not in self._lines:
                self._lines[key] = self._add(key)
            if versions[key] != self._versions.get(key):
                self._fill(self._lines[key], record)
        self._versions = versions
        self.setSortingEnabled(True)

    def select(self, key) -> None:
        """Selects the line of an emission, or none."""
        if key in self._lines:
            self.selectRow(self._lines[key][0].row())
        else:
            self.clearSelection()

    def _add(self, key) -> list[_Cell]:
        row, flags = self.rowCount(), QtCore.Qt.AlignmentFlag
        self.insertRow(row)
        cells = [_Cell() for _ in _COLUMNS]
        for column, cell in enumerate(cells):
            cell.setData(_KEY, key)
            is_text = column >= len(cells) - 2
            side = flags.AlignLeft if is_text else flags.AlignRight
            cell.setTextAlignment(side | flags.AlignVCenter)
            self.setItem(row, column, cell)
        return cells

    def _fill(self, items, record) -> None:
        cells = {**emission_cells(record), "content": _content(record)}
        for item, (name, value) in zip(items, _COLUMNS.items(), strict=True):
            item.setText(cells[name])
            item.value = value(record)
            font = item.font()
            font.setBold(record.is_live)
            item.setFont(font)
            item.setForeground(self.palette().text() if record.is_live else _ENDED)

    def _tell(self) -> None:
        items = self.selectedItems()
        self.chosen.emit(items[0].data(_KEY) if items else None)


class _Cell(QtWidgets.QTableWidgetItem):
    """A cell that is sorted by ``value``, not by its text."""

    value: object = 0

    def __lt__(self, other) -> bool:
        return self.value < other.value
