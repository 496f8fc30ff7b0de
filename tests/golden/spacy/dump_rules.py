"""Writes the rules of spaCy's tokenizers as data, and what spaCy makes of our texts.

    python -m venv venv && venv/bin/pip install 'spacy==3.8.*'
    venv/bin/pip install --no-deps 'scispacy==0.6.*'
    venv/bin/python tests/golden/spacy/dump_rules.py

makes, in crates/tokenizer,

    rules/BASE.json             patterns and exceptions of each base, see rules/README.md
    rules/pieces.json           what many patterns have in common, by name
    rules/lexemes.json          reserved symbols, base norms, Python's letters and digits
    tests/golden/tokens.jsonl   each text in texts.txt with its tokens in blank:en
    tests/golden/BASE.jsonl     the tokens of each text in the other bases
    tests/golden/ids.jsonl      the id of each string that occurs there

Each line of texts.txt is a text; \\n, \\r, \\t, \\\\ and \\uXXXX stand for what they do in Python.
"""

import json
import re
import sys
from pathlib import Path

import spacy
from scispacy.custom_tokenizer import combined_rule_tokenizer
from spacy.attrs import NORM, ORTH
from spacy.lang import char_classes
from spacy.lang.norm_exceptions import BASE_NORMS
from spacy.lang.tokenizer_exceptions import URL_PATTERN
from spacy.symbols import IDS
from spacy.tokenizer import Tokenizer

HERE = Path(__file__).resolve().parent
CRATE = HERE.parents[2] / "crates" / "tokenizer"
PATTERNS = ["prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match"]
# Whose exceptions a base has besides its own.
INHERITS = {"xx": None, "en": "xx", "de": "xx", "fr": "xx", "es": "xx", "scispacy": "en"}
# Longest first, since they hold one another.
PIECES = {
    name: value
    for value, name in sorted(
        [
            (URL_PATTERN, "URL"),
            (char_classes.ALPHA_LOWER, "ALPHA_LOWER"),
            (char_classes.ALPHA_UPPER, "ALPHA_UPPER"),
            (char_classes.ALPHA, "ALPHA"),
            (char_classes.CONCAT_ICONS, "ICONS"),
            (char_classes.UNITS, "UNITS"),
        ],
        key=lambda it: -len(it[0]),
    )
}


def main():
    rules = CRATE / "rules"
    golden = CRATE / "tests" / "golden"
    tokenizers = {name: spacy.blank(name).tokenizer for name in INHERITS if name != "scispacy"}
    tokenizers["scispacy"] = combined_rule_tokenizer(spacy.blank("en"))
    for name, inherits in INHERITS.items():
        inherited = tokenizers[inherits].rules if inherits else {}
        write(rules / f"{name}.json", [rules_of(tokenizers[name], inherits, inherited)])
    write(rules / "pieces.json", [PIECES])
    write(rules / "lexemes.json", [lexemes()])

    texts = read_texts(HERE / "texts.txt")
    tokenizers["zh"] = spacy.blank("zh").tokenizer
    del tokenizers["en"]
    for name, tokenizer in tokenizers.items():
        name = "zh-char" if name == "zh" else name
        write(golden / f"{name}.jsonl", (offsets(tokenizer(text)) for text in texts))
    nlp = spacy.blank("en")
    docs = [nlp(text) for text in texts]
    write(golden / "tokens.jsonl", map(tokens, docs))
    strings = sorted({string for doc in docs for token in doc for string in strings_of(token)})
    write(golden / "ids.jsonl", ([string, str(nlp.vocab.strings[string])] for string in strings))


def rules_of(tokenizer, inherits, inherited):
    """The patterns with their pieces by name, and those exceptions that are not inherited."""
    if not tokenizer.faster_heuristics:
        sys.exit("a base without faster heuristics: let the format say so")
    if any(tokenizer.rules.get(key) != parts for key, parts in inherited.items()):
        sys.exit(f"some exceptions of {inherits} are overruled: let the format say so")
    own = {key: parts for key, parts in sorted(tokenizer.rules.items()) if key not in inherited}
    return {
        **{name: with_names(pattern(getattr(tokenizer, name))) for name in PATTERNS},
        "inherits": inherits,
        "exceptions": {key: parts_of(key, parts) for key, parts in own.items()},
        "torn": torn(tokenizer),
    }


def pattern(method):
    return method.__self__.pattern if method else None


def with_names(pattern):
    if pattern is None:
        return None
    if "@{" in pattern:
        sys.exit("a pattern holds what stands for a piece: choose another sign")
    for name, piece in PIECES.items():
        pattern = pattern.replace(piece, f"@{{{name}}}")
    return pattern


def parts_of(key, parts):
    """Each part as its text, with its norm if it has one; none if the key is the only part."""
    if any(set(part) - {ORTH, NORM} for part in parts):
        sys.exit(f"the exception {key!r} has unknown attributes: let the format hold them")
    found = [[part[ORTH], part[NORM]] if NORM in part else part[ORTH] for part in parts]
    return [] if found == [key] else found


def torn(tokenizer):
    """Exceptions that hold an affix, each as the tokens that it is cut into without exceptions.

    The same as Tokenizer._reload_special_cases registers.
    """
    plain = Tokenizer(
        tokenizer.vocab,
        **{name: getattr(tokenizer, name) for name in PATTERNS},
    )
    return [
        [token.text for token in plain(key)]
        for key in sorted(tokenizer.rules)
        if tokenizer.find_prefix(key)
        or tokenizer.find_infix(key)
        or tokenizer.find_suffix(key)
        or " " in key
    ]


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


def offsets(doc):
    """First and last of each token, in code points."""
    return [[token.idx, token.idx + len(token)] for token in doc]


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
