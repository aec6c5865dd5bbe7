//! Facts: one dossier as the indicators of Decision 766 need it, without anything that tells whose it is.

use chrono::{DateTime, Utc};

use crate::cell::{Cell, Month};
use crate::codes::{ApplicantKind, Channel, OnlinePayment, PaperReuse, SubmissionPlace};
use crate::dossier::Dossier;
use crate::officer::Officer;
use crate::parts::{Fee, Paper, ResultFile, Step};
use crate::status::Status;
use crate::text::Text;

/// One dossier as the indicators need it: codes, times, marks and counts.
///
/// The national code of a procedure, the unit and the receiving unit are codes; the [`Officer`] is a code or a keyed hash.
/// Names in parentheses are the wire's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The code of the unit that handles it (`DonViXuLy`).
    pub unit: Text,
    /// The national code of its procedure (`MaTTHC`).
    pub procedure: Text,
    /// The code of the unit that received it, where the mapping has one; only the local system knows it.
    pub received_by: Option<Text>,
    /// National status (`TrangThaiHoSo`).
    pub status: Status,
    /// The channel by which it came (`KenhThucHien`).
    pub channel: Option<Channel>,
    /// Where it was handed in (`NoiNopHoSo`): one that was handed in on the national portal was born there.
    pub submitted_to: Option<SubmissionPlace>,
    /// Whose kind it is (`LoaiDoiTuong`): procedures for citizens are those that citizens use.
    pub applicant: ApplicantKind,
    /// Handed in (`NgayNopHoSo`).
    pub submitted_at: Option<DateTime<Utc>>,
    /// Received by the unit (`NgayTiepNhan`).
    pub received_at: Option<DateTime<Utc>>,
    /// Promised for (`NgayHenTra`).
    pub due_at: Option<DateTime<Utc>>,
    /// Processing ended, as the dossier itself says (`NgayKetThucXuLy`).
    pub finished_at: Option<DateTime<Utc>>,
    /// Result handed over (`NgayTra`).
    pub returned_at: Option<DateTime<Utc>>,
    /// Processing ended, as its steps say; `None` while none of them is an end.
    pub ended: Option<Ended>,
    /// The number of times that further papers were asked for.
    pub asked: u32,
    /// When they were asked for the first time; `None` also where that is not known.
    pub first_asked_at: Option<DateTime<Utc>>,
    /// Since when it waits for papers that were asked for and did not come; `None` when it waits for none.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Whole seconds between asking and receiving, summed over all that were answered.
    pub waited: u64,
    /// Whether the account was verified with VNeID (`TaiKhoanDuocXacThucVoiVNeID`).
    pub vneid: Option<bool>,
    /// Whether the dossier itself says that it has digitised components (`HoSoCoThanhPhanSoHoa`).
    pub digitised_flag: Option<bool>,
    /// Whether and where it was paid online (`DuocThanhToanTrucTuyen`).
    pub paid_online: Option<OnlinePayment>,
    /// Its list of fees.
    pub fees: Fees,
    /// Its papers handed in, those that were taken back left out.
    pub papers: Papers,
    /// When the last digital copy of its papers was made, without those of papers that were asked for later; only the local system
    /// knows it, as far as the mapping tells.
    pub digitised_at: Option<DateTime<Utc>>,
    /// Its result papers.
    pub results: Results,
    /// Whether it was connected with a national database (`DSKetNoiCSDL`). The `MaCSDL` of the population database is not
    /// published, so that any counts.
    pub databases: bool,
    /// The officer of its last step.
    pub officer: Option<Officer>,
}

/// The step that ended the processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its status: 9, 10, 3, 8 or 7.
    pub status: Status,
    /// When it was done (`ThoiDiemXuLy`).
    pub at: DateTime<Utc>,
}

/// A list of fees (`DanhSachLePhi`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fees {
    /// No fee is listed.
    None,
    /// Every fee listed is of 0 đồng.
    AllZero,
    /// At least one is not, or its amount is not known.
    Owed,
}

/// Marks of the papers handed in: each says whether at least one paper has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Papers {
    /// There is one.
    pub any: bool,
    /// A file of it can be fetched; of what the portal accepted: it was named to the portal.
    pub any_with_file: bool,
    /// It is digitised (`DuocSoHoa` 1).
    pub any_digitised: bool,
    /// It reuses data (`DuocTaiSuDung` 1 or 2).
    pub any_reused: bool,
    /// It was taken from the citizen's digital store (`DuocLayTuKhoDMQG` 1).
    pub any_from_store: bool,
}

