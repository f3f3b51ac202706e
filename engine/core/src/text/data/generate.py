"""Builds the compact word data that is compiled into the product.

Run by hand when a source moves; needs `pip install wordfreq` and an unpacked Debian package
`wordnet-base`:

    python3 generate.py frequency
    python3 generate.py irregular --wordnet usr/share/wordnet
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["frequency", "irregular"])
    parser.add_argument("--wordnet", type=pathlib.Path)
    args = parser.parse_args()
    if args.what == "frequency":
        frequency()
    else:
        irregular(args.wordnet)


if __name__ == "__main__":
    main()
