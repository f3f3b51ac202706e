//! What each figure means, in one or two plain sentences. They speak of marks and cells, never of what a rater is like.

use super::{Estimate, Figure, Leniency, Pair, Spread};

/// An interval wider than this leaves more open than it settles.
const WIDE: f64 = 0.3;

/// Krippendorff's limits: from the upper on conclusions are firm, from the lower on tentative.
const FIRM: f64 = 0.8;
const TENTATIVE: f64 = 0.667;

/// What ICC(2,1) over so many candidates says.
pub fn one_rater_sentence(figure: &Figure, candidates: usize) -> String {
    said(figure, |estimate| {
        let first = match estimate.value {
            value if value >= 0.9 => {
                "One rater’s mark would put the candidates in nearly the same order as another’s."
            }
            value if value >= 0.75 => {
                "One rater’s mark would mostly put the candidates in the same order as another’s."
            }
            value if value >= 0.5 => {
                "One rater’s mark would often, not always, put the candidates in the same order as another’s."
            }
            value if value > 0.0 => {
                "One rater’s mark says little about what another would have given. No single card should decide."
            }
            _ => {
                "The raters differ more from each other than the candidates do. No single card should decide."
            }
        };
        width(first, estimate, candidates)
    })
}

/// What ICC(2,k) of so many raters over so many candidates says.
pub fn together_sentence(figure: &Figure, raters: usize, candidates: usize) -> String {
    said(figure, |estimate| {
        let raters = count_word(raters);
        let first = match estimate.value {
            value if value >= 0.75 => {
                format!("The mean of {raters} is steadier than any one of them. It is the mean to decide by.")
            }
            value if value >= 0.5 => format!(
                "The mean of {raters} is steadier than any one of them, and another panel would still move some candidates."
            ),
            _ => {
                format!("Even the mean of {raters} could well come out in another order with another panel.")
            }
        };
        width(&first, estimate, candidates)
    })
}

/// What ordinal alpha over so many answers says.
pub fn alpha_sentence(figure: &Figure, cells: usize) -> String {
    said(figure, |estimate| {
        let second = if estimate.low >= FIRM {
            "Even the lower end of the interval is firm: single cells can be relied on.".to_owned()
        } else if estimate.low >= TENTATIVE {
            "The interval stays above 0.67: a single cell is a fair sign, not yet a firm one.".to_owned()
        } else {
            "The interval reaches below 0.67, so take no single cell as settled.".to_owned()
        };
        format!(
            "Over all {} rated by two or more; what was not asked is left out. {second}",
            cells_word(cells)
        )
    })
}

/// What the kappa of one pair says.
pub fn kappa_sentence(pair: &Pair) -> String {
    said(&pair.kappa, |estimate| {
        let over = format!("Over {} of {}", cells_word(pair.cells), candidates_word(pair.candidates));
        width(&format!("{over}, the two {}.", agree(estimate.value)), estimate, pair.candidates)
    })
}

/// What the mean of the pairs' kappas says. `pairs` is how many have one.
pub fn mean_kappa_sentence(figure: &Figure, pairs: usize) -> String {
    said(figure, |estimate| {
        let over =
            if pairs == 1 { "The one pair".to_owned() } else { format!("The {pairs} pairs, on average,") };
        format!("{over} {}. A mean over pairs, not a coefficient of the whole panel.", agree(estimate.value))
    })
}

fn agree(kappa: f64) -> &'static str {
    match kappa {
        value if value >= 0.8 => "give nearly the same marks",
        value if value >= 0.6 => "give marks that lie close together",
        value if value >= 0.4 => "lie apart on a good part of the marks",
        value if value > 0.0 => "agree little beyond what chance would give",
        _ => "agree no more than chance would give",
    }
}

/// What a rater's leniency says.
pub fn leniency_sentence(name: &str, leniency: &Leniency) -> String {
    let over = cells_word(leniency.cells);
    match (leniency.mean, leniency.interval) {
        (None, _) => format!("{name} has rated no answer that somebody else has rated too."),
        (Some(mean), None) => {
            format!(
                "{name} {} over {over}; {} {} too few to say whether that is more than chance.",
                beside(mean),
                candidates_word(leniency.candidates),
                if leniency.candidates == 1 { "is" } else { "are" }
            )
        }
        (Some(mean), Some((low, high))) if low <= 0.0 && high >= 0.0 => {
            format!("{name} {} over {over}; that cannot be told from no difference.", beside(mean))
        }
        (Some(mean), Some(_)) if is_level(mean) => {
            let side = if mean > 0.0 { "above" } else { "below" };
            format!(
                "{name} rates a hair {side} the others over {over}: more than chance, too little to matter."
            )
        }
        (Some(mean), Some(_)) => {
            format!("{name} {} over {over}, more than chance would give.", beside(mean))
        }
    }
}

/// Whether a leniency is none once it is rounded as it is shown.
fn is_level(mean: f64) -> bool {
    mean.abs() < 0.05
}

fn beside(mean: f64) -> String {
    match format!("{:.1}", mean.abs()) {
        _ if is_level(mean) => "rates as the others do".to_owned(),
        step if mean > 0.0 => format!("rates {step} above the others"),
        step => format!("rates {step} below the others"),
    }
}

/// What a question's spread says.
pub fn spread_sentence(spread: &Spread) -> String {
    match (spread.cells, spread.apart) {
        (0, _) => "No answer to it has two ratings yet.".to_owned(),
        (cells, 0) => {
            format!("Over {}, no two ratings of an answer lie two or more apart.", cells_word(cells))
        }
        (cells, apart) if apart * 3 >= cells => format!(
            "In {apart} of {} ratings lie two or more apart: read the anchors of this question together.",
            cells_word(cells)
        ),
        (cells, apart) => format!("In {apart} of {} ratings lie two or more apart.", cells_word(cells)),
    }
}

fn said(figure: &Figure, say: impl Fn(&Estimate) -> String) -> String {
    match figure {
        Ok(estimate) => say(estimate),
        Err(why) => why.to_string(),
    }
}

fn width(first: &str, estimate: &Estimate, candidates: usize) -> String {
    if estimate.high - estimate.low > WIDE {
        format!("{first} With {} the interval is wide.", candidates_word(candidates))
    } else {
        first.to_owned()
    }
}

fn candidates_word(count: usize) -> String {
    format!("{} candidate{}", count_word(count), if count == 1 { "" } else { "s" })
}

fn cells_word(count: usize) -> String {
    format!("{count} answer{}", if count == 1 { "" } else { "s" })
}

fn count_word(count: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}
