"""Spreads the runs over a Ray cluster, or over the cores of this machine.

Each task trains and evaluates with spaCy in its copy of this folder. Scores come back and are
written to metrics/; a run whose scores are there already is not done again.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import ray


@ray.remote(num_cpus=1)
def work(run):
    for command in run["commands"]:
        done = subprocess.run([sys.executable, "-m", "spacy", *command], capture_output=True, text=True)
        if done.returncode != 0:
            return run["name"], None, (done.stderr or done.stdout)[-2000:]
    return run["name"], Path(f"metrics/{run['name']}.json").read_text(encoding="utf8"), None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", help="of the cluster; without it, this machine")
    args = parser.parse_args()
    runs = json.loads(Path("runs.json").read_text(encoding="utf8"))
    metrics = Path("metrics")
    metrics.mkdir(exist_ok=True)
    left = [run for run in runs if not (metrics / f"{run['name']}.json").is_file()]
    excludes = ["/training/", "/metrics/", ".git/"]
    ray.init(address=args.address, runtime_env={"working_dir": ".", "excludes": excludes})
    waiting = [work.remote(run) for run in left]
    failed = 0
    while waiting:
        done, waiting = ray.wait(waiting)
        name, scores, error = ray.get(done[0])
        if error is None:
            (metrics / f"{name}.json").write_text(scores, encoding="utf8")
            print(f"{name}: done, {len(waiting)} left", flush=True)
        else:
            failed += 1
            print(f"{name}: failed\n{error}", file=sys.stderr, flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
