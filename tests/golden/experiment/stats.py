"""Writes what scipy and seqeval make of counts and figures, for the statistics of experiments.

    venv/bin/python tests/golden/experiment/stats.py

makes crates/experiment/tests/golden/stats.json. It needs scipy, seqeval and scikit-learn.

Counts are [hits, predicted, gold] of a document. An outcome is one list of them for each seed.
"""

import itertools
import json
import random
from pathlib import Path

import numpy as np
from scipy import optimize, stats
from seqeval.metrics import f1_score, precision_score, recall_score

OUT = Path(__file__).parents[3] / "crates/experiment/tests/golden/stats.json"


def main():
    draw = random.Random(1)
    golden = {
        "t": [t_case(draw, n) for n in [2, 3, 4, 5, 6, 9, 15, 30, 101]],
        "holm": [holm_case(draw, n) for n in [1, 2, 3, 6, 15]],
        "exact": [exact_case(draw, n, s) for n, s in [(1, 1), (4, 1), (7, 2), (10, 3), (10, 1)]],
        "drawn": [drawn_case(draw, n, s, g) for n, s, g in DRAWN],
        "sign": [sign_case(k, n) for k, n in [(0, 1), (5, 5), (7, 9), (4, 9), (30, 41), (150, 260)]],
        "curves": [curve_case(draw, *it) for it in CURVES],
        "bio": [bio_case(draw) for _ in range(4)],
    }
    OUT.parent.mkdir(exist_ok=True)
    lines = ",\n".join(f'"{key}": {json.dumps(rounded(it))}' for key, it in golden.items())
    OUT.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def rounded(it):
    """Ten digits are more than any test looks at."""
    if isinstance(it, dict):
        return {key: rounded(value) for key, value in it.items()}
    if isinstance(it, list):
        return [rounded(value) for value in it]
    return float(f"{it:.10g}") if isinstance(it, float) else it


def t_case(draw, n):
    values = [round(draw.uniform(0.5, 0.9), 3) for _ in range(n)]
    sd = float(np.std(values, ddof=1))
    low, high = stats.t.interval(0.95, n - 1, np.mean(values), stats.sem(values))
    return {"values": values, "sd": sd, "low": float(low), "high": float(high)}


def holm_case(draw, n):
    """Holm's method by its definition as a closed test: the largest p of all Bonferroni tests of
    sets that hold the hypothesis."""
    p = [round(draw.random() ** 3, 5) for _ in range(n)]
    if n > 10:
        return {"p": p, "corrected": step_down(p)}
    corrected = []
    for at in range(n):
        others = [it for it in range(n) if it != at]
        sets = (
            (at, *more) for size in range(n) for more in itertools.combinations(others, size)
        )
        corrected.append(max(min(1.0, min(p[it] for it in each) * len(each)) for each in sets))
    return {"p": p, "corrected": corrected}


def step_down(p):
    order = np.argsort(p)
    scaled = np.array(p)[order] * (len(p) - np.arange(len(p)))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(1, np.maximum.accumulate(scaled))
    return corrected.tolist()


def outcomes(draw, n_docs, n_seeds, quality, gold):
    return [[counts(draw, quality, it) for it in gold] for _ in range(n_seeds)]


def counts(draw, quality, gold):
    hits = sum(draw.random() < quality for _ in range(gold))
    return [hits, hits + sum(draw.random() < 1 - quality for _ in range(gold)), gold]


def f1(seeds):
    """Micro F1, averaged over seeds, of an array [seeds, docs, 3]."""
    hits, predicted, gold = np.moveaxis(np.asarray(seeds).sum(axis=-2), -1, 0)
    return np.mean(2 * hits / np.maximum(1, predicted + gold), axis=0)


def difference(a, b):
    return float(f1(a) - f1(b))


def exact_case(draw, n_docs, n_seeds):
    """All ways to change sides, gone through one by one."""
    gold = [draw.randint(1, 6) for _ in range(n_docs)]
    a, b = (outcomes(draw, n_docs, n_seeds, it, gold) for it in (0.7, 0.5))
    first, second = np.array(a), np.array(b)
    seen = abs(difference(a, b))
    n = 0
    for bits in itertools.product([False, True], repeat=n_docs):
        swap = np.array(bits)[None, :, None]
        moved = difference(np.where(swap, second, first), np.where(swap, first, second))
        n += abs(moved) >= seen - 1e-12
    return {"a": a, "b": b, "difference": difference(a, b), "p": n / 2**n_docs}


