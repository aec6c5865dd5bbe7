//! The guard against loops without end: the rounds that a dossier goes with the portal without coming to rest.
//!
//! A dossier that was written with one content several times within a day, and that the portal still does not show so, is held. Only
//! writes that the portal answered for this dossier count: what is lost, throttled or no answer at all is put off by a growing wait, and a
//! batch that is refused says nothing of those that ride in it.

use chrono::{DateTime, TimeDelta, Utc};

use dongbo_ledger::{Rounds, Wanted};
use dongbo_model::{Detail, Differing, Finding, FindingKind};
use dongbo_portal::{OwnForm, Seen, Writing};

/// The time within which writes are counted together.
const A_DAY: TimeDelta = TimeDelta::days(1);
/// Look-ups that do not show a dossier that the portal says exists, before it is held.
const MOST_UNSEEN: u32 = 3;
/// Acceptances after which the same rewriting is the portal's own form.
const ROUNDS_OF_FORM: u32 = 2;

/// A kind of write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Create,
    Update,
    /// So many steps.
    Steps(usize),
}

/// The rounds of a claimed dossier.
#[derive(Debug)]
pub(super) struct Circles {
    rounds: Rounds,
    /// Most writes of one kind.
    most: u32,
    /// The steps that it is to have.
    steps: u64,
    /// The portal's words in the last answer to a write, with its code before them.
    words: String,
    /// What the last look-up showed.
    shows: String,
    /// Whether the portal has just said that the dossier exists, when it was sent alone as new.
    said_to_exist: bool,
}

impl Circles {
    /// The rounds as the ledger has them, as far as they are about what is wanted now and not too old.
    pub(super) fn new(rounds: &Rounds, wanted: &Wanted, most: u32, now: DateTime<Utc>) -> Self {
        let mut rounds = rounds.clone();
        if rounds.content != Some(wanted.content) {
            rounds = Rounds {
                content: Some(wanted.content),
                chain: rounds.chain,
                steps: rounds.steps,
                since: rounds.since,
                ..Rounds::default()
            };
        }
        if rounds.chain != wanted.steps_fp {
            (rounds.chain, rounds.steps) = (wanted.steps_fp, 0);
        }
        if rounds.since.is_some_and(|since| since > now || now - since >= A_DAY) {
            (rounds.since, rounds.creates, rounds.updates, rounds.steps) = (None, 0, 0, 0);
        }
        let steps = u64::try_from(wanted.steps).unwrap_or(u64::MAX);
        Self { rounds, most, steps, words: String::new(), shows: String::new(), said_to_exist: false }
    }

    /// Counts a write that the portal answered for this dossier.
    pub(super) fn answered(&mut self, write: Write, portal_code: &str, words: &str, now: DateTime<Utc>) {
        self.rounds.since.get_or_insert(now);
        let one_more = |number: &mut u32| *number = number.saturating_add(1);
        match write {
            Write::Create => one_more(&mut self.rounds.creates),
            Write::Update => one_more(&mut self.rounds.updates),
            Write::Steps(many) => {
                let many = u64::try_from(many).unwrap_or(u64::MAX);
                self.rounds.steps = self.rounds.steps.saturating_add(many);
            }
        }
        if !words.is_empty() {
            self.words = [portal_code, words].join(" ").trim_start().to_owned();
        }
    }

    /// The portal accepted the content.
    pub(super) fn accepted(&mut self) {
        self.rounds.accepted = self.rounds.accepted.saturating_add(1);
    }

    /// The portal says that the dossier exists, which was sent alone as new.
    pub(super) fn exists(&mut self) {
        self.said_to_exist = true;
    }

    /// Whether the portal has just said that the dossier exists, asked once.
    pub(super) const fn takes_its_word(&mut self) -> bool {
        std::mem::replace(&mut self.said_to_exist, false)
    }

