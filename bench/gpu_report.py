#!/usr/bin/env python3
"""Makes one Markdown file of what the steps of gpu.sh left in a folder: gpu_report.py FOLDER COMMIT_FILE DEVICE."""
import glob
import json
import os
import re
import sys
import time

PASSES = ("inference", "training")


def read(path):
    return open(path, encoding="utf-8").read().strip() if os.path.exists(path) else ""


def lines_of(path):
    return json.loads(read(path) or "[]")


def cells(*values):
    return "| " + " | ".join(str(value).replace("|", "\\|") for value in values) + " |"


def section(folder, name, title):
    found, status = lines_of(os.path.join(folder, name + ".json")), read(os.path.join(folder, name + ".status"))
    print(f"\n## {title}\n")
    if found:
        print("| What | Measured | Against | Ratio | Target | Met |\n|---|---|---|---:|---:|---|")
    for line in found:
        goal = line.get("Goal") or {}
        met = {True: "yes", False: "**no**", None: ""}[goal.get("IsMet")]
        print(cells(line["What"], line["Measured"], line["Against"], goal.get("ValueText", ""), goal.get("LimitText", ""), met))
    if status != "0":
        text(folder, name)


def text(folder, name):
    print(f"\nExit code {read(os.path.join(folder, name + '.status')) or 'unknown'}:\n")
    print("\n".join("    " + line for line in read(os.path.join(folder, name + ".txt")).splitlines()[-40:]))


def published(folder, model):
    rows = []
    for line in read(os.path.join(folder, f"published-{model}.txt")).splitlines():
        if line.startswith("{"):
            rows.append(json.loads(line))
    return rows


def own_best(folder, model, kind):
    found = []
    for line in lines_of(os.path.join(folder, f"sweep-{model}.json")):
        match = re.match(r"([\d.]+) slices/s", line["Measured"])
        if match and line["What"].startswith(f"{kind} bf16, batch "):
            found.append((float(match[1]), line["What"].rsplit(" ", 1)[1]))
    return max(found, default=None)


def compare(folder, model):
    rows = published(folder, model)
    print(f"\n### {model}: the published formulation in Python on the same device\n")
    print("| Pass | Format | Batch | Slices/s | Memory |\n|---|---|---:|---:|---:|")
    for row in rows:
        rate, memory = ("more memory than there is", "") if row["what"] == "end of memory" else (f"{row['per_second']:.1f}", f"{row['memory'] / 1e9:.2f} GB")
        print(cells(row["pass_"], row["precision"], row["batch"], rate, memory))
    print("\n| Pass | Here, bf16, best batch | Published, bf16, best batch | Ratio | Published, fp32, best batch | Ratio |\n|---|---|---|---:|---|---:|")
    for kind in PASSES:
        own, found = own_best(folder, model, kind), [kind]
        found.append(f"{own[0]:.1f}/s at {own[1]}" if own else "not measured")
        for precision in ("bf16", "fp32"):
            theirs = [row for row in rows if row["what"] == "published" and row["pass_"] == kind and row["precision"] == precision]
            best = max(theirs, key=lambda row: row["per_second"]) if theirs else None
            found.append(f"{best['per_second']:.1f}/s at {best['batch']}" if best else "not measured")
            found.append(f"{own[0] / best['per_second']:.2f}×" if own and best else "")
        print(cells(*found))
    if read(os.path.join(folder, f"published-{model}.status")) != "0":
        text(folder, f"published-{model}")


def main():
    folder, commit, device = sys.argv[1:]
    print(f"# Measured on {time.strftime('%Y-%m-%d', time.gmtime())}, {device}\n\n    bench/gpu.sh\n\n| | |\n|---|---|")
    print(cells("commit", read(commit) or "not known here"))
    for name in ("gpu", "python"):
        print(cells(name, read(os.path.join(folder, name + ".txt")).replace("\n", "; ")))
    print("\n## samed doctor")
    for name in ("doctor", "doctor-any"):
        if os.path.exists(os.path.join(folder, name + ".txt")):
            text(folder, name)
    section(folder, "parity", "Parity with the published code")
    print("\n    " + read(os.path.join(folder, "parity-python.txt")).replace("\n", "\n    "))
    section(folder, "ceilings", "The machine's ceilings")
    for path in sorted(glob.glob(os.path.join(folder, "sweep-*.txt"))):
        model = os.path.basename(path)[len("sweep-"):-len(".txt")]
        section(folder, f"sweep-{model}", f"{model}: slices per second")
        compare(folder, model)
    section(folder, "transforms", "Slice pipeline")
    print("\n## samed demo")
    text(folder, "demo")


if __name__ == "__main__":
    main()