/// Marks of the result papers. Whether the owner's store has one no dossier says: only a look into that store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Results {
    /// There is one.
    pub any: bool,
    /// A file of it can be fetched; of what the portal accepted: it was named to the portal.
    pub any_with_link: bool,
    /// A file of it can be fetched, and it has a result code (`MaGiayToKetQua`).
    pub any_with_link_and_code: bool,
}

/// The files of a dossier that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Files {
    /// All of them.
    All,
    /// Those that the portal may be told of: a file that is not proved is not named.
    Named,
}

impl Facts {
    /// The facts of a dossier as the local system has it; `officer` tells who did a step.
    #[must_use]
    pub fn of(dossier: &Dossier, officer: impl Fn(&Step) -> Option<Officer>) -> Self {
        Self::told(dossier, dossier.steps.len(), Files::All, officer)
    }

    /// The facts of a dossier whose content the portal has accepted as it is here, with its first `steps` steps. The receiving unit
    /// and the officer are not sent: they are those of the local system.
    #[must_use]
    pub fn accepted(dossier: &Dossier, steps: usize, officer: impl Fn(&Step) -> Option<Officer>) -> Self {
        Self::told(dossier, steps, Files::Named, officer)
    }

    /// The facts of a dossier that a vendor's bridge brought to the portal as it is here, with its first `steps` steps: its files have
    /// links of the bridge's own there.
    #[must_use]
    pub fn brought(dossier: &Dossier, steps: usize, officer: impl Fn(&Step) -> Option<Officer>) -> Self {
        Self::told(dossier, steps, Files::All, officer)
    }

    fn told(
        dossier: &Dossier,
        count: usize,
        files: Files,
        officer: impl Fn(&Step) -> Option<Officer>,
    ) -> Self {
        let steps = dossier.steps.get(..count).unwrap_or(&dossier.steps);
        let asked = Asked::of(dossier, steps);
        Self {
            unit: dossier.unit.code.clone(),
            procedure: dossier.procedure.code.clone(),
            received_by: Some(&dossier.receiving_unit).filter(|unit| !unit.is_empty()).cloned(),
            status: dossier.status,
            channel: dossier.channel,
            submitted_to: dossier.submitted_to,
            applicant: dossier.applicant.kind,
            submitted_at: dossier.submitted_at,
            received_at: dossier.received_at,
            due_at: dossier.due_at,
            finished_at: dossier.finished_at,
            returned_at: dossier.returned_at,
            ended: ended(steps.iter().map(|step| (step.status, step.at)), dossier.received_at),
            asked: asked.times,
            first_asked_at: asked.first_at,
            waiting_since: asked.waiting_since,
            waited: asked.waited,
            vneid: dossier.vneid_verified,
            digitised_flag: dossier.digitised,
            paid_online: dossier.online_payment,
            fees: Fees::of(&dossier.fees),
            papers: Papers::of(&dossier.papers, files),
            digitised_at: digitised_at(&dossier.papers, asked.first_at),
            results: Results::of(&dossier.results, files),
            databases: !dossier.databases.is_empty(),
            officer: dossier.steps.last().and_then(officer),
        }
    }

    /// The cell that it is counted in: by the month of its receipt in Vietnam, where that is missing by the month in which it was
    /// handed in, where that is missing too by month 0. Which formulas take which, each says.
    #[must_use]
    pub fn cell(&self) -> Cell {
        Cell {
            agency: self.unit.as_str().to_owned(),
            procedure: self.procedure.as_str().to_owned(),
            month: self.received_at.or(self.submitted_at).map_or(Month(0), Month::of),
        }
    }
}

impl Fees {
    fn of(fees: &[Fee]) -> Self {
        match fees {
            [] => Self::None,
            fees if fees.iter().all(|fee| fee.amount_vnd == Some(0)) => Self::AllZero,
            _ => Self::Owed,
        }
    }
}

