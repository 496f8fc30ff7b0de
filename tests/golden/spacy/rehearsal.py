"""Asks spaCy for the gradients of a rehearsal.

    venv/bin/python tests/golden/spacy/rehearsal.py

makes crates/learn/tests/golden/rehearsal.jsonl from the pipeline rules_before_ner, whose ner has a
tok2vec of its own: spaCy does not rehearse with one that others listen to, too. What learns is the
pipeline with all its weights scaled by SCALE, what it is held to is the pipeline as it came, and
nothing is silenced.

The first line holds the texts, the scale and the loss that spaCy shows. Each line behind it is an
array in the order in which thinc walks through the model: the name of its layer, its own, and its
gradient.
"""

import json
import tempfile
import zipfile
from pathlib import Path

import numpy
import spacy
from spacy.ml import parser_model
from spacy.training import Example

ROOT = Path(__file__).resolve().parents[3] / "crates"
PIPELINE = ROOT / "predict" / "tests" / "golden" / "rules_before_ner.zip"
OUT = ROOT / "learn" / "tests" / "golden" / "rehearsal.jsonl"
SCALE = 0.75
TEXTS = [
    "The mTOR pathway isn't activated by sodium lauryl sulfate.",
    "Graphene oxide reduced breast cancer in 12 patients (P = 0.003), and p53 did not.",
    "NSCLC",
    "We can't exclude that HER2 and COX-2 drive type 2 diabetes!\n\n",
]


def main():
    # What each step would silence of the states, whatever is asked for.
    parser_model.NUMPY_OPS.get_dropout_mask = lambda shape, _: numpy.ones(shape, dtype="f")
    with tempfile.TemporaryDirectory() as at:
        zipfile.ZipFile(PIPELINE).extractall(at)
        nlp = spacy.load(at)
    nlp.resume_training()
    ner = nlp.get_pipe("ner")
    for node in ner.model.walk():
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name) * numpy.float32(SCALE))
    gradients = {}

    def keep(key, weights, gradient):
        gradients[key] = gradient.copy()
        return weights, gradient

    losses = {}
    ner.rehearse([Example.from_dict(nlp.make_doc(it), {}) for it in TEXTS], sgd=keep, losses=losses)
    with OUT.open("w", encoding="utf-8", newline="\n") as file:
        head = {"texts": TEXTS, "scale": SCALE, "loss": float(losses["ner"])}
        print(json.dumps(head), file=file)
        for node in ner.model.walk():
            for name in node.param_names:
                if (node.id, name) in gradients:
                    values = gradients[(node.id, name)].ravel()
                    # As many digits as f32 has.
                    values = [float(f"{it:.8g}") for it in values]
                    line = {"layer": node.name, "array": name, "gradient": values}
                    print(json.dumps(line), file=file)


if __name__ == "__main__":
    main()
