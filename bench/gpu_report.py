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


def published_steps(folder, model):
    return [os.path.basename(path)[:-len(".txt")] for path in sorted(glob.glob(os.path.join(folder, f"published-{model}-*.txt")))]


def published(folder, model):
    rows = []
    for name in published_steps(folder, model):
        rows += [json.loads(line) for line in read(os.path.join(folder, name + ".txt")).splitlines() if line.startswith("{")]
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
    for name in published_steps(folder, model):
        if read(os.path.join(folder, name + ".status")) != "0":
            text(folder, name)


def loader_rates(folder):
    """Slices a second that all cores prepare, for each pass; nothing where that was not measured."""
    found = {}
    for line in lines_of(os.path.join(folder, "transforms.json")):
        match = re.fullmatch(r"(slices to predict|training samples), workers", line["What"])
        rates = re.findall(r"([\d,.]+)/s with (\d+)", line["Measured"])
        if match and rates:
            kind = "training" if match[1] == "training samples" else "inference"
            found[kind] = (float(rates[-1][0].replace(",", "")), rates[-1][1])
    return found


def feeding(folder, models):
    """Whether the network waits for its slices."""
    rates = loader_rates(folder)
    print("\n## Is the loader the bottleneck?\n")
    print("| Network | Pass | The network takes, bf16, best batch | All cores prepare | Ratio | Bottleneck |\n|---|---|---:|---:|---:|---|")
    for model in models:
        for kind in PASSES:
            own, loader = own_best(folder, model, kind), rates.get(kind)
            if own and loader:
                slow = "**yes**" if loader[0] < own[0] else "no"
                print(cells(model, kind, f"{own[0]:.1f}/s", f"{loader[0]:,.0f}/s with {loader[1]}", f"{loader[0] / own[0]:.2f}×", slow))
            else:
                print(cells(model, kind, f"{own[0]:.1f}/s" if own else "not measured", f"{loader[0]:,.0f}/s" if loader else "not measured", "", "not known"))


def field(path, name):
    """The value of the first line 'name : value' of a file of /proc."""
    match = re.search(rf"^{name}\s*:\s*(.+)$", read(path), re.MULTILINE)
    return match[1].strip() if match else "not known here"


def machine():
    memory = field("/proc/meminfo", "MemTotal").split()
    print(cells("processor", f"{field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores"))
    print(cells("memory", f"{int(memory[0]) * 1024 / 1e9:.1f} GB" if memory[0].isdigit() else " ".join(memory)))


def main():
    folder, commit, device = sys.argv[1:]
    print(f"# Measured on {time.strftime('%Y-%m-%d', time.gmtime())}, {device}\n\n    {read(os.path.join(folder, 'command.txt'))}\n\n| | |\n|---|---|")
    print(cells("commit", read(commit) or "not known here"))
    machine()
    for name in ("gpu", "python"):
        print(cells(name, read(os.path.join(folder, name + ".txt")).replace("\n", "; ")))
    print("\n## samed doctor")
    for name in ("doctor", "doctor-any"):
        if os.path.exists(os.path.join(folder, name + ".txt")):
            text(folder, name)
    section(folder, "parity", "Parity with the published code")
    print("\n    " + read(os.path.join(folder, "parity-python.txt")).replace("\n", "\n    "))
    section(folder, "ceilings", "The machine's ceilings")
    models = [os.path.basename(path)[len("sweep-"):-len(".txt")] for path in sorted(glob.glob(os.path.join(folder, "sweep-*.txt")))]
    for model in models:
        section(folder, f"sweep-{model}", f"{model}: slices per second")
        compare(folder, model)
    section(folder, "transforms", "Slice pipeline")
    feeding(folder, models)
    print("\n## samed demo")
    text(folder, "demo")


if __name__ == "__main__":
    main()
