"""Prints the scores of all runs in metrics/ as a table, and writes them to metrics/table.json."""

import json
import statistics
from pathlib import Path


def main():
    rows = {}
    for run in json.loads(Path("runs.json").read_text(encoding="utf8")):
        path = Path("metrics") / f"{run['name']}.json"
        if path.is_file():
            scores = json.loads(path.read_text(encoding="utf8"))
            rows.setdefault((run["base"], run["share"]), []).append(scores)
    table = []
    for (base, share), scores in rows.items():
        row = {"base": base, "share": share, "runs": len(scores)}
        for name in ("ents_p", "ents_r", "ents_f"):
            values = [it[name] or 0.0 for it in scores]
            row[name] = statistics.mean(values)
            row[f"{name}_sd"] = statistics.stdev(values) if len(values) > 1 else None
        table.append(row)
    width = max((len(row["base"]) for row in table), default=4)
    print(f"{'base':<{width}}  share  runs      P      R     F1")
    for row in table:
        figures = "  ".join(f"{row[name]:.3f}" for name in ("ents_p", "ents_r", "ents_f"))
        print(f"{row['base']:<{width}}  {row['share']:>4}%  {row['runs']:>4}  {figures}")
    Path("metrics/table.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
