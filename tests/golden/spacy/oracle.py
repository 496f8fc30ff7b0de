"""Asks spaCy's transition system for named entities what each move costs.

    venv/bin/python tests/golden/spacy/oracle.py

makes crates/learn/tests/golden/oracle.jsonl. The first line holds the classes. Each line behind it
is a text of made-up tokens:

    spaces   1 for tokens of whitespace
    starts   1 for tokens with which a sentence starts
    gold     the right move of each token, "-" where nobody knows
    oracle   the classes that follow from the gold moves alone
    walk     classes, chosen at random among the valid ones
    costs    before each class of the walk, one character for each class: its cost, or "-" where it
             is not valid
"""

import json
import random
from pathlib import Path

import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example

OUT = Path(__file__).resolve().parents[3] / "crates" / "learn" / "tests" / "golden"
LABELS = ["DRUG", "GENE"]
INVALID = 9000


def main():
    rng = random.Random(4)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner")
    for label in LABELS:
        ner.add_label(label)
    nlp.initialize()
    moves = ner.moves
    with (OUT / "oracle.jsonl").open("w", encoding="utf-8") as file:
        classes = [moves.get_class_name(it) for it in range(moves.n_moves)]
        print(json.dumps(classes), file=file)
        for _ in range(120):
            print(json.dumps(text(nlp.vocab, moves, rng)), file=file)


def text(vocab, moves, rng):
    n = rng.randint(1, 12)
    spaces = [int(rng.random() < 0.1) for _ in range(n)]
    starts = [int(at == 0 or rng.random() < 0.15) for at in range(n)]
    predicted, reference = (
        Doc(
            vocab,
            words=["\n" if it else f"w{at}" for at, it in enumerate(spaces)],
            sent_starts=[True if it else None for it in starts],
        )
        for _ in range(2)
    )
    ents, unknown = marks(reference, spaces, starts, rng)
    reference.set_ents(ents, missing=unknown, default="outside")
    example = Example(predicted, reference)
    gold = ["-" if it is None else it for it in example.get_aligned_ner()]
    oracle = moves.get_oracle_sequence(example) if moves.has_gold(example) else []
    state = moves.init_batch([predicted])[0]
    known = moves.init_gold(state, example)
    walk, costs = [], []
    while not state.is_final():
        row = [moves.get_cost(state, known, it) for it in range(moves.n_moves)]
        costs.append("".join("-" if it == INVALID else str(int(it)) for it in row))
        walk.append(rng.choice([at for at, it in enumerate(row) if it != INVALID]))
        moves.apply_transition(state, moves.get_class_name(walk[-1]))
    return {
        "spaces": spaces,
        "starts": starts,
        "gold": gold,
        "oracle": oracle,
        "walk": walk,
        "costs": costs,
    }


def marks(doc, spaces, starts, rng):
    """Entities that spaCy can find, and stretches of which nobody knows."""
    ents, unknown, at = [], [], 0
    while at < len(doc):
        end = min(at + rng.randint(1, 4), len(doc))
        kind = rng.random()
        fits = not spaces[at] and not spaces[end - 1] and not any(starts[at + 1 : end])
        if kind < 0.5 and fits:
            ents.append(Span(doc, at, end, label=rng.choice(LABELS)))
        elif kind < 0.65:
            unknown.append(doc[at:end])
        at = end
    return ents, unknown


if __name__ == "__main__":
    main()
