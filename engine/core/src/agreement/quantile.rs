//! Quantiles of the F distribution, and of Student's t as its special case.

use statrs::function::beta::beta_reg;

/// The value that an F variable with these degrees of freedom, whole or not, stays under with probability `p`.
///
/// Halves an interval on the logarithmic scale, because Newton's steps towards an inverse incomplete beta do not always end.
pub(super) fn f(p: f64, between: f64, within: f64) -> f64 {
    let (mut low, mut high) = (-300.0_f64, 300.0_f64);
    for _ in 0..110 {
        let middle = f64::midpoint(low, high);
        if below(middle, between, within) < p { low = middle } else { high = middle }
    }
    (within / between) * f64::midpoint(low, high).exp()
}

/// Probability of an F below `within / between * exp(odds)`, from the tail that is the smaller one.
fn below(odds: f64, between: f64, within: f64) -> f64 {
    let share = 1.0 / (1.0 + (-odds).exp());
    if odds <= 0.0 {
        beta_reg(between / 2.0, within / 2.0, share)
    } else {
        1.0 - beta_reg(within / 2.0, between / 2.0, 1.0 / (1.0 + odds.exp()))
    }
}

/// The value that the size of a Student's t stays under with probability 95 %.
pub(super) fn t(freedom: f64) -> f64 {
    f(0.95, 1.0, freedom).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_printed_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 and 1.3.6.7.3.
        for (p, between, within, expected) in [
            (0.95, 1.0, 1.0, 161.448),
            (0.95, 2.0, 10.0, 4.103),
            (0.95, 10.0, 20.0, 2.348),
            (0.99, 5.0, 15.0, 4.556),
        ] {
            assert!((f(p, between, within) - expected).abs() < 1e-3, "{p} {between} {within}");
        }
        for (freedom, expected) in [(1.0, 12.706), (4.0, 2.776), (10.0, 2.228), (100.0, 1.984)] {
            assert!((t(freedom) - expected).abs() < 1e-3, "{freedom}");
        }
    }

    #[test]
    fn the_lower_quantile_is_the_inverse_of_the_upper_one() {
        for (a, b) in [(5.0, 4.79), (0.3, 7.0), (999.0, 3996.0)] {
            assert!((f(0.025, a, b) * f(0.975, b, a) - 1.0).abs() < 1e-9, "{a} {b}");
        }
    }
}
