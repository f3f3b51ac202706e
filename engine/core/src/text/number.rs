//! Numbers in words and figures, brought to one form.

/// One number word on its own: what it is worth and what it may combine with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// 0 to 9, and 10 to 19.
    Unit(u64),
    /// 20, 30 up to 90.
    Ten(u64),
    /// A hundred.
    Hundred,
    /// A thousand, a million and so on.
    Scale(u64),
}

fn part(word: &str) -> Option<Part> {
    const UNITS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    if let Some(n) = UNITS.iter().position(|u| *u == word) {
        return Some(Part::Unit(n as u64));
    }
    if let Some(n) = TENS.iter().position(|t| *t == word) {
        return Some(Part::Ten((n as u64 + 2) * 10));
    }
    match word {
        "hundred" => Some(Part::Hundred),
        "thousand" => Some(Part::Scale(1_000)),
        "million" => Some(Part::Scale(1_000_000)),
        "billion" => Some(Part::Scale(1_000_000_000)),
        _ => None,
    }
}

/// Reads the number at the head of `words`; gives its value and how many words it took.
///
/// "sixty four" is 64 with two words, "one hundred and twenty eight" 128 with five, and "one" 1 with
/// one. A lone "hundred" or "thousand" is no number.
pub fn read_words(words: &[&str]) -> Option<(u64, usize)> {
    let (mut total, mut group, mut used) = (0_u64, 0_u64, 0_usize);
    let mut last: Option<Part> = None;
    let mut at = 0;
    while at < words.len() {
        let Some(next) = part(words[at]) else {
            // "and" is part of a number only after "hundred" or a scale and before another number word.
            let joins = words[at] == "and"
                && matches!(last, Some(Part::Hundred | Part::Scale(_)))
                && words.get(at + 1).is_some_and(|w| matches!(part(w), Some(Part::Unit(_) | Part::Ten(_))));
            if joins {
                at += 1;
                continue;
            }
            break;
        };
        let fits = match (last, next) {
            (None, Part::Hundred | Part::Scale(_)) => false,
            (None, _) => true,
            (Some(Part::Ten(_)), Part::Unit(n)) => (1..10).contains(&n),
            (Some(Part::Unit(_) | Part::Ten(_)), Part::Unit(_) | Part::Ten(_)) => false,
            (Some(Part::Hundred), Part::Hundred) => false,
            (Some(Part::Scale(_)), Part::Hundred | Part::Scale(_)) => false,
            _ => true,
        };
        if !fits {
            break;
        }
        match next {
            Part::Unit(n) | Part::Ten(n) => group += n,
            Part::Hundred => group *= 100,
            Part::Scale(n) => {
                total += group * n;
                group = 0;
            }
        }
        last = Some(next);
        at += 1;
        used = at;
    }
    (used > 0).then_some((total + group, used))
}

/// Brings figures to one form: no separators between thousands, no zeros after the point.
pub fn canonical_figures(figures: &str) -> String {
    let plain: String = figures.chars().filter(|c| !matches!(c, ',' | '_' | '\'')).collect();
    let plain = plain.trim_start_matches('0');
    let plain = match plain.split_once('.') {
        Some((whole, rest)) => {
            let rest = rest.trim_end_matches('0');
            if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
        }
        None => plain.to_owned(),
    };
    if plain.is_empty() {
        "0".into()
    } else if plain.starts_with('.') {
        format!("0{plain}")
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &str, expected: Option<(u64, usize)>) {
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(read_words(&words), expected, "{words:?}");
    }

    #[test]
    fn spoken_numbers_are_read_to_their_end_and_no_further() {
        check("sixty four slots", Some((64, 2)));
        check("eight", Some((8, 1)));
        check("one hundred and twenty eight", Some((128, 5)));
        check("two thousand", Some((2000, 2)));
        check("one thousand and twenty four", Some((1024, 5)));
        check("three hundred thousand", Some((300_000, 3)));
        check("one and two", Some((1, 1)));
        check("hundred", None);
        check("one two", Some((1, 1)));
        check("tree", None);
    }

    #[test]
    fn figures_have_one_form() {
        for (figures, expected) in
            [("1,000", "1000"), ("64", "64"), ("0.750", "0.75"), ("0", "0"), ("2.0", "2"), ("007", "7")]
        {
            assert_eq!(canonical_figures(figures), expected);
        }
    }
}
