# SPDX-License-Identifier: Apache-2.0
"""The faults by name, in the order in which they are done, and the table of what came of them."""

FAULTS = []
NO, MAY, MUST = "no", "may", "must"
COLUMNS = [("fault", None), ("calls", "calls"), ("pinned", "pinned"), ("denied", "denied"),
           ("fell open", "opened"), ("refused", "refused"), ("no answer", "unanswered"), ("wrong", "wrong"),
           ("lost", "lost")]


class Fault:
    def __init__(self, name, title, do, may_open, may_stall, denial):
        self.name = name
        self.title = title
        self.do = do
        self.may_open = may_open
        self.may_stall = may_stall
        self.denial = denial


def fault(name, title, may_open=False, may_stall=False, denial=lambda lab, call: NO):
    """may_open: weir is really away meanwhile, so that calls fail open or closed; may_stall: the API server is, so that
    calls are not answered, or with an error of its own. denial(lab, call): NO, MAY or MUST weir deny what could be
    pinned without the fault?"""
    def note(function):
        FAULTS.append(Fault(name, title, function, may_open, may_stall, denial))
        return function
    return note


def table(rows):
    """Markdown, aligned so that it is read on a terminal as well."""
    cells = [[title for title, _ in COLUMNS] + ["longest gap"]]
    for sums in rows:
        cells.append([sums.name] + [str(sums.counts[key]) for _, key in COLUMNS[1:]] + [f"{sums.gap:.1f} s"])
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [line_of(row, widths) for row in cells]
    rule = "|" + "|".join("-" * (width + 1) + ("-" if number == 0 else ":") for number, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def line_of(row, widths):
    first = row[0].ljust(widths[0])
    return "| " + " | ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]) + " |"
