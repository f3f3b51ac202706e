"""Builds the compact word data that is compiled into the product.

Run by hand when a source moves; needs `pip install wordfreq snowballstemmer` and an unpacked Debian package
`wordnet-base`:

    python3 generate.py frequency
    python3 generate.py irregular --wordnet usr/share/wordnet
    python3 generate.py relatives --wordnet usr/share/wordnet
"""

import argparse
import math
import pathlib
import re

HERE = pathlib.Path(__file__).parent
# Words rarer than this many occurrences in a thousand million (as a power of ten) are left out.
LEAST_ZIPF = 2.4


def frequency() -> None:
    import wordfreq

    rows = []
    for word, share in wordfreq.get_frequency_dict("en", "large").items():
        zipf = math.log10(share * 1e9)
        if zipf >= LEAST_ZIPF and re.fullmatch(r"[a-z]+", word):
            rows.append(f"{word} {round(zipf * 10)}")
    rows.sort()
    (HERE / "frequency.txt").write_text("\n".join(rows) + "\n")


# Forms that stand on their own more often than they stand for their base.
OWN_WORDS = set(
    "left bit data media ground might better best saw bound lives lay fell wound born rose shot worse worst less "
    "axes dice lit felt bore stove wore ridden spat bled hung sung hidden further farther elder eldest".split()
)


def irregular(wordnet: pathlib.Path) -> None:
    common = {w: int(z) for w, z in (line.split() for line in (HERE / "frequency.txt").read_text().splitlines())}
    rows = {}
    for part in ("noun", "verb", "adj"):
        for line in (wordnet / f"{part}.exc").read_text().splitlines():
            form, base, *_ = [*line.split(), ""]
            plain = re.fullmatch("[a-z]+", form) and re.fullmatch("[a-z]+", base)
            known = common.get(form, 0) >= 27 and common.get(base, 0) >= 25
            if plain and known and form != base and form not in OWN_WORDS:
                rows.setdefault(form, base)
    (HERE / "irregular.txt").write_text("".join(f"{form} {base}\n" for form, base in sorted(rows.items())))


# What a WordNet pointer is worth between two words, where 9 is the same meaning and 0 nothing.
POINTERS = {
    "@": 5, "~": 5, "@i": 5, "~i": 5, "&": 7, "+": 8, "$": 8, "*": 5, "^": 5, "=": 5, "\\": 8, "<": 8, ">": 5,
    "#p": 4, "%p": 4, "#m": 4, "%m": 4, "#s": 4, "%s": 4,
}
# Senses beyond these are too rare to be meant.
SENSES = 4
# A stem has at most this many relatives in the list, the nearest first.
RELATIVES = 40
# Pairs worth less than this are left out.
LEAST_WORTH = 5


def relatives(wordnet: pathlib.Path) -> None:
    common = {w: int(z) for w, z in (line.split() for line in (HERE / "frequency.txt").read_text().splitlines())}
    parts = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
    synsets, senses = {}, {}
    for name, part in parts.items():
        for line in (wordnet / f"data.{name}").read_text().splitlines():
            if line.startswith("  "):
                continue
            field = line.split("|")[0].split()
            count = int(field[3], 16)
            words = [re.sub(r"\(.*\)", "", field[4 + 2 * n].lower()) for n in range(count)]
            at = 5 + 2 * count
            pointers = []
            for _ in range(int(field[at - 1])):
                kind, offset, to, which = field[at : at + 4]
                pointers.append((kind, ("a" if to == "s" else to, offset), which))
                at += 4
            synsets[(part, field[0])] = (words, pointers)
        for line in (wordnet / f"index.{name}").read_text().splitlines():
            if not line.startswith("  "):
                field = line.split()
                skip = 6 + int(field[3])
                senses.setdefault(field[0], []).extend((part, o, r) for r, o in enumerate(field[skip:]) if r < SENSES)
    stem = stemmer()
    near, against = {}, set()
    for word, meanings in senses.items():
        if not usable(word, common):
            continue
        for part, offset, rank in meanings:
            words, pointers = synsets[(part, offset)]
            links = [(other, 9) for other in words]
            for kind, target, which in pointers:
                others = synsets[target][0]
                if which != "0000":
                    source, to = int(which[:2], 16) - 1, int(which[2:], 16) - 1
                    if words[source] != word:
                        continue
                    others = [others[to]]
                if kind == "!":
                    against.update((stem(word), stem(o)) for o in others if usable(o, common))
                elif kind in POINTERS:
                    value = 3.5 if kind in ("~", "~i") and len(pointers) > 40 else POINTERS[kind]
                    links += [(other, value) for other in others]
            for other, value in links:
                if usable(other, common) and stem(other) != stem(word):
                    pair = tuple(sorted((stem(word), stem(other))))
                    near[pair] = max(near.get(pair, 0), round(value * (1 - 0.1 * rank)))
    rows = {}
    for (one, other), value in near.items():
        if value >= LEAST_WORTH:
            rows.setdefault(one, []).append((value, other))
            rows.setdefault(other, []).append((value, one))
    lines = []
    for head in sorted(set(rows) | {one for one, _ in against}):
        nearest = sorted(rows.get(head, []), key=lambda item: (-item[0], item[1]))[:RELATIVES]
        nearest = [f"{value}{other}" for value, other in nearest]
        nearest += sorted(f"!{other}" for one, other in against if one == head)
        lines.append(f"{head} {' '.join(nearest)}")
    (HERE / "relatives.txt").write_text("\n".join(lines) + "\n")


def usable(word: str, common: dict) -> bool:
    return common.get(word, 0) >= 27 and re.fullmatch("[a-z]{2,}", word) is not None


def stemmer():
    """The stems of stem.rs: Snowball English, irregular forms, and its false friends."""
    import functools

    import snowballstemmer

    english = snowballstemmer.stemmer("english")
    irregular_forms = dict(line.split() for line in (HERE / "irregular.txt").read_text().splitlines())
    source = (HERE.parent / "stem.rs").read_text()
    friends = source[source.index("const FALSE_FRIENDS") : source.index("/// Finds the stem")]
    fixed = dict(re.findall(r'\("(\w+)", "(\w+)"\)', friends))

    @functools.cache
    def stem(word: str) -> str:
        if word in fixed or len(word) < 3:
            return fixed.get(word, irregular_forms.get(word, word))
        return english.stemWord(irregular_forms.get(word, word))

    return stem


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["frequency", "irregular", "relatives"])
    parser.add_argument("--wordnet", type=pathlib.Path)
    args = parser.parse_args()
    if args.what == "frequency":
        frequency()
    elif args.what == "irregular":
        irregular(args.wordnet)
    else:
        relatives(args.wordnet)


if __name__ == "__main__":
    main()
