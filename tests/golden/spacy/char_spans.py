"""Writes what spaCy's Doc.char_span makes of places in a text that do not fall on its tokens.

    venv/bin/python tests/golden/spacy/char_spans.py

makes crates/align/tests/golden/char_spans.jsonl from texts.txt;

    venv/bin/python tests/golden/spacy/char_spans.py BASE FILE.jsonl

prints the same for the spans of a file of texts, which the tests of crates/align ask for. Each
span is also taken a character longer and shorter at either end.

A line is {"tokens": [[start, end], …], "spans": [[start, end, strict, contract, expand], …]};
offsets are code points, and a result is [first, one past the last] token, or null.
"""

import json
import random
import sys

import spacy
from dump_rules import CRATE, HERE, read_texts, write
from scispacy.custom_tokenizer import combined_rule_tokenizer

OUT = CRATE.parent / "align" / "tests" / "golden" / "char_spans.jsonl"
MODES = ["strict", "contract", "expand"]


def main():
    if len(sys.argv) == 1:
        write(OUT, golden())
        return
    base, path = sys.argv[1:]
    nlp = pipeline(base)
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            spans = [(it["start"], it["end"]) for it in record["spans"]]
            doc = nlp.make_doc(record["text"])
            print(json.dumps(line_of(doc, moved(spans, len(doc.text)))))


def pipeline(base):
    if base != "scispacy":
        return spacy.blank(base.removeprefix("blank:"))
    nlp = spacy.blank("en")
    nlp.tokenizer = combined_rule_tokenizer(nlp)
    return nlp


def golden():
    """Twenty places of each text, most of them short."""
    draw = random.Random(0)
    nlp = pipeline("blank:en")
    for text in read_texts(HERE / "texts.txt"):
        if not text:
            continue
        starts = [draw.randrange(len(text)) for _ in range(20)]
        spans = [(it, min(len(text), it + draw.randint(1, 9))) for it in starts]
        yield {"text": text, **line_of(nlp.make_doc(text), spans)}


def moved(spans, length):
    for start, end in spans:
        for by_start in (0, -1, 1):
            for by_end in (0, -1, 1):
                if 0 <= start + by_start < end + by_end <= length:
                    yield start + by_start, end + by_end


def line_of(doc, spans):
    return {
        "tokens": [[it.idx, it.idx + len(it)] for it in doc],
        "spans": [[start, end, *(tokens_of(doc, start, end, it) for it in MODES)] for start, end in spans],
    }


def tokens_of(doc, start, end, mode):
    span = doc.char_span(start, end, alignment_mode=mode)
    return None if span is None else [span.start, span.end]


if __name__ == "__main__":
    main()
