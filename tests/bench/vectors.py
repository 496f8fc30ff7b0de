"""Makes a spaCy pipeline whose ner reads many word vectors: vectors.py TEXTS.jsonl ROWS WIDTH OUT.zip

The texts are JSON objects with "text" and "spans" a line; they are learned from for a moment only,
so the pipeline finds something, if nothing of worth. The vectors are drawn at random.
"""

import json
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy
import spacy
from spacy.training import Example
from spacy.vectors import Vectors

EMBED = {
    "@architectures": "spacy.MultiHashEmbed.v2",
    "width": 96,
    "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
    "rows": [5000, 1000, 2500, 2500],
    "include_static_vectors": True,
}
ENCODE = {
    "@architectures": "spacy.MaxoutWindowEncoder.v2",
    "width": 96,
    "depth": 4,
    "window_size": 1,
    "maxout_pieces": 3,
}
TOK2VEC = {"@architectures": "spacy.Tok2Vec.v2", "embed": EMBED, "encode": ENCODE}


def main(texts, rows, width, out):
    with open(texts, encoding="utf8") as lines:
        records = [json.loads(line) for line in lines]
    nlp = spacy.blank("en")
    words = dict.fromkeys(token.text for it in records for token in nlp.make_doc(it["text"]))
    words = (list(words) + [f"word{at}" for at in range(rows)])[:rows]
    data = numpy.random.default_rng(1).standard_normal((rows, width), dtype="float32")
    for word in words:
        nlp.vocab.strings.add(word)
    nlp.vocab.vectors = Vectors(data=data, keys=words, strings=nlp.vocab.strings)
    nlp.add_pipe("ner", config={"model": {"tok2vec": TOK2VEC}})
    examples = [example(nlp, it) for it in records[:50]]
    nlp.initialize(lambda: examples)
    for _ in range(60):
        nlp.update(examples)
    with tempfile.TemporaryDirectory() as folder:
        nlp.to_disk(folder)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for file in sorted(Path(folder).rglob("*")):
                archive.write(file, file.relative_to(folder))


def example(nlp, record):
    spans = [(it["start"], it["end"], it["label"]) for it in record["spans"]]
    return Example.from_dict(nlp.make_doc(record["text"]), {"entities": spans})


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message=r"\[W030\]")
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