impl Papers {
    fn of(papers: &[Paper], files: Files) -> Self {
        let is_told = |paper: &&Paper| !paper.deleted && (files == Files::All || paper.address().is_some());
        papers.iter().filter(is_told).fold(Self::default(), |marks, paper| Self {
            any: true,
            any_with_file: marks.any_with_file || !paper.link.is_empty() || !paper.file.is_empty(),
            any_digitised: marks.any_digitised || paper.digitised == Some(true),
            any_reused: marks.any_reused || matches!(paper.reuse, Some(PaperReuse::Yes | PaperReuse::Other)),
            any_from_store: marks.any_from_store || paper.from_store == Some(true),
        })
    }
}

/// When the last digital copy of the papers was made. Copies made since further papers were asked for are those of these papers,
/// unless there is no other.
fn digitised_at(papers: &[Paper], first_asked_at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let copies = || papers.iter().filter(|paper| !paper.deleted).filter_map(|paper| paper.digitised_at);
    let is_earlier = |at: &DateTime<Utc>| first_asked_at.is_none_or(|asked_at| *at < asked_at);
    copies().filter(is_earlier).max().or_else(|| copies().min())
}

impl Results {
    fn of(results: &[ResultFile], files: Files) -> Self {
        let is_told = |result: &&ResultFile| files == Files::All || result.address().is_some();
        results.iter().filter(is_told).fold(Self::default(), |marks, result| {
            let has_link = !result.link.is_empty() || !result.file.is_empty();
            Self {
                any: true,
                any_with_link: marks.any_with_link || has_link,
                any_with_link_and_code: marks.any_with_link_and_code
                    || (has_link && !result.result_code.is_empty()),
            }
        })
    }
}

/// The end of processing by indicator 2.1: the first step at 9, else at 10, else at 3, 8, 7; at 7 only after acceptance. Steps
/// are their statuses and times, in order.
pub fn ended(
    steps: impl Iterator<Item = (Status, DateTime<Utc>)> + Clone,
    received_at: Option<DateTime<Utc>>,
) -> Option<Ended> {
    let first = |wanted: Status| steps.clone().find(|(status, _)| *status == wanted).map(|(_, at)| at);
    let is_accepted = |by: DateTime<Utc>| {
        received_at.is_some_and(|received_at| received_at <= by)
            || [Status::Accepted, Status::InProcess]
                .into_iter()
                .filter_map(first)
                .any(|accepted_at| accepted_at <= by)
    };
    [Status::Processed, Status::Returned, Status::NotAccepted, Status::Stopped, Status::Withdrawn]
        .into_iter()
        .filter_map(|status| first(status).map(|at| Ended { status, at }))
        .find(|end| end.status != Status::Withdrawn || is_accepted(end.at))
}

/// When papers were asked for, and when they came, as far as either is known.
pub type Round = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Further papers that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The number of times.
    pub times: u32,
    /// The first time.
    pub first_at: Option<DateTime<Utc>>,
    /// The first time of those that were not answered.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Whole seconds between asking and answer, summed.
    pub waited: u64,
}

impl Asked {
    /// By the dossier's supplements, else by its `steps` at status 5, each of which lasts until a step with another status.
    fn of(dossier: &Dossier, steps: &[Step]) -> Self {
        let supplements = &dossier.supplements;
        if supplements.is_empty() {
            return Self::by_steps(steps.iter().map(|step| (step.status, step.at)));
        }
        Self::by_rounds(supplements.iter().map(|one| (one.requested_at, one.received_at)))
    }

    /// By the statuses and times of steps, in order.
    pub fn by_steps(steps: impl Iterator<Item = (Status, DateTime<Utc>)>) -> Self {
        let mut rounds: Vec<Round> = Vec::new();
        let mut is_open = false;
        for (status, at) in steps {
            match (status == Status::SupplementRequested, is_open) {
                (true, false) => rounds.push((Some(at), None)),
                (false, true) => rounds.iter_mut().last().into_iter().for_each(|round| round.1 = Some(at)),
                (true, true) | (false, false) => {}
            }
            is_open = status == Status::SupplementRequested;
        }
        Self::by_rounds(rounds.into_iter())
    }

