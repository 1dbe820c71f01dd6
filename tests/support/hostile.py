"""Texts that want to be more than text, and what tells whether one of them got its way."""

from __future__ import annotations

import itertools
import random
import re
import unicodedata

SEED = 187
COMMANDS = (
    "::add-mask::secret", "::error file=a.yaml,line=1::fine", "::set-output name=x::y", "::stop-commands::t",
    "::group::x", "::endgroup::", "##[add-mask]secret", "##[error]fine", "##[group]x", "##[set-env name=P]x",
    "##vso[task.setvariable variable=x]y", "##vso[task.complete result=Succeeded]", "##vso[task.logissue]x",
    "##teamcity[buildStatus text='fine']", "##teamcity[setParameter name='a' value='b']", "###[group]x",
    "section_start:1560896352:hidden[collapsed=true]", "section_end:1560896352:hidden", "travis_fold:start:x",
    "--- fine", "+++ fine", "~~~ fine", "^^^ +++",
)  # fmt: skip
BEFORE = (
    "", " ", "\t", "\u00a0", "\u3000 ", "\r", "x\n", "x\r\n", "x\x0b", "x\x85", "x\u2028", "x\u2029 ",
    "\ufeff",
)  # fmt: skip
SIGNS = (
    "\x00", "\x07", "\x08", "\x0b", "\x0c", "\x1b[2K", "\x1b[1A\x1b[2K", "\x1b]0;title\x07",
    "\x1b]8;;http://x\x07y", "\x1b[31m", "\x1bc", "\x7f", "\x84", "\x85", "\x90x\x9c", "\x9b2J", "\xad",
    "\u034f", "\u061c", "\u115f", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
    "\u202c", "\u202d", "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\u206a", "\u3164",
    "\ufdd0", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\uffff", "\U0001d173", "\U000e0001",
    "\U000e0041\U000e007f", "\U000e0100", "\U0010ffff", "a\u200db", "a\ufe0fb",
)  # fmt: skip
PLACES = ("{}", "Stand{}up", "{} Stand-up", "Stand-up{}")
# What reads as it is meant, and stays: names, emoji, patterns, paths, half a command.
HARMLESS = (
    "Übergabe ☕ 日本", "👩‍⚕️ rounds", "❤️‍🔥", "1️⃣ floor", "葛󠄀城", "می‌خواهم", "C:\\new\\table", r"^\d+\n$",
    "std::vector", "A ::1", "Room #7 [east]", "a -- b", "a\u00a0b", "🏳️‍🌈", "क्‍ष",
)  # fmt: skip

# Written apart from the escape: by what Unicode says of each sign, not by a list of them.
COMMAND = re.compile(r"^\s*(?:::|section_(?:start|end):|travis_)|##[^\s\[]*\[")
# Joiners, and what Unicode calls formatting though it shows: numbers of Arabic, Syriac and Kaithi, and how
# hieroglyphs are stacked.
KEPT = frozenset(map(chr, (0x200C, 0x200D, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD,
                           0x110CD, *range(0x13430, 0x13460))))  # fmt: skip


def titles() -> list[str]:
    """187 of them, always the same."""
    commands = [before + command for before, command in itertools.product(BEFORE, COMMANDS)]
    signs = [place.format(sign) for sign, place in itertools.product(SIGNS, PLACES)]
    draw = random.Random(SEED)
    return [*draw.sample(commands, 94), *draw.sample(signs, 93)]


def steers(char: str) -> bool:
    """Whether a sign does something to a terminal, or to how other signs are read, instead of showing."""
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
    return noncharacter or (unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in KEPT)


def faults(printed: str, annotated: bool = False) -> list[str]:
    """What of a printed text isn't as it should be: raw signs, and lines that a CI runner would obey.

    annotated: our own annotations are commands, and nothing else is.
    """
    found = [f"raw {char!a}" for char in sorted(set(printed)) if steers(char) and char not in "\n"]
    for line in printed.split("\n"):
        ours = annotated and re.match(r"::(error|warning) file=[^:,]*,line=\d+,col=\d+::", line)
        if COMMAND.search(f"annotation {line[len(ours[0]) :]}" if ours else line):
            found.append(f"a command: {line!a}")
    return found
