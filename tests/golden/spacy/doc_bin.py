"""Writes .spacy files, and what is in them as plain JSON.

    venv/bin/python tests/golden/spacy/doc_bin.py [FOLDER SEED NUMBER]

makes, in FOLDER with NUMBER texts, or in crates/spacy/tests/golden/doc_bin,

    plain.jsonl   texts with marks, categories and span groups, one a line
    plain.spacy   the same as spaCy packs them
    full.spacy    with all that spaCy can pack: tags, heads, custom attributes, unknown spaces
    full.jsonl    what a text with marks can hold of it
    old.spacy     with few attributes in another order, and without what old versions lacked

The texts are those of texts.txt.
"""

import json
import random
import sys
import zlib
from pathlib import Path

import spacy
import srsly
from dump_rules import read_texts
from spacy.tokens import Doc, DocBin, Span

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[2] / "crates" / "spacy" / "tests" / "golden" / "doc_bin"
LABELS = ["GENE", "PERSON", "Größe", "mRNA 🔬", "X"]


def main(out=OUT, seed=0, n_texts=None):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    nlp = spacy.blank("en")
    draw = random.Random(int(seed))
    texts = read_texts(HERE / "texts.txt")
    if n_texts:
        texts = [" ".join(draw.choices(texts, k=draw.randint(0, 3))) for _ in range(int(n_texts))]

    docs = [annotated(nlp.make_doc(text), draw) for text in texts]
    save(out, "plain", DocBin(docs=docs))
    write(out / "plain.jsonl", map(as_json, docs))

    Doc.set_extension("note", default=None)
    full = [fully_annotated(annotated(nlp.make_doc(text), draw), i) for i, text in enumerate(texts)]
    full.append(Doc(nlp.vocab, words=["No", "spaces", "known", "."]))
    save(out, "full", DocBin(store_user_data=True, docs=full))
    write(out / "full.jsonl", map(as_json, full))

    old = DocBin(attrs=["ENT_TYPE", "ENT_IOB"], docs=docs)
    message = srsly.msgpack_loads(zlib.decompress(old.to_bytes()))
    del message["flags"]
    del message["span_groups"]
    (out / "old.spacy").write_bytes(zlib.compress(srsly.msgpack_dumps(message)))


def annotated(doc, draw):
    """Marks a third of the tokens, and adds a category and span groups to some texts."""
    entities = []
    i = 0
    while i < len(doc):
        length = draw.choice([1, 1, 2, 3])
        if draw.random() < 0.2 and i + length <= len(doc):
            entities.append(Span(doc, i, i + length, draw.choice(LABELS)))
            i += length
        else:
            i += 1
    doc.ents = entities
    if draw.random() < 0.3:
        doc.cats = {"about": 1.0, "long": float(len(doc) > 20)}
    if 2 < len(doc) and draw.random() < 0.3:
        doc.spans["sc"] = [Span(doc, 0, 2, "OVER"), Span(doc, 1, 3, "LAP", span_id="first")]
        doc.spans["none"] = []
    return doc


def fully_annotated(doc, i):
    for token in doc:
        token.tag_ = "NN"
        token.lemma_ = token.lower_
        token.dep_ = "dep"
        token.head = doc[0]
    if len(doc):
        doc[0].ent_id_ = "Q1"
        doc[0].dep_ = "ROOT"
    doc.user_data["id"] = f"text {i}"
    doc.user_data["source"] = {"page": i, "of": "a book"}
    if i % 3 == 0:
        doc._.note = "custom"
    return doc


def as_json(doc):
    fields = {"text": doc.text, "ents": [[e.start_char, e.end_char, e.label_] for e in doc.ents]}
    if doc.cats:
        fields["cats"] = doc.cats
    if doc.spans:
        fields["spans"] = {key: list(map(span, group)) for key, group in doc.spans.items()}
    fields |= {key: value for key, value in doc.user_data.items() if isinstance(key, str)}
    return fields


def span(it):
    fields = {"start": it.start_char, "end": it.end_char, "label": it.label_}
    return fields | ({"id": it.id_} if it.id else {})


def save(folder, name, doc_bin):
    (folder / f"{name}.spacy").write_bytes(doc_bin.to_bytes())


def write(path, lines):
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            json.dump(line, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
