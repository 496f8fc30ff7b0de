"""Trains small pipelines, each built another way, and writes what they find.

    venv/bin/python tests/golden/spacy/pipelines.py

makes, in crates/predict/tests/golden,

    NAME.zip     a pipeline
    NAME.jsonl   what it finds: a text a line, with its sentence starts and entities

    venv/bin/python tests/golden/spacy/pipelines.py train FOLDER [SEED]

does the same in another folder, and

    venv/bin/python tests/golden/spacy/pipelines.py predict PIPELINE NAME.jsonl ...

prints what pipelines of the disk find in the texts of such files, line by line, with an empty
line behind each pipeline. PIPELINE is its folder, or its wheel, which is installed into a folder
of its own.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy
import spacy
from dump_rules import read_texts
from spacy.lookups import Table
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vectors import Vectors

warnings.filterwarnings("ignore")

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[2] / "crates" / "predict" / "tests" / "golden"

NAMES = {
    "GENE": ["IL-6", "mTOR", "HER2", "COX-2", "tumor necrosis factor", "PERSON", "p53"],
    "DRUG": ["doxorubicin", "sodium lauryl sulfate", "N-acetylcysteine", "X", "graphene oxide"],
    "DISEASE": ["breast cancer", "Alzheimer's disease", "COVID-19", "type 2 diabetes", "NSCLC"],
}
SENTENCES = [
    "The {GENE} pathway isn't activated by {DRUG} .",
    "{DRUG} reduced {DISEASE} in 12 patients ( P = 0.003 ) .",
    "We can't exclude that {GENE} and {GENE} drive {DISEASE} !",
    "Effects of {DRUG} on {GENE} were dose-dependent , cf . Fig . 3A",
    "Does {DRUG} cure {DISEASE} ?",
    "\n\n",
]
DEPS = ["nsubj", "dobj", "prep", "pobj", "amod", "punct", "mark"]


def main(arguments):
    match arguments:
        case []:
            write_all(OUT, 0)
        case ["train", folder, *seed]:
            write_all(Path(folder), int(*seed or [0]))
        case ["predict", *pairs] if len(pairs) % 2 == 0:
            for pipeline, texts in zip(pairs[::2], pairs[1::2]):
                predict(Path(pipeline), Path(texts))
                print()
        case _:
            sys.exit(__doc__)


def write_all(folder, seed):
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PIPELINES.items():
        draw = random.Random(f"{name} {seed}")
        spacy.util.fix_random_seed(seed)
        nlp = make(draw)
        texts = read_texts(HERE / "texts.txt") + [doc.text for doc in documents(nlp, draw, 60)]
        with tempfile.TemporaryDirectory() as at:
            nlp.to_disk(at)
            # What is loaded is what is compared: a label may be added in between.
            lines = list(found(spacy.load(at), texts))
            archive(Path(at), folder / f"{name}.zip")
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
        counts = [len(json.loads(line)["ents"]) for line in lines]
        print(name, len(lines), "texts", sum(counts), "entities", file=sys.stderr)


def archive(folder, path):
    """Packs a folder, with the same bytes whenever it is packed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                file.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def predict(pipeline, texts):
    lines = texts.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    texts = [json.loads(line)["text"] for line in lines]
    if pipeline.suffix == ".whl":
        with tempfile.TemporaryDirectory() as at:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
            subprocess.run([*pip, "--target", at, pipeline], check=True)
            sys.path.insert(0, at)
            nlp = spacy.load(pipeline.name.split("-")[0])
    else:
        nlp = spacy.load(pipeline)
    for line in found(nlp, texts):
        print(line)


def found(nlp, texts):
    for doc in nlp.pipe(texts):
        line = {
            "text": doc.text,
            "sents": [i for i, token in enumerate(doc) if i == 0 or token.is_sent_start],
            "ents": [[e.start_char, e.end_char, e.label_] for e in doc.ents],
        }
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def documents(nlp, draw, n_docs):
    """Texts of a few sentences with entities and parses, tokenized by the pipeline."""
    return [document(nlp, draw) for _ in range(n_docs)]


