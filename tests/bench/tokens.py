"""How fast spaCy makes tokens of the texts of a JSONL file; see crates/tokenizer/examples/bench.rs."""

import json
import sys
import time

import spacy
from scispacy.custom_tokenizer import combined_rule_tokenizer

FIRST_TEXT = "Gold (Au) nanoparticles, e.g. 5 nm wide, don't dissolve in anti-IL-6/x."


def tokenizer(base):
    nlp = spacy.blank(base.removeprefix("blank:") if base != "scispacy" else "en")
    return combined_rule_tokenizer(nlp) if base == "scispacy" else nlp.tokenizer


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    langs = ["en", "de", "fr", "es", "xx", "zh"]
    for base in [*(f"blank:{lang}" for lang in langs), "scispacy"]:
        start = time.process_time()
        tokenize = tokenizer(base)
        tokenize(FIRST_TEXT)
        ready = time.process_time() - start
        rates = []
        for _ in range(2):
            start = time.process_time()
            n_tokens = sum(len(tokenize(text)) for text in texts)
            rates.append(n_tokens / (time.process_time() - start))
        print(
            f"spaCy  {base:<9} first text after {ready * 1000:>4.0f} ms, "
            f"{rates[0]:>9.0f} tokens/s cold, {rates[1]:>9.0f} warm"
        )


if __name__ == "__main__":
    main()
