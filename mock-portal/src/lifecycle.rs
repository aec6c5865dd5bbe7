//! The national life of a dossier: which status may follow which.

/// Direct moves. Statuses that are not listed are final: 3, 7, 8 and 10.
const MOVES: [(u8, &[u8]); 6] = [
    (1, &[2, 3, 5, 6, 7, 8]),
    (2, &[4, 5, 6, 7, 8, 9]),
    (4, &[5, 6, 7, 8, 9]),
    (5, &[2, 4, 6, 7, 8, 9]),
    (6, &[2, 4, 5, 7, 8, 9]),
    (9, &[10, 8]),
];

/// Whether a dossier at `from` can stand at `to` later: by any number of moves, because the portal is not told of
/// every one. Staying put is no move.
pub(crate) fn is_reachable(from: u8, to: u8) -> bool {
    let mut visited = vec![from];
    let mut next = 0;
    while let Some(&status) = visited.get(next) {
        if status == to {
            return true;
        }
        for &(_, successors) in MOVES.iter().filter(|(state, _)| *state == status) {
            for &successor in successors {
                if !visited.contains(&successor) {
                    visited.push(successor);
                }
            }
        }
        next += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statuses that can be reached, written out by hand so that the table above is checked and not repeated.
    const REACHABLE: [(u8, &[u8]); 10] = [
        (1, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (2, &[2, 4, 5, 6, 7, 8, 9, 10]),
        (3, &[3]),
        (4, &[2, 4, 5, 6, 7, 8, 9, 10]),
        (5, &[2, 4, 5, 6, 7, 8, 9, 10]),
        (6, &[2, 4, 5, 6, 7, 8, 9, 10]),
        (7, &[7]),
        (8, &[8]),
        (9, &[8, 9, 10]),
        (10, &[10]),
    ];

    #[test]
    fn every_pair_of_states() {
        for (from, expected) in REACHABLE {
            for to in 1..=10 {
                assert_eq!(is_reachable(from, to), expected.contains(&to), "{from} -> {to}");
            }
        }
    }
}
