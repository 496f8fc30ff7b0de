"""How fast spaCy runs a pipeline on one thread, in words a second.

    python tests/bench/spacy_speed.py PIPELINE TEXTS [SECONDS]

TEXTS has one text a line. `cargo run -p predict --example speed` measures Nerine with the same
arguments.
"""

import os

for name in ["OMP_NUM_THREADS", "BLIS_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[name] = "1"

import sys
import time

import spacy


def main(pipeline, texts, seconds=10.0):
    nlp = spacy.load(pipeline)
    with open(texts, encoding="utf-8") as file:
        texts = file.read().split("\n")
    begin = time.perf_counter()
    n_words = n_entities = 0
    while time.perf_counter() - begin < float(seconds):
        for doc in nlp.pipe(texts):
            n_words += len(doc)
            n_entities += len(doc.ents)
    secs = time.perf_counter() - begin
    print(f"{n_words / secs:.0f} words/s ({n_words} words, {n_entities} entities)")


if __name__ == "__main__":
    main(*sys.argv[1:])
