"""The measuring half of scripts/bench-fillers: counts what was said and what was heard, and prints a table in Markdown."""

import argparse
import csv
import json
import math
import re
import subprocess
import sys
from pathlib import Path

SOUNDS = {"uh", "um"}


def sounds(text):
    return sum(word in SOUNDS for word in re.sub(r"[^a-z ]", " ", text.lower()).split())


def wilson(hits, of):
    """A share with its interval of 95 %."""
    if not of:
        return "-"
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{hits} of {of}, {share:.2f} ({middle - half:.2f} to {middle + half:.2f})"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-fillers")
    for name in ("clips", "speech", "models"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print the counts of each clip")
    parser.add_argument("model", nargs="*", default=["tiny.en", "base-q8_0"])
    args = parser.parse_args()
    with open(args.speech / "manifest.tsv", encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [row for row in rows if row["transcript"]]
    print("| model | clips | way | precision | recall | processor s per s |")
    print("|---|---|---|---|---|---|", flush=True)
    for model in args.model:
        for name, kinds in (("spontaneous", ("spontaneous",)), ("synthetic", ("synth-piper", "synth-espeak")),
                            ("read and accented", ("read", "accented", "narrowband"))):
            clips = [row for row in rows if row["kind"] in kinds]
            for way, option in (("the words alone", []), ("second hearing", ["--fillers"])):
                command = [str(args.clips), str(args.models / f"ggml-{model}.bin"), "--threads", str(args.threads), *option]
                command += [str(args.speech / row["file"]) for row in clips]
                run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                results = [json.loads(line) for line in run.stdout.splitlines()]
                if len(results) != len(clips):
                    sys.exit(f"{args.clips} did {len(results)} of {len(clips)} clips")
                right = written = spoken = 0
                for row, result in zip(clips, results):
                    heard = result["transcript"]
                    found = heard.get("hesitations")
                    count = sounds(heard["text"]) if found is None else sum(one["said"] in SOUNDS for one in found)
                    said = sounds(row["transcript"])
                    right, written, spoken = right + min(count, said), written + count, spoken + said
                    if args.show and (count or said):
                        print(f"    {row['file']}: {said} said, {count} counted", file=sys.stderr)
                spent = sum(result["cpu_seconds"] for result in results) / sum(float(row["seconds"]) for row in clips)
                print(f"| {model} | {name} | {way} | {wilson(right, written)} | {wilson(right, spoken)} | {spent:.3f} |", flush=True)


if __name__ == "__main__":
    main()