    /// A look-up shows the dossier, or not, and in what it differs. `true` when it does not though the portal has just said that it exists: then it is
    /// worth waiting for.
    pub(super) fn seen(&mut self, seen: Option<&Seen>) -> bool {
        let is_there = seen.is_some();
        self.shows = seen.map_or_else(|| "not shown".to_owned(), |seen| differing(&seen.differing));
        let hides = std::mem::take(&mut self.said_to_exist) && !is_there;
        if is_there {
            self.rounds.unseen = 0;
        } else if hides {
            self.rounds.unseen = self.rounds.unseen.saturating_add(1);
        }
        hides
    }

    /// Whether it goes in circles, so that no batch may ride with it.
    pub(super) fn goes_alone(&self) -> bool {
        self.rounds.unseen > 0 || self.contents() >= 2
    }

    /// A look-up shows the content rewritten. Whether that is known to be the portal's own form of it by now.
    pub(super) fn is_own_form(&mut self, own: Option<&OwnForm>) -> bool {
        let shown = own.map(ToString::to_string);
        let again = shown.is_some() && self.rounds.shown == shown;
        if again && self.rounds.accepted >= ROUNDS_OF_FORM {
            self.rounds.form.clone_from(&shown);
        }
        self.rounds.shown.clone_from(&shown);
        if shown.is_none() {
            self.rounds.form = None;
        }
        shown.is_some() && self.rounds.form == shown
    }

    /// The portal's own form, when it is known.
    pub(super) fn form(&self) -> Option<&str> {
        self.rounds.form.as_deref()
    }

    /// The finding that tells of the portal's own form.
    pub(super) fn form_finding(&self) -> Option<Finding> {
        let (fields, hash) = self.form()?.split_once(' ')?;
        Some(Finding::new(FindingKind::PortalsOwnForm, fields, hash))
    }

    /// The finding that holds the dossier instead of this write; `None` when it may go.
    pub(super) fn objection(&self, next: Write, writing: Writing) -> Option<Finding> {
        if next == Write::Create && self.rounds.unseen >= MOST_UNSEEN {
            return Some(Finding::new(FindingKind::ExistsElsewhere, "content", self.words.as_str()));
        }
        let most = u64::from(self.most);
        let (layer, written, most) = match (next, writing) {
            (Write::Steps(_), _) => ("steps", self.rounds.steps, most.saturating_mul(self.steps.max(1))),
            (_, Writing::Whole) => ("content", self.contents(), most),
            // Each round has its create and its update.
            (_, Writing::InParts { .. }) => ("content", self.contents(), most.saturating_mul(2)),
        };
        let told = [self.shows.as_str(), self.words.as_str()];
        let told = told.into_iter().filter(|told| !told.is_empty());
        let detail =
            || told.fold(Detail::WithinADay.with(&[&written]), |detail, told| format!("{detail}; {told}"));
        (written >= most).then(|| Finding::new(FindingKind::WrittenOften, layer, detail()))
    }

    /// The portal's words in the last answer to a write.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    fn contents(&self) -> u64 {
        u64::from(self.rounds.creates).saturating_add(self.rounds.updates.into())
    }

    /// What the ledger is to keep. A first write that came to rest tells nothing.
    pub(super) fn into_rounds(self, rests: bool) -> Rounds {
        let first = self.rounds.creates <= 1 && self.rounds.updates <= 1 && self.rounds.steps <= self.steps;
        if rests && first && self.rounds.form.is_none() { Rounds::default() } else { self.rounds }
    }
}

