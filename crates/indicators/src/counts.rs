//! Counts that add up.

use serde::{Deserialize, Serialize};

use crate::verdict::Rules;

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Declares a struct of counts that are added field by field. Where each has a short name, it is kept as JSON, in which a count of
/// nothing is left out.
macro_rules! counts {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident $(= $short:literal)?,)+ }) => {
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                $(#[serde(rename = $short, default, skip_serializing_if = "is_zero")])?
                pub $field: u64,
            )+
        }

        impl std::ops::AddAssign<&Self> for $name {
            fn add_assign(&mut self, other: &Self) {
                $(self.$field = self.$field.saturating_add(other.$field);)+
            }
        }
    };
}

counts! {
    /// Counts of the dossiers of a cell that hang on no day, whatever is known of the procedure. All but the last seven are of
    /// received dossiers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Raw {
        /// Dossiers with a day of receipt.
        received = "r",
        /// Those that came online.
        online_received = "or",
        /// Of these those that have a result with code and link.
        online_coded = "oc",
        /// Those that came at the counter, or of which no channel is known.
        in_person = "ip",
        /// Those that came by post.
        by_post = "bp",
        /// Those with a link to a result.
        result_link = "rl",
        /// Those with a file among the papers handed in.
        paper_file = "pf",
        /// Those with both.
        both_files = "bf",
        /// Those with a digitised paper among the papers handed in, or marked as having one.
        digitised_papers = "dr",
        /// Of `digitised_papers` those whose digital copies were made after the day of receipt.
        digitised_later = "dl",
        /// Those with a paper marked as reused (`DuocTaiSuDung`).
        reused = "ru",
        /// Those with any of the marks that D names for reuse: `DuocTaiSuDung`; for those born on the portal `DuocSoHoa` = 1, for
        /// others `HoSoCoThanhPhanSoHoa` = 1.
        reused_by_any_mark = "ra",
        /// Those with `HoSoCoThanhPhanSoHoa` = 1.
        digitised_mark = "dm",
        /// Those with a paper with `DuocSoHoa` = 1.
        digitised_paper = "dp",
        /// Those with a paper taken from the owner's store (`DuocLayTuKhoDMQG` = 1).
        store = "st",
        /// Those whose owner's data was confirmed with the population database.
        population = "pp",
        /// Those of citizens.
        citizens = "ci",
        /// Those of both.
        citizens_population = "cp",
        /// Dossiers without a day of receipt, which count under the day on which they were handed in.
        submitted = "s",
        /// Dossiers that came online, received or not. From here on received or not.
        online = "on",
        /// Dossiers with a fee other than 0.
        fee_owed = "fo",
        /// Dossiers that list fees, all of which are 0.
        fee_zero = "fz",
        /// Dossiers paid online whose fees are not all 0.
        paid = "pd",
        /// Of these those with a fee other than 0.
        paid_owed = "po",
    }
}

counts! {
    /// Counts of dossiers that hang on no day, by what is known of their procedures.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct Plain {
        /// Online ones that have, where the procedure returns a paper, a result with code and link.
        online_counted,
        /// Those of procedures that return a paper, or of which that is not known.
        paper_due,
        /// Of these those with a link to a result.
        paper_result_link,
        /// Those with a file among the papers handed in and, where the procedure returns a paper, one among the results.
        digitised,
        /// Dossiers of procedures with a fee, less those whose fees are all 0, received or not.
        to_pay,
        /// Of these those paid online.
        paid_online,
    }
}

counts! {
    /// Counts of received dossiers as they stand at the end of a period.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Timing {
        /// Ended by then, and on time.
        on_time = "ot",
        /// Ended late, or not ended and past the due day, or asked more than once for further papers.
        late = "lt",
        /// Not ended by then, and the due day not past.
        running = "rn",
        /// Neither due day nor limit is known.
        unknown = "uk",
        /// Ended by then as processed or with the result handed over.
        completed = "cp",
        /// Of `completed` those with a known duration: all but those that ended before they were received.
        timed = "tn",
        /// Their durations together, in seconds; a working day of 8 hours is 86,400 of them.
        seconds = "ts",
        /// Of `timed` those that came online.
        online_timed = "on",
        /// Their durations.
        online_seconds = "os",
        /// Of `timed` those that came at the counter.
        in_person_timed = "in",
        /// Their durations.
        in_person_seconds = "is",
        /// Received before the period and ended in it.
        carried = "ca",
        /// Of `carried` those that ended on time.
        carried_on_time = "co",
    }
}

impl Raw {
    /// The counts under what is known of the procedure. One of which it is not known is taken to return a paper; where it is not
    /// known whether it has a fee, the fees of the dossiers decide.
    #[must_use]
    pub fn under(&self, rules: &Rules) -> Plain {
        let all = self.received.saturating_add(self.submitted);
        let paper = matches!(rules.returns_paper, Some(true) | None);
        let if_paper = |yes: u64, no: u64| if paper { yes } else { no };
        let (to_pay, paid_online) = match rules.has_fee {
            Some(true) => (all.saturating_sub(self.fee_zero), self.paid),
            Some(false) => (0, 0),
            None => (self.fee_owed, self.paid_owed),
        };
        Plain {
            online_counted: if_paper(self.online_coded, self.online_received),
            paper_due: if_paper(self.received, 0),
            paper_result_link: if_paper(self.result_link, 0),
            digitised: if_paper(self.both_files, self.paper_file),
            to_pay,
            paid_online,
        }
    }
}
