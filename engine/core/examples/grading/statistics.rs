//! Agreement between scores and human grades.

/// Pearson's correlation; 0 where one side does not vary.
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut sab, mut saa, mut sbb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        sab += (x - ma) * (y - mb);
        saa += (x - ma) * (x - ma);
        sbb += (y - mb) * (y - mb);
    }
    if saa > 0.0 && sbb > 0.0 { sab / (saa * sbb).sqrt() } else { 0.0 }
}

/// Correlation of ranks, ties at their mean rank.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|x, y| values[*x].total_cmp(&values[*y]));
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    while at < order.len() {
        let mut end = at;
        while end < order.len() && values[order[end]] == values[order[at]] {
            end += 1;
        }
        let mean = (at + end - 1) as f64 / 2.0;
        order[at..end].iter().for_each(|n| ranks[*n] = mean);
        at = end;
    }
    ranks
}

fn groups_of<'a>(groups: &[&'a str]) -> Vec<(&'a str, Vec<usize>)> {
    let mut found: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        match found.iter_mut().find(|(name, _)| name == group) {
            Some((_, members)) => members.push(at),
            None => found.push((group, vec![at])),
        }
    }
    found
}

/// Mean of Pearson's r within each question that has three answers and graders who differ.
pub fn per_question(scores: &[f64], human: &[f64], groups: &[&str]) -> f64 {
    let mut values = Vec::new();
    for (_, members) in groups_of(groups) {
        let s: Vec<f64> = members.iter().map(|n| scores[*n]).collect();
        let h: Vec<f64> = members.iter().map(|n| human[*n]).collect();
        if members.len() >= 3 && h.iter().any(|x| *x != h[0]) {
            values.push(pearson(&s, &h));
        }
    }
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Root mean square error after an isotonic fit on all other questions.
pub fn isotonic_rmse(scores: &[f64], human: &[f64], groups: &[&str]) -> f64 {
    let mut squares = 0.0;
    for (held, members) in groups_of(groups) {
        let mut pairs: Vec<(f64, f64)> =
            (0..scores.len()).filter(|n| groups[*n] != held).map(|n| (scores[n], human[n])).collect();
        if pairs.is_empty() {
            return f64::NAN;
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let fitted = pool_adjacent(&pairs);
        for n in members {
            let at = fitted.partition_point(|(score, _)| *score <= scores[n]);
            let guess = fitted[at.saturating_sub(1)].1;
            squares += (guess - human[n]).powi(2);
        }
    }
    (squares / scores.len() as f64).sqrt()
}

/// Pool-adjacent-violators: steps of (first score, value), rising.
fn pool_adjacent(pairs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut blocks: Vec<(f64, f64, f64)> = Vec::new();
    for &(score, value) in pairs {
        blocks.push((score, value, 1.0));
        while blocks.len() > 1 {
            let (last, before) = (blocks[blocks.len() - 1], blocks[blocks.len() - 2]);
            if before.1 < last.1 && before.0 < last.0 {
                break;
            }
            blocks.pop();
            let weight = before.2 + last.2;
            let top = blocks.len() - 1;
            blocks[top] = (before.0, (before.1 * before.2 + last.1 * last.2) / weight, weight);
        }
    }
    blocks.into_iter().map(|(score, value, _)| (score, value)).collect()
}

/// Mean F1 of passed and failed, the threshold fitted on all other questions.
pub fn macro_f1(scores: &[f64], human: &[f64], groups: &[&str]) -> f64 {
    let mut cuts: Vec<f64> = scores.to_vec();
    cuts.sort_by(f64::total_cmp);
    let cuts: Vec<f64> = (1..=90).map(|n| cuts[n * (cuts.len() - 1) / 91]).collect();
    let mut counts = [[0.0; 2]; 2];
    for (held, members) in groups_of(groups) {
        let best = cuts
            .iter()
            .map(|cut| {
                let mut table = [[0.0; 2]; 2];
                for n in (0..scores.len()).filter(|n| groups[*n] != held) {
                    table[usize::from(human[n] >= 0.5)][usize::from(scores[n] >= *cut)] += 1.0;
                }
                (f1(&table), *cut)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let cut = best.map_or(0.0, |b| b.1);
        for n in members {
            counts[usize::from(human[n] >= 0.5)][usize::from(scores[n] >= cut)] += 1.0;
        }
    }
    f1(&counts)
}

fn f1(table: &[[f64; 2]; 2]) -> f64 {
    let of = |class: usize| {
        let right = table[class][class];
        let wrong = table[class][1 - class] + table[1 - class][class];
        if right > 0.0 { 2.0 * right / (2.0 * right + wrong) } else { 0.0 }
    };
    (of(0) + of(1)) / 2.0
}