DRAWN = [(40, 1, 0.03), (120, 3, 0.04), (60, 2, 0.0)]


def drawn_case(draw, n_docs, n_seeds, gain):
    """scipy's permutation test and bootstrap over documents."""
    gold = [draw.randint(1, 6) for _ in range(n_docs)]
    a, b = (outcomes(draw, n_docs, n_seeds, it, gold) for it in (0.7 + gain, 0.7))
    first, second = np.array(a), np.array(b)
    docs = np.arange(n_docs)
    both = np.stack([first, second])

    def of_sides(x, y, axis=-1):
        """The difference where document `i` is 2i as it is, and 2i + 1 with sides changed."""
        return np.apply_along_axis(of_choice, axis, x)

    def of_choice(x):
        side = x.astype(int) % 2
        own = both[side, :, docs]
        other = both[1 - side, :, docs]
        return difference(np.moveaxis(own, 0, 1), np.moveaxis(other, 0, 1))

    permuted = stats.permutation_test(
        (2 * docs, 2 * docs + 1),
        of_sides,
        permutation_type="samples",
        n_resamples=200_000,
        rng=np.random.default_rng(1),
        vectorized=True,
        axis=-1,
    )

    def redrawn(which, axis=-1):
        each = lambda it: difference(first[:, it], second[:, it])
        return np.apply_along_axis(each, axis, which)

    drawn = stats.bootstrap(
        (docs,),
        redrawn,
        n_resamples=200_000,
        method="percentile",
        rng=np.random.default_rng(2),
        vectorized=True,
    )
    seen = difference(a, b)
    redraws = drawn.bootstrap_distribution
    beyond = np.abs(redraws - seen) >= abs(seen) - 1e-12
    return {
        "a": a,
        "b": b,
        "difference": seen,
        "permutation_p": float(permuted.pvalue),
        "bootstrap_p": float((1 + beyond.sum()) / (1 + len(redraws))),
        "lower": float((redraws < -1e-12).mean()),
        "low": float(drawn.confidence_interval.low),
        "high": float(drawn.confidence_interval.high),
    }


def sign_case(k, n):
    return {"k": k, "n": n, "p": float(stats.binomtest(k, n).pvalue)}


CURVES = [(0.9, 1.5, 0.5, 0.0), (0.85, 2.0, 0.8, 0.004), (0.95, 0.9, 0.25, 0.004)]


def curve_case(draw, a, b, c, noise):
    sizes = [25, 50, 100, 150, 200]
    values = [a - b * n**-c + draw.gauss(0, noise) for n in sizes]
    law = lambda n, a, b, c: a - b * n**-c
    bounds = ([0, 0, 0.05], [1, np.inf, 3])
    found, _ = optimize.curve_fit(law, sizes, values, p0=[0.9, 1, 0.5], bounds=bounds, xtol=1e-14)
    squares = float(np.sum((law(np.array(sizes), *found) - values) ** 2))
    return {"sizes": sizes, "f1": values, "squares": squares, "at_400": float(law(400, *found))}


def bio_case(draw):
    """Sentences of ten words with a gold and a predicted chain of BIO tags."""
    gold, predicted = ([chain(draw) for _ in range(8)] for _ in range(2))
    for at in range(0, 8, 2):
        predicted[at] = list(gold[at])
    return {
        "gold": gold,
        "predicted": predicted,
        "precision": float(precision_score(gold, predicted)),
        "recall": float(recall_score(gold, predicted)),
        "f1": float(f1_score(gold, predicted)),
    }


def chain(draw):
    tags = []
    while len(tags) < 10:
        label = draw.choice(["O", "O", "A", "B"])
        if label == "O":
            tags.append("O")
            continue
        more = draw.randint(0, 2)
        tags += [f"B-{label}", *[f"I-{label}"] * more]
    return tags[:10]


if __name__ == "__main__":
    main()
