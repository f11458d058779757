# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that can be seeded into a file of Python: one place changed in a function's body."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Fault:
    """One change of a text: what of it is replaced, from offset `start` to `end`, by `text`."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    before: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind:10} {self.file}:{self.line}  {self.before!r} -> {self.text!r}"

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def _changed(node: ast.AST) -> tuple[str, ast.AST] | None:
    """Kind and changed copy of a node that has a fault."""
    other = copy.deepcopy(node)
    match node:
        case ast.Compare(ops=[op]):
            other.ops = [COMPARISONS[type(op)]()]
            return "comparison", other
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in OPERATORS:
            other.op = OPERATORS[type(op)]()
            return "operator", other
        case ast.UnaryOp(op=ast.Not()):
            return "operator", other.operand
        case ast.Constant(value=bool(value)):
            other.value = not value
            return "constant", other
        case ast.Constant(value=int(value)):
            other.value = value + 1
            return "off by one", other
        case ast.Constant(value=float(value)):
            other.value = value * 2 or 1.0
            return "constant", other
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            return "dropped", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return "dropped", ast.Pass()
    return None


def _inside(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes that run when a function runs; strings that are formatted are left alone."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.JoinedStr):
            continue
        if isinstance(node, ast.AnnAssign):
            waiting.extend([node.value] if node.value else [])
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        waiting.extend(ast.iter_child_nodes(node))


def python_faults(file: str, source: str) -> list[Fault]:
    """Every fault of a file, in the order of its text."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    lines = source.splitlines()

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in _inside(function.body):
            changed = _changed(node)
            if changed is None:
                continue
            kind, other = changed
            start = offset(node.lineno, node.col_offset)
            end = offset(node.end_lineno, node.end_col_offset)
            text = ast.unparse(other)
            if not isinstance(node, ast.stmt | ast.Constant):
                text = f"({text})"
            found.append(Fault(file, node.lineno, kind, start, end, source[start:end], text))
    return sorted(set(found), key=lambda fault: (fault.start, fault.end, fault.text))
