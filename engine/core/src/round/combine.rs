//! Many ratings to one figure, by the kit's weights alone.

use super::kit::Kit;

/// What the ratings of one candidate come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combined {
    /// From 1 to 5.
    pub mean: f64,
    /// How many questions it rests on.
    pub rated: usize,
    /// The share of the kit's weight that was rated, above 0 and at most 1.
    pub covered: f64,
}

/// Combines one figure a question (a rating, or the mean of several raters) by the kit's weights.
///
/// Each competency counts with the mean of its rated questions, times its weight. A question that nobody rated, such
/// as one that was not asked, counts for nothing, and so does a competency without any. None where nothing that
/// weighs was rated.
pub fn combine(kit: &Kit, ratings: &[Option<f64>]) -> Option<Combined> {
    let (mut sum, mut weight, mut whole, mut rated) = (0.0, 0.0, 0.0, 0);
    for competency in &kit.competencies {
        let of_it = kit.questions.iter().enumerate().filter(|(_, q)| q.competency == competency.name);
        let positions: Vec<usize> = of_it.map(|(position, _)| position).collect();
        if positions.is_empty() {
            continue;
        }
        whole += competency.weight;
        let figures: Vec<f64> =
            positions.iter().filter_map(|&position| ratings.get(position).copied().flatten()).collect();
        if figures.is_empty() || competency.weight <= 0.0 {
            continue;
        }
        rated += figures.len();
        weight += competency.weight;
        sum += competency.weight * figures.iter().sum::<f64>() / figures.len() as f64;
    }
    (weight > 0.0).then(|| Combined { mean: sum / weight, rated, covered: weight / whole })
}

#[cfg(test)]
mod tests {
    use super::super::kit::tests::kit;
    use super::*;

    #[test]
    fn competencies_count_by_their_weight_and_share_it_among_their_questions() {
        // Maps weigh 2 with a mean of 3, locks 1 with 5.
        let all = combine(&kit(), &[Some(2.0), Some(4.0), Some(5.0)]).unwrap();
        assert!((all.mean - (2.0 * 3.0 + 5.0) / 3.0).abs() < 1e-12, "{all:?}");
        assert_eq!((all.rated, all.covered), (3, 1.0));
    }

    #[test]
    fn what_was_not_asked_counts_for_nothing_rather_than_for_one() {
        let asked_less = combine(&kit(), &[Some(4.0), None, Some(4.0)]).unwrap();
        assert_eq!((asked_less.mean, asked_less.rated, asked_less.covered), (4.0, 2, 1.0));
        let maps_only = combine(&kit(), &[Some(4.0), Some(2.0), None]).unwrap();
        assert_eq!(maps_only.mean, 3.0);
        assert!((maps_only.covered - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(combine(&kit(), &[None, None, None]), None);
        assert_eq!(combine(&kit(), &[]), None);
    }

    #[test]
    fn a_competency_without_weight_is_rated_and_not_counted() {
        let mut kit = kit();
        kit.competencies[1].weight = 0.0;
        let combined = combine(&kit, &[Some(2.0), Some(2.0), Some(5.0)]).unwrap();
        assert_eq!((combined.mean, combined.rated, combined.covered), (2.0, 2, 1.0));
    }
}