def document(nlp, draw):
    text = ""
    spans, starts = [], []
    for _ in range(draw.randint(1, 4)):
        starts.append(len(text))
        for word in draw.choice(SENTENCES).split(" "):
            label = word.strip("{}")
            if label in NAMES:
                word = draw.choice(NAMES[label])
                spans.append((len(text), len(text) + len(word), label))
            text += word + (" " if word.strip() else "")
    doc = nlp.make_doc(text)
    words = [token.text for token in doc]
    spaces = [bool(token.whitespace_) for token in doc]
    ents = [it for start, end, label in spans if (it := doc.char_span(start, end, label))]
    tags = ["O"] * len(doc)
    for ent in ents:
        tags[ent.start : ent.end] = [f"I-{ent.label_}"] * len(ent)
        tags[ent.start] = f"B-{ent.label_}"
    firsts = [token.i for token in doc if token.idx in starts] or [0]
    heads, deps = tree(firsts, len(doc), draw)
    return Doc(nlp.vocab, words=words, spaces=spaces, ents=tags, heads=heads, deps=deps)


def tree(firsts, n_tokens, draw):
    """Heads that mostly lie near, some of them across others."""
    heads, deps = [], []
    for first, end in zip(firsts, [*firsts[1:], n_tokens]):
        root = draw.randrange(first, end)
        for i in range(first, end):
            if i == root:
                heads.append(i)
                deps.append("ROOT")
                continue
            step = 1 if i < root else -1
            far = draw.randint(1, abs(root - i)) if draw.random() < 0.2 else 1
            heads.append(i + step * far)
            deps.append(draw.choice(DEPS))
    return heads, deps


def train(nlp, draw, n_steps=30, names=None):
    docs = documents(nlp, draw, 40)
    for doc in docs:
        for token in doc:
            token.tag_ = "NN"
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    others = [] if names is None else [it for it in nlp.pipe_names if it not in names]
    with nlp.select_pipes(disable=others):
        for _ in range(n_steps):
            nlp.update(examples, drop=0.1, sgd=optimizer)
    return nlp


def shake(nlp, scale, names):
    """Adds noise to all weights, so that decisions become wild."""
    draw = numpy.random.RandomState(1)
    for name in names:
        for node in nlp.get_pipe(name).model.walk():
            for param in node.param_names:
                if node.has_param(param):
                    value = node.get_param(param)
                    noise = draw.normal(scale=scale, size=value.shape).astype("f")
                    node.set_param(param, value + noise)
    return nlp


def embed_cnn(attrs, rows, width=16, depth=2, window=1, pieces=2, vectors=False):
    return {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": width,
            "attrs": attrs,
            "rows": rows,
            "include_static_vectors": vectors,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": width,
            "depth": depth,
            "window_size": window,
            "maxout_pieces": pieces,
        },
    }


def listener(width=16, upstream="*"):
    return {"@architectures": "spacy.Tok2VecListener.v1", "width": width, "upstream": upstream}


def transitions(tok2vec, state, extra=False, hidden=16, pieces=2, upper=True):
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": state,
        "extra_state_tokens": extra,
        "hidden_width": hidden,
        "maxout_pieces": pieces,
        "use_upper": upper,
        "tok2vec": tok2vec,
    }


def parser_before_ner(draw):
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": embed_cnn(["NORM", "SHAPE"], [200, 100])})
    parser = transitions(listener(), "parser")
    nlp.add_pipe("parser", config={"model": parser, "min_action_freq": 1})
    nlp.add_pipe("tagger", config={"model": {"tok2vec": listener()}})
    nlp.add_pipe("ner", config={"model": transitions(listener(), "ner")})
    nlp.get_pipe("tagger").add_label("NN")
    return train(nlp, draw)


def wild_parser(draw):
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": embed_cnn(["NORM", "SUFFIX"], [200, 100])})
    parser = transitions(listener(), "parser", extra=True, upper=False, pieces=3)
    nlp.add_pipe("parser", config={"model": parser, "min_action_freq": 1})
    ner = transitions(listener(), "ner", extra=True, upper=False)
    nlp.add_pipe("ner", config={"model": ner})
    return shake(train(nlp, draw, 30), 0.3, ["parser"])


def senter_before_ner(draw):
    nlp = spacy.blank("de")
    cnn = {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "width": 12,
        "depth": 1,
        "embed_size": 120,
        "window_size": 1,
        "maxout_pieces": 2,
        "subword_features": True,
        "pretrained_vectors": None,
    }
    tagger = {"@architectures": "spacy.Tagger.v2", "tok2vec": cnn}
    nlp.add_pipe("senter", config={"model": tagger})
    attrs = ["LOWER", "ORTH", "PREFIX", "SPACY", "IS_SPACE"]
    own = embed_cnn(attrs, [200, 200, 50, 4, 4], depth=1, window=2)
    nlp.add_pipe("ner", config={"model": transitions(own, "ner")})
    return train(nlp, draw)