/// The fields or kinds in which the portal shows a dossier otherwise.
fn differing(differing: &[Differing]) -> String {
    let names = differing
        .iter()
        .map(|one| if one.subject.is_empty() { one.kind.name() } else { one.subject.as_str() });
    let names: Vec<&str> = names.collect();
    if names.is_empty() { String::new() } else { format!("shown otherwise: {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Circles, Write};
    use dongbo_ledger::{Rounds, Wanted};
    use dongbo_model::{FindingKind, Fingerprint};
    use dongbo_portal::{OwnForm, Writing};

    fn now() -> DateTime<Utc> {
        "2026-03-01T08:00:00Z".parse().unwrap()
    }

    fn wanted(digit: u8) -> Wanted {
        let print = |digit: u8| Fingerprint::parse(&digit.to_string().repeat(32));
        Wanted { content: print(digit).unwrap(), steps: 3, steps_fp: print(9) }
    }

    fn circles(rounds: &Rounds) -> Circles {
        Circles::new(rounds, &wanted(1), 2, now())
    }

    fn objection(circles: &Circles, next: Write) -> Option<FindingKind> {
        circles.objection(next, Writing::Whole).map(|finding| finding.kind)
    }

    #[test]
    fn equal_content_is_written_so_often_a_day_over_all_claims_and_other_content_anew() {
        let mut rounds = Rounds::default();
        for write in [Write::Create, Write::Update] {
            let mut circles = circles(&rounds);
            assert_eq!(objection(&circles, write), None);
            circles.answered(write, "3", "đã tồn tại", now());
            rounds = circles.into_rounds(false);
        }
        let circles = circles(&rounds);
        assert_eq!(objection(&circles, Write::Update), Some(FindingKind::WrittenOften));
        assert_eq!(objection(&circles, Write::Steps(3)), None, "another layer");
        let twice = circles.objection(Write::Create, Writing::InParts { resubmits: true });
        assert_eq!(twice, None, "a round has two writes there");
        assert_eq!(objection(&Circles::new(&rounds, &wanted(2), 2, now()), Write::Update), None);
        let tomorrow = now() + TimeDelta::days(1);
        assert_eq!(objection(&Circles::new(&rounds, &wanted(1), 2, tomorrow), Write::Update), None);
        let back = now() - TimeDelta::days(1);
        assert_eq!(
            objection(&Circles::new(&rounds, &wanted(1), 2, back), Write::Update),
            None,
            "a clock set back"
        );
    }

    #[test]
    fn steps_count_one_by_one_so_that_smaller_calls_count_no_more() {
        let mut circles = circles(&Rounds::default());
        for _ in 0..6 {
            assert_eq!(objection(&circles, Write::Steps(1)), None);
            circles.answered(Write::Steps(1), "", "", now());
        }
        assert_eq!(objection(&circles, Write::Steps(1)), Some(FindingKind::WrittenOften));
    }

    #[test]
    fn what_is_said_to_exist_and_not_shown_is_held_after_three_looks() {
        let mut rounds = Rounds::default();
        for _ in 0..3 {
            let mut circles = circles(&rounds);
            assert_eq!(objection(&circles, Write::Create), None);
            circles.exists();
            assert!(circles.seen(None) && circles.goes_alone() && !circles.seen(None));
            rounds = circles.into_rounds(false);
        }
        assert_eq!(objection(&circles(&rounds), Write::Create), Some(FindingKind::ExistsElsewhere));
    }

    #[test]
    fn the_same_rewriting_after_two_acceptances_is_the_portals_own_form() {
        let own = OwnForm { fields: "TrichYeuHoSo".to_owned(), hash: "#1".to_owned() };
        let other = OwnForm { hash: "#2".to_owned(), ..own.clone() };
        let mut circles = circles(&Rounds::default());
        assert!(!circles.is_own_form(Some(&own)), "nothing was accepted");
        circles.accepted();
        assert!(!circles.is_own_form(Some(&own)), "once is no form");
        circles.accepted();
        assert!(!circles.is_own_form(Some(&other)) && !circles.is_own_form(Some(&own)), "it changes");
        assert!(circles.is_own_form(Some(&own)) && circles.form_finding().is_some());
        let rounds = circles.into_rounds(true);
        assert!(super::Circles::new(&rounds, &wanted(1), 2, now()).is_own_form(Some(&own)));
        assert_eq!(super::Circles::new(&rounds, &wanted(2), 2, now()).form(), None, "other content");
    }

    #[test]
    fn a_first_write_that_came_to_rest_takes_no_room() {
        let mut circles = circles(&Rounds::default());
        circles.answered(Write::Create, "0", "", now());
        circles.answered(Write::Steps(3), "0", "", now());
        assert_eq!(circles.into_rounds(true), Rounds::default());
    }
}
