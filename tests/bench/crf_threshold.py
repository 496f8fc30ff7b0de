"""The CRF of shared/bench/crf_baseline.py, decoded by the probabilities of its spans.

    python crf_threshold.py SHARED/bench SHARED/data/splits/bc5cdr 300

The most probable sequence of tags is timid where few texts were learned from. Here the exact
probability of every span is summed over all sequences, and spans are predicted, the most probable
first, as long as they are more probable than the threshold that is best on dev-500. Prints one JSON
line as crf_baseline.py does.
"""

import json
import os
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, sys.argv[1])
import sklearn_crfsuite
from crf_baseline import features, tags, words
from score import load, score, spans

LONGEST = 20
FLOOR = 0.02
THRESHOLDS = [0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]


class Crf:
    """A trained CRF whose spans have probabilities."""

    def __init__(self, crf):
        self.names = list(crf.classes_)
        at = {name: i for i, name in enumerate(self.names)}
        n = len(self.names)
        self.steps = np.zeros((n, n))
        for (before, after), weight in crf.transition_features_.items():
            self.steps[at[before], at[after]] = weight
        self.state = {}
        for (feature, name), weight in crf.state_features_.items():
            self.state.setdefault(feature, []).append((at[name], weight))

    def scores(self, sentence):
        scores = np.zeros((len(sentence), len(self.names)))
        for i, token in enumerate(sentence):
            for name, value in token.items():
                # As crfsuite names attributes: words are part of the name, numbers are factors.
                key, factor = (f"{name}:{value}", 1.0) if isinstance(value, str) else (name, float(value))
                for label, weight in self.state.get(key, ()):
                    scores[i, label] += factor * weight
        return scores

    def candidates(self, record):
        """Spans with their probabilities, those above FLOOR."""
        scores = self.scores(features(words(record)))
        n = len(scores)
        if n == 0:
            return []
        steps = np.exp(self.steps)
        local = np.exp(scores - scores.max(axis=1, keepdims=True))
        alpha, beta = np.zeros_like(local), np.zeros_like(local)
        alpha[0] = local[0] / local[0].sum()
        scales = [local[0].sum()]
        for i in range(1, n):
            alpha[i] = (alpha[i - 1] @ steps) * local[i]
            scales.append(alpha[i].sum())
            alpha[i] /= scales[i]
        beta[n - 1] = 1.0
        for i in range(n - 2, -1, -1):
            beta[i] = steps @ (local[i + 1] * beta[i + 1]) / scales[i + 1]
        found = []
        for b, name in enumerate(self.names):
            if not name.startswith("B-"):
                continue
            inside = self.names.index("I-" + name[2:]) if "I-" + name[2:] in self.names else None
            for first in range(n):
                mass, last = alpha[first, b], b
                for end in range(first, min(n, first + LONGEST)):
                    if mass * beta[end, last] < FLOOR:
                        break
                    goes_on = 0.0
                    if end + 1 < n and inside is not None:
                        goes_on = mass * steps[last, inside] * local[end + 1, inside] / scales[end + 1]
                    closed = mass * beta[end, last]
                    if goes_on:
                        closed -= goes_on * beta[end + 1, inside]
                    if FLOOR <= closed:
                        start, stop = record["tokens"][first][0], record["tokens"][end][1]
                        found.append((closed, (start, stop, name[2:])))
                    if not goes_on:
                        break
                    mass, last = goes_on, inside
        return sorted(found, reverse=True)


def choose(candidates, threshold):
    chosen = []
    for probability, span in candidates:
        if probability < threshold:
            break
        if all(span[1] <= other[0] or other[1] <= span[0] for other in chosen):
            chosen.append(span)
    return set(chosen)


def main():
    folder, size = sys.argv[2], sys.argv[3]
    train, dev, test = (load(f"{folder}/{name}.jsonl") for name in (f"train-{size}", "dev-500", "test"))
    began = time.process_time()
    crf = sklearn_crfsuite.CRF(
        algorithm="lbfgs",
        c1=0.1,
        c2=0.1,
        max_iterations=100,
        model_filename=os.path.join(tempfile.mkdtemp(), "m"),
    )
    crf.fit([features(words(it)) for it in train], [tags(it) for it in train])
    seconds = time.process_time() - began
    crf = Crf(crf)
    of_dev = [crf.candidates(it) for it in dev]
    f1 = lambda threshold: score(spans(dev), [choose(it, threshold) for it in of_dev])["micro"]["f"]
    threshold = max(THRESHOLDS, key=f1)
    began = time.process_time()
    found = [choose(crf.candidates(it), threshold) for it in test]
    n_words = sum(len(it["tokens"]) for it in test)
    print(
        json.dumps(
            {
                "engine": "crfsuite-threshold",
                "size": size,
                "threshold": threshold,
                "train_cpu_s": round(seconds, 2),
                "predict_words_per_cpu_s": round(n_words / (time.process_time() - began)),
                **score(spans(test), found),
            }
        )
    )


if __name__ == "__main__":
    main()
