"""Writes spaCy's tokenizer rules as data, and what spaCy makes of our texts.

    python -m venv venv && venv/bin/pip install 'spacy==3.8.*'
    venv/bin/python tests/golden/spacy/dump_rules.py

makes, in crates/tokenizer,

    rules/en.json               patterns and exceptions of blank:en
    rules/lexemes.json          reserved symbols, base norms, Python's letters and digits
    tests/golden/tokens.jsonl   the tokens of each text in texts.txt and their attributes
    tests/golden/ids.jsonl      the id of each string that occurs there

Each line of texts.txt is a text; \\n, \\r, \\t, \\\\ and \\uXXXX stand for what they do in Python.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import spacy
from spacy.attrs import NORM, ORTH
from spacy.lang.norm_exceptions import BASE_NORMS
from spacy.symbols import IDS

HERE = Path(__file__).resolve().parent
CRATE = HERE.parents[2] / "crates" / "tokenizer"
ATTR_NAMES = {ORTH: "ORTH", NORM: "NORM"}


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--lang", default="en", help="the language whose rules are written")
    args.add_argument("--out", type=Path, default=CRATE, help="the folder of the crate")
    args = args.parse_args()

    nlp = spacy.blank(args.lang)
    write(args.out / "rules" / f"{args.lang}.json", [rules(nlp.tokenizer)])
    write(args.out / "rules" / "lexemes.json", [lexemes()])
    if args.lang != "en":
        return

    docs = [nlp(text) for text in read_texts(HERE / "texts.txt")]
    write(args.out / "tests" / "golden" / "tokens.jsonl", map(tokens, docs))
    strings = sorted({string for doc in docs for token in doc for string in strings_of(token)})
    ids = ([string, str(nlp.vocab.strings[string])] for string in strings)
    write(args.out / "tests" / "golden" / "ids.jsonl", ids)


def rules(tokenizer):
    def pattern(method):
        return method.__self__.pattern if method else None

    return {
        "prefix_search": pattern(tokenizer.prefix_search),
        "suffix_search": pattern(tokenizer.suffix_search),
        "infix_finditer": pattern(tokenizer.infix_finditer),
        "token_match": pattern(tokenizer.token_match),
        "url_match": pattern(tokenizer.url_match),
        "faster_heuristics": tokenizer.faster_heuristics,
        "exceptions": {
            key: [{ATTR_NAMES[attr]: value for attr, value in part.items()} for part in parts]
            for key, parts in sorted(tokenizer.rules.items())
        },
    }


def lexemes():
    return {
        "symbols": IDS,
        "base_norms": BASE_NORMS,
        "alpha": ranges(str.isalpha),
        "digit": ranges(str.isdigit),
    }


def ranges(holds):
    """First and last of each range of code points for which it holds."""
    found = []
    for code in range(sys.maxunicode + 1):
        if not holds(chr(code)):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def read_texts(path):
    escapes = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}

    def unescape(match):
        return escapes.get(match[1]) or chr(int(match[1][1:], 16))

    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [re.sub(r"\\([nrt\\]|u[0-9a-f]{4})", unescape, line) for line in lines]


def tokens(doc):
    """Offsets are code points; then norm, lower, prefix, suffix, shape, space, is_space."""
    return {
        "text": doc.text,
        "tokens": [
            [
                token.idx,
                token.idx + len(token),
                token.norm_,
                token.lower_,
                token.prefix_,
                token.suffix_,
                token.shape_,
                bool(token.whitespace_),
                token.is_space,
            ]
            for token in doc
        ],
    }


def strings_of(token):
    return [token.text, token.norm_, token.lower_, token.prefix_, token.suffix_, token.shape_]


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            json.dump(line, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")


if __name__ == "__main__":
    main()
