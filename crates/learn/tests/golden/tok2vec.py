"""Makes tok2vec.json with spaCy 3.8: a small tok2vec layer with its weights, the string ids it reads
and the vectors it gives; and keys of its hash embedding. Run: python tok2vec.py > tok2vec.json"""

import json

import numpy
import spacy
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed, build_Tok2Vec_model
from thinc.api import get_current_ops

WIDTH, DEPTH = 6, 2
ATTRS, ROWS = ["NORM", "PREFIX", "SUFFIX", "SHAPE"], [20, 10, 15, 12]
TEXTS = ["Gold nanorods (10 nm) weren't toxic.", "😀 In vivo\n\nuptake of Fe3O4@SiO2", "Dose"]

embed = MultiHashEmbed(WIDTH, ATTRS, ROWS, include_static_vectors=False)
encode = MaxoutWindowEncoder(width=WIDTH, window_size=1, maxout_pieces=3, depth=DEPTH)
model = build_Tok2Vec_model(embed, encode)
docs = [spacy.blank("en")(text) for text in TEXTS]
model.initialize(X=docs)
random = numpy.random.default_rng(7)
layers = {"maxout": [], "layernorm": [], "hashembed": []}
for node in model.walk():
    if node.name in layers and node.param_names:
        for name in node.param_names:
            # Weights of a trained size, so that every part of the layer shows in the output.
            shape = node.get_param(name).shape
            values = random.normal(0, 0.5, shape).round(3).astype("float32")
            node.set_param(name, values)
        layers[node.name].append({name: node.get_param(name).tolist() for name in node.param_names})

ids = [[4, 8], [4, 9], [8530418389426087447, 10], [2**64 - 1, 11]]
ops = get_current_ops()
json.dump(
    {
        "texts": TEXTS,
        "ids": [[[str(int(it)) for it in row] for row in doc.to_array(ATTRS)] for doc in docs],
        "layers": layers,
        "vectors": [vectors.astype(float).round(5).tolist() for vectors in model.predict(docs)],
        "keys": [
            [str(id_), seed, ops.hash(numpy.array([id_], dtype="uint64"), seed)[0].tolist()]
            for id_, seed in ids
        ],
    },
    __import__("sys").stdout,
    ensure_ascii=False,
)
print()
