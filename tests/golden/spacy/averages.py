"""Asks thinc's Adam, which spaCy trains with, for the running averages of weights.

    venv/bin/python tests/golden/spacy/averages.py

makes crates/learn/tests/golden/averages.jsonl. Its first line holds

    learn_rate   the step size; everything else is as spaCy's default_config.cfg sets it
    weights      numbers before the first step
    late         pairs of a step and what an average of 0 becomes in it where the weight is 1

and each line behind it a step: its gradient, some of which are clipped, and the weights and
averages behind it.
"""

import json
from pathlib import Path

import numpy
from thinc.api import Adam, NumpyOps

OUT = Path(__file__).resolve().parents[3] / "crates" / "learn" / "tests" / "golden"
N_WEIGHTS, N_STEPS, LEARN_RATE = 6, 40, 0.01
LATE = [1, 2, 10, 1000, 89_000, 89_989, 89_990, 89_991, 200_000]


def main():
    draw = numpy.random.RandomState(7)
    adam = Adam(LEARN_RATE, L2=0.01, use_averages=True)
    weights = draw.normal(size=N_WEIGHTS).astype("f")
    late = []
    for step in LATE:
        average = numpy.zeros(1, dtype="f")
        NumpyOps().update_averages(average, numpy.ones(1, dtype="f"), step)
        late.append([step, float(average[0])])
    with (OUT / "averages.jsonl").open("w", encoding="utf-8") as file:
        head = {"learn_rate": LEARN_RATE, "weights": weights.tolist(), "late": late}
        print(json.dumps(head), file=file)
        for step in range(N_STEPS):
            gradient = draw.normal(size=N_WEIGHTS, scale=2.0 / (1 + step % 5)).astype("f")
            shown = {"gradient": gradient.tolist()}
            weights, _ = adam((1, "W"), weights, gradient)
            shown["weights"] = weights.tolist()
            shown["averages"] = adam.averages[(1, "W")].tolist()
            print(json.dumps(shown), file=file)


if __name__ == "__main__":
    main()