def rules_before_ner(draw):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(
        [
            {"label": "DRUG", "pattern": "Sodium Lauryl"},
            {"label": "GENE", "pattern": [{"SHAPE": "XX-d"}]},
            {"label": "UNIT", "pattern": [{"IS_DIGIT": True}, {"LOWER": {"IN": ["patients", "nm"]}}]},
            {"label": "WORD", "pattern": [{"TEXT": {"REGEX": "^un"}}, {"IS_ALPHA": True, "OP": "*"}]},
            {"label": "SPLIT", "pattern": [{"IS_PUNCT": True, "OP": "+"}, {"IS_SPACE": True}]},
            {"label": "NEW", "pattern": [{"LENGTH": {">=": 12}}, {"OP": "?"}], "id": "long"},
            {"label": "DRUG", "pattern": [{"IS_TITLE": True}, {"IS_LOWER": True, "OP": "{2,3}"}]},
        ]
    )
    nlp.add_pipe("ner", config={"model": transitions(embed_cnn(["NORM"], [100]), "ner")})
    train(nlp, draw, names=["ner"])
    nlp.get_pipe("entity_ruler").add_patterns([{"label": "GENE", "pattern": "pathway"}])
    return nlp


def span_rulers_around_ner(draw):
    nlp = spacy.blank("en")
    patterns = [
        {"label": "GENE", "pattern": "mTOR"},
        {"label": "LATE", "pattern": [{"IS_UPPER": True}, {"OP": "!", "IS_PUNCT": True}]},
        {"label": "DISEASE", "pattern": [{"LOWER": "cancer"}]},
    ]
    config = {"annotate_ents": True, "spans_key": None}
    nlp.add_pipe("span_ruler", config=config).add_patterns(patterns)
    nlp.add_pipe("ner", config={"model": transitions(embed_cnn(["NORM"], [100]), "ner")})
    train(nlp, draw, names=["ner"])
    nlp.get_pipe("span_ruler").add_patterns(patterns)
    config = {"overwrite_ents": True}
    late = nlp.add_pipe("entity_ruler", name="late", config=config)
    late.add_patterns([{"label": "WHOLE", "pattern": [{"IS_ALPHA": True}, {"ORTH": "cancer"}]}])
    future = nlp.add_pipe("future_entity_ruler", name="future")
    future.add_patterns([{"label": "NUMBER", "pattern": [{"SHAPE": {"REGEX": "^d+$"}}]}])
    return nlp


def floret_vectors(draw):
    nlp = spacy.blank("en")
    data = numpy.random.RandomState(0).normal(size=(50, 12)).astype("f")
    settings = {"minn": 2, "maxn": 3, "hash_count": 2, "hash_seed": 2166136261}
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=data, mode="floret", bow="<", eow=">", **settings
    )
    table = Table(name="lexeme_norm", data={"The": "that", "COX-2": "cox", "“": "q"})
    nlp.vocab.lookups.set_table("lexeme_norm", table)
    nlp.vocab.lookups = nlp.vocab.lookups
    tok2vec = embed_cnn(["NORM", "LOWER"], [100, 100], vectors=True)
    nlp.add_pipe("tok2vec", name="words", config={"model": tok2vec})
    nlp.add_pipe("ner", config={"model": transitions(listener(upstream="words"), "ner")})
    return train(nlp, draw)


def table_vectors(draw):
    nlp = spacy.blank("xx")
    words = sorted({word for names in NAMES.values() for name in names for word in name.split()})
    data = numpy.random.RandomState(0).normal(size=(len(words) // 2, 10)).astype("f")
    nlp.vocab.vectors = Vectors(strings=nlp.vocab.strings, data=data)
    for i, word in enumerate(words):
        nlp.vocab.vectors.add(word, row=i % len(data))
    cnn = {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "width": 16,
        "depth": 1,
        "embed_size": 120,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
        "pretrained_vectors": True,
    }
    nlp.add_pipe("ner", config={"model": transitions(cnn, "ner", pieces=3, hidden=12)})
    nlp.add_pipe("ner", name="second", config={"model": transitions(cnn, "ner", upper=False)})
    nlp.add_pipe("sentencizer")
    train(nlp, draw)
    nlp.disable_pipe("sentencizer")
    return nlp


PIPELINES = {
    "parser_before_ner": parser_before_ner,
    "wild_parser": wild_parser,
    "senter_before_ner": senter_before_ner,
    "rules_before_ner": rules_before_ner,
    "span_rulers_around_ner": span_rulers_around_ner,
    "floret_vectors": floret_vectors,
    "table_vectors": table_vectors,
}

if __name__ == "__main__":
    # Python orders sets otherwise each time, and spaCy writes some of them.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    main(sys.argv[1:])
