"""The measuring half of scripts/bench-leak: picks answers that earn nothing, has them spoken and heard, compares scores."""

import argparse
import importlib.util
import json
import random
import re
import subprocess
import sys
import tomllib
import wave
from pathlib import Path


def spoken_bench():
    spec = importlib.util.spec_from_file_location("bench_spoken", Path(__file__).with_name("bench-spoken.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def questions():
    found = []
    for file in sorted(Path("rubrics").glob("*.toml")):
        with open(file, "rb") as pack:
            parsed = tomllib.load(pack)
        found += [{**question, "pack": parsed["pack"]["id"]} for question in parsed.get("question", [])]
    return found


def first_sentences(text, count=2):
    return " ".join(re.split(r"(?<=[.!?])\s+", " ".join(text.split()))[:count])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-leak")
    for name in ("helped", "models", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--model", default="base")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    every, chance = questions(), random.Random(args.seed)
    lines, texts, kinds = [], [], []
    for question in chance.sample(every, args.questions):
        elsewhere = [other for other in every if other["pack"] != question["pack"]]
        beside = [
            other
            for other in every
            if other["pack"] == question["pack"]
            and other["id"] != question["id"]
            and other["id"] not in question.get("related", [])
        ]
        mistakes = ". ".join(mistake["says"] for mistake in question.get("mistake", [])[:2])
        wrong = f"{mistakes}. {first_sentences(chance.choice(beside)['model_answer'], 1)}"
        for kind, text in (("wrong", wrong), ("off-topic", first_sentences(chance.choice(elsewhere)["model_answer"]))):
            texts.append(text)
            kinds.append(kind)
            lines.append({"question": question["id"]})
    files = spoken_bench().speak(texts, args.work)
    silent = args.work / "silent.wav"
    with wave.open(str(silent), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        noise = random.Random(1)
        frames = (noise.randint(-30, 30).to_bytes(2, "little", signed=True) for _ in range(16_000 * 4))
        sound.writeframes(b"".join(frames))
    for line, file in zip(lines, files):
        line["file"] = str(file)
    for question in sorted({line["question"] for line in lines}):
        lines.append({"question": question, "file": str(silent)})
        kinds.append("empty")
    command = [str(args.helped), str(args.models / f"ggml-{args.model}.bin"), "--threads", str(args.threads)]
    stdin = "".join(json.dumps(line) + "\n" for line in lines)
    run = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    results = [json.loads(line) for line in run.stdout.splitlines()]
    if len(results) != len(lines):
        sys.exit(f"{args.helped} did {len(results)} of {len(lines)} answers")
    moved = 0
    for kind in ("wrong", "off-topic", "empty"):
        own = [result for result, of in zip(results, kinds) if of == kind]
        apart = [one for one in own if abs(one["scores"]["both"] - one["scores"]["record"]) > 0.004]
        places = sum(len(one["helped"]) for one in own)
        again = sum(one["ears_seconds"] > 1.3 * one["record_seconds"] for one in own)
        print(f"{kind}: {len(own)} answers, {places} places helped, {again} heard again, {len(apart)} scores moved")
        for one in apart:
            print(f"  {one['question']}: {one['scores']['record']} -> {one['scores']['both']}, {one['helped']}")
        moved += len(apart)
    sys.exit(1 if moved else 0)


if __name__ == "__main__":
    main()