    /// By the moments of asking and of the answer. One whose moment of asking is not known counts, and adds no time.
    pub fn by_rounds(rounds: impl Iterator<Item = Round>) -> Self {
        rounds.fold(Self::default(), |all, (asked_at, answered_at)| {
            let earlier = |one: Option<DateTime<Utc>>| [one, asked_at].into_iter().flatten().min();
            let took = asked_at.zip(answered_at).map_or(0, |(asked, answered)| {
                u64::try_from((answered - asked).num_seconds()).unwrap_or_default()
            });
            Self {
                times: all.times.saturating_add(1),
                first_at: earlier(all.first_at),
                waiting_since: match answered_at {
                    None => earlier(all.waiting_since),
                    Some(_) => all.waiting_since,
                },
                waited: all.waited.saturating_add(took),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{Asked, Ended, Paper, digitised_at, ended};
    use crate::{Status, Text};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + second, 0).unwrap()
    }

    fn paper() -> Paper {
        Paper {
            id: Text::default(),
            component_code: Text::default(),
            file_name: Text::default(),
            link: Text::default(),
            file: Text::default(),
            shipped: None,
            deleted: false,
            digitised: Some(true),
            digitised_at: None,
            reuse: None,
            from_store: None,
            replaces_result: Text::default(),
        }
    }

    fn steps(steps: &[(&str, i64)]) -> Vec<(Status, DateTime<Utc>)> {
        steps.iter().map(|(code, second)| (Status::from_code(code).unwrap(), at(*second))).collect()
    }

    #[test]
    fn processing_ends_at_the_first_step_of_the_first_status_that_is_an_end() {
        let end = |given: &[(&str, i64)], received: Option<i64>| {
            let end = ended(steps(given).into_iter(), received.map(at));
            end.map(|Ended { status, at }| (status.code(), at.timestamp() - 1_000_000))
        };
        assert_eq!(end(&[("2", 1), ("9", 5), ("9", 7), ("10", 9)], None), Some(("9", 5)));
        assert_eq!(end(&[("2", 1), ("8", 4), ("10", 9)], None), Some(("10", 9)));
        assert_eq!(end(&[("8", 4), ("3", 6)], None), Some(("3", 6)));
        assert_eq!(end(&[("1", 1), ("7", 4)], None), None, "withdrawn before acceptance");
        assert_eq!(end(&[("1", 1), ("7", 4)], Some(9)), None, "received later");
        assert_eq!(end(&[("1", 1), ("7", 4)], Some(3)), Some(("7", 4)));
        assert_eq!(end(&[("2", 1), ("7", 4)], None), Some(("7", 4)));
        assert_eq!(end(&[("2", 1), ("4", 4)], Some(1)), None);
    }

    #[test]
    fn copies_of_papers_that_were_asked_for_later_do_not_make_the_first_ones_late() {
        let copied = |copies: &[i64], asked: Option<i64>| {
            let papers: Vec<Paper> =
                copies.iter().map(|second| Paper { digitised_at: Some(at(*second)), ..paper() }).collect();
            digitised_at(&papers, asked.map(at)).map(|at| at.timestamp() - 1_000_000)
        };
        assert_eq!(copied(&[], None), None);
        assert_eq!(copied(&[5, 90], None), Some(90), "the last one counts");
        assert_eq!(copied(&[5, 90], Some(60)), Some(5), "the second paper was asked for");
        assert_eq!(copied(&[70, 90], Some(60)), Some(70), "nothing was copied before");
        let taken_back = Paper { digitised_at: Some(at(9)), deleted: true, ..paper() };
        assert_eq!(digitised_at(&[taken_back], None), None);
    }

    #[test]
    fn what_was_asked_for_is_counted_timed_and_waited_for() {
        let twice = [("2", 0), ("5", 10), ("5", 12), ("4", 30), ("5", 40)];
        let asked = Asked::by_steps(steps(&twice).into_iter());
        let expected = Asked { times: 2, first_at: Some(at(10)), waiting_since: Some(at(40)), waited: 20 };
        assert_eq!(asked, expected);
        let rounds = [(Some(at(5)), Some(at(9))), (None, Some(at(20))), (Some(at(30)), Some(at(25)))];
        let asked = Asked::by_rounds(rounds.into_iter());
        assert_eq!(asked, Asked { times: 3, first_at: Some(at(5)), waiting_since: None, waited: 4 });
        assert_eq!(Asked::by_steps(steps(&[("2", 0)]).into_iter()), Asked::default());
    }
}
