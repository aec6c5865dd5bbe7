//! Chance that repeats: everything derives from the configured seed.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// A generator of its own for each purpose, so that adding a rule does not shift the draws of another.
pub(crate) fn generator(seed: u64, purpose: &str) -> StdRng {
    StdRng::seed_from_u64(mix(seed, &[purpose]))
}

/// Whether the seeded hash puts this dossier among the `percent` % that the rule picks.
///
/// Public so that a test can know beforehand which dossiers a rule with `dossier_hash_percent` will meet.
#[must_use]
pub fn is_chosen(seed: u64, rule_id: &str, dossier: &str, percent: f64) -> bool {
    // Six digits of resolution: a ten-thousandth of a percent.
    let place = u32::try_from(mix(seed, &[rule_id, dossier]) % 1_000_000).unwrap_or(u32::MAX);
    f64::from(place) / 10_000.0 < percent
}

/// FNV-1a with a final avalanche. Written out because the standard hasher may change between compiler releases,
/// and a seed must mean the same run next year.
pub(crate) fn mix(seed: u64, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        // 0xff never occurs in UTF-8, so "a"+"bc" and "ab"+"c" differ.
        for byte in part.bytes().chain(std::iter::once(0xff)) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_asked_share_is_chosen_and_the_seed_decides_which() {
        let codes: Vec<String> = (0..20_000).map(|n| format!("H48.57-250915-{n:05}")).collect();
        let chosen = |seed| codes.iter().filter(|code| is_chosen(seed, "r", code, 1.0)).count();
        assert!((150..250).contains(&chosen(1)), "{}", chosen(1));
        assert_eq!(chosen(1), chosen(1));
        assert!(codes.iter().any(|code| is_chosen(1, "r", code, 1.0) != is_chosen(2, "r", code, 1.0)));
    }

    #[test]
    fn none_and_all() {
        assert!(!is_chosen(1, "r", "a", 0.0));
        assert!(is_chosen(1, "r", "a", 100.0));
    }
}
