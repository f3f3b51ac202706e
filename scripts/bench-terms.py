"""The measuring half of scripts/bench-terms: runs the model over the synthetic clips and prints a table in Markdown."""

import argparse
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

STEPS = ("record", "ears", "map", "both")
NAMES = {"record": "record", "ears": "second ear", "map": "map alone", "both": "second ear and map"}


def squash(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def words_of(text):
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    return [word for word in re.sub(r"[^a-z0-9' ]", " ", text).split() if word not in ("um", "uh")]


def edits(said, heard):
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[:], i
        for j, other in enumerate(heard, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other))
    return row[-1]


def joined(words, terms):
    """Words with every group that spells a term as one: `hash map` is `HashMap`."""
    known, out, at = {squash(term) for term in terms}, [], 0
    while at < len(words):
        for length in range(min(5, len(words) - at), 0, -1):
            group = squash("".join(words[at : at + length]))
            if length == 1 or group in known:
                out.append(group)
                at += length
                break
    return out


def in_text(text, term):
    return squash(term).rstrip("s") in squash(text)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-terms")
    for name in ("helped", "speech", "models"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print every place that was helped and every term not heard")
    parser.add_argument("model", nargs="*", default=["tiny.en", "base"])
    args = parser.parse_args()
    with open(args.speech / "manifest.tsv", encoding="utf-8") as manifest:
        clips = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    clips = [clip for clip in clips if clip["kind"].startswith("synth")]
    lines = "".join(
        json.dumps({"file": str(args.speech / clip["file"]), "terms": clip["terms"].split("|")}) + "\n" for clip in clips
    )
    print("| model | voice | step | word error % | terms in the text | terms the scorer hears | s per s |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for model in args.model:
        command = [str(args.helped), str(args.models / f"ggml-{model}.bin"), "--threads", str(args.threads)]
        run = subprocess.run(command, input=lines, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        results = [json.loads(line) for line in run.stdout.splitlines()]
        if len(results) != len(clips):
            sys.exit(f"{args.helped} did {len(results)} of {len(clips)} clips")
        for voice, is_voice in (("clear", "piper"), ("hard", "espeak"), ("both", "")):
            pairs = [(clip, result) for clip, result in zip(clips, results) if is_voice in clip["kind"]]
            for step in STEPS:
                wrong = said = terms = text_has = heard = 0
                spent = length = 0.0
                for clip, result in pairs:
                    names = clip["terms"].split("|")
                    reference = joined(words_of(clip["transcript"]), names)
                    wrong += edits(reference, joined(words_of(result[step]["text"]), names))
                    said += len(reference)
                    terms += len(names)
                    text_has += sum(in_text(result[step]["text"], name) for name in names)
                    heard += sum(result[step]["credited"])
                    spent += result["ears_seconds" if step in ("ears", "both") else "record_seconds"]
                    length += result["audio_seconds"]
                cells = f"{100 * wrong / said:.1f} | {text_has} of {terms}, {text_has / terms:.3f}"
                print(f"| {model} | {voice} | {NAMES[step]} | {cells} | {heard} of {terms}, {heard / terms:.3f} | {spent / length:.3f} |")
        sys.stdout.flush()
        if args.show:
            for clip, result in zip(clips, results):
                print(f"\n{model} {clip['file']}")
                for one in result["helped"]:
                    print(f"    {one['heard']} -> {one['counted']} ({one['by']})")
                gone = [n for n, ok in zip(clip["terms"].split("|"), result["both"]["credited"]) if not ok]
                print(f"  not heard: {gone}")


if __name__ == "__main__":
    main()
