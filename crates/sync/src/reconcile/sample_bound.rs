//! The bound that a sample sets for all dossiers.

/// The confidence of every bound.
pub const CONFIDENCE: f64 = 0.95;

/// The share of all that differs is below this with [`CONFIDENCE`], when `different` of `looked_at` dossiers drawn by
/// chance do: the upper bound of Clopper and Pearson. With none different it is 1 − 0.05^(1/n). 1 when none was looked at.
#[must_use]
pub fn upper_bound(looked_at: u64, different: u64) -> f64 {
    if looked_at == 0 || different >= looked_at {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(looked_at, different, middle) > 1.0 - CONFIDENCE { low = middle } else { high = middle }
    }
    high
}

/// The chance of at most `different` among `looked_at` when each differs with chance `share`.
fn at_most(looked_at: u64, different: u64, share: f64) -> f64 {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let (mut log_chance, odds) = (float(looked_at) * (1.0 - share).ln(), (share / (1.0 - share)).ln());
    let mut sum = log_chance.exp();
    for count in 1..=different {
        log_chance += ((float(looked_at) - float(count) + 1.0) / float(count)).ln() + odds;
        sum += log_chance.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::upper_bound;

    #[test]
    fn three_hundred_clean_look_ups_bound_the_share_under_one_percent() {
        let bound = upper_bound(300, 0);
        assert!((bound - (1.0 - 0.05_f64.powf(1.0 / 300.0))).abs() < 1e-9 && bound < 0.01, "{bound}");
    }

    #[test]
    fn what_differs_in_the_sample_raises_the_bound() {
        let bounds: Vec<f64> = [0, 1, 3, 10, 299].map(|different| upper_bound(300, different)).to_vec();
        assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]), "{bounds:?}");
        // Clopper and Pearson, 95 % one-sided, 3 of 300.
        assert!((bounds[2] - 0.025_6).abs() < 0.000_5, "{bounds:?}");
        assert!(
            (upper_bound(0, 0) - 1.0).abs() < f64::EPSILON && (upper_bound(5, 5) - 1.0).abs() < f64::EPSILON
        );
    }
}
