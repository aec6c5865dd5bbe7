//! The formulas: from counts to numbers with their points.
//!
//! Sources are named as in the project's notes: D the portal's description of its formulas (October 2026), P what its published
//! answers show (August 2026), N a newer draft. Every formula counts a dossier under the day of receipt in Vietnam; 3.2, 3.5 and 3.6
//! take the day of handing in where that is missing, the others leave the dossier out.

use dongbo_model::Period;
use schemars::JsonSchema;
use serde::Serialize;

use crate::exact::{Exact, Hundredths};
use crate::indicator::{FormulaSet, Indicator, Origin};
use crate::sum::Sum;

/// The counts that the formulas of one view need.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The counts of the view that is shown.
    pub shown: &'a Sum,
    /// Received dossiers by the local system.
    pub local_received: u64,
    /// Received dossiers that the portal accepted.
    pub portal_received: u64,
    /// The period.
    pub period: Period,
}

/// Counts that other systems have, and people enter; `None` for what nobody entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    /// Dossiers received in the period by the national reporting system.
    pub reported: Option<u64>,
    /// Dossiers of the whole of last year.
    pub last_year: Option<u64>,
    /// Online services of the unit that are in public, waiting to stop, or in test.
    pub services: Option<u64>,
    /// Procedures of the unit that have a fee.
    pub fee_procedures: Option<u64>,
    /// Procedures of the unit for citizens.
    pub citizen_procedures: Option<u64>,
    /// Dossiers of the period that were complained of.
    pub complaints: Option<u64>,
    /// Dossiers of the period whose owners' stores were looked into: those confirmed, and all. No person enters them.
    pub owner_stores: Option<(u64, u64)>,
}

/// The value of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[schemars(rename = "IndicatorValue")]
pub struct Value {
    /// Its numerator; of a mean time seconds.
    pub numerator: u64,
    /// Its denominator.
    pub denominator: u64,
    /// Percent, or days for a mean time; `None` (`N/A`) when the denominator is 0 or the set has no formula that can be computed.
    pub ratio: Option<Hundredths>,
    /// Points; `None` when there is no ratio, or the indicator gives none.
    pub points: Option<Hundredths>,
}

/// A numerator and a denominator; `None` when the set cannot be computed from dossiers.
type Counted = Option<(u64, u64)>;

/// The value of `indicator` by the formulas of `set`. `None` when people enter it and nobody computes it.
#[must_use]
pub fn value(indicator: Indicator, set: FormulaSet, sides: &Sides<'_>, given: &Given) -> Option<Value> {
    if indicator.origin() == Origin::Entered {
        return None;
    }
    let sum = sides.shown;
    let counted = match indicator {
        Indicator::PublishedOnTime
        | Indicator::UpdatedOnTime
        | Indicator::PublishedInFull
        | Indicator::ServicesFull
        | Indicator::CertifiedCopies
        | Indicator::PetitionsOnTime
        | Indicator::PetitionsSatisfaction
        | Indicator::SatisfactionSurvey
        | Indicator::OldResultsDigitised => None,
        Indicator::MeanTime => return Some(mean_time(sum)),
        Indicator::OnlineFaster => return Some(online_faster(sum)),
        Indicator::Synchronised => synchronised(set, sides, given),
        Indicator::OnTime => on_time(set, sum),
        Indicator::ServicesUsed => services_used(sum, given),
        Indicator::OnlineShare => online_share(set, sum),
        Indicator::FeesSynchronised => fees_synchronised(sum, given),
        Indicator::ProceduresPaid => procedures_paid(sum, given),
        Indicator::PaidOnline => paid_online(sum),
        Indicator::ElectronicResult => electronic_result(set, sum),
        Indicator::Digitised => digitised(sum),
        Indicator::Reused => reused(set, sum),
        Indicator::ReusedByFlag => Some((sum.raw.digitised_mark, sum.raw.received)),
        Indicator::ReusedByPaper => Some((sum.raw.digitised_paper, sum.raw.received)),
        Indicator::PersonalStore => personal_store(sum),
        Indicator::PopulationDossiers => population_dossiers(sum),
        Indicator::PopulationProcedures => population_procedures(sum, given),
        Indicator::Satisfaction => satisfaction(set, sum, given),
        Indicator::Used100 => Some(used(sum, 100)),
        Indicator::Used500 => Some(used(sum, 500)),
        Indicator::OwnerStore => given.owner_stores,
        Indicator::DigitisedAtReceipt => Some(digitised_at_receipt(sum)),
    };
    Some(counted.map_or_else(Value::default, |counted| scored(indicator, set, counted)))
}

/// The value of a numerator and a denominator, each rounded once.
fn scored(indicator: Indicator, set: FormulaSet, (numerator, denominator): (u64, u64)) -> Value {
    let weighted =
        matches!((indicator, set), (Indicator::OnlineShare, FormulaSet::D202610 | FormulaSet::NDraft));
    let ratio = Exact::ratio(numerator, denominator)
        .map(|ratio| if weighted { ratio.times(14, 10).at_most(1) } else { ratio });
    let most = indicator.points();
    let points = ratio
        .filter(|_| most > 0)
        .map(|ratio| ratio.times(most, 1).times(100, set.full_from(indicator)).at_most(most).hundredths());
    Value { numerator, denominator, ratio: ratio.map(Exact::percent), points }
}

/// 1.4, dossiers synchronised. Source D: on the portal with a day of receipt in the period / the larger of what the national reporting
/// system and the portal received; both 0 or missing: last year's total ÷ 12 for a month, ÷ 4 for a quarter, whole for a year. P has
/// its own numerator as denominator (`TEMP_NATIONAL_REPORT_DENOMINATOR`) and tells nothing, so in `p-2026-09` the denominator is our own
/// local count. One-way synchronisation counts. Excluded: dossiers without a day of receipt. Open: N counts states synchronised in
/// real time, which the counts do not tell: not computed.
fn synchronised(set: FormulaSet, sides: &Sides<'_>, given: &Given) -> Counted {
    let portal = sides.portal_received;
    match set {
        FormulaSet::P202609 => Some((portal, sides.local_received)),
        FormulaSet::D202610 => {
            let share = match sides.period {
                Period::Month(_) => 12,
                Period::Quarter(..) => 4,
                Period::Half(..) => 2,
                Period::Year(_) => 1,
            };
            let now = given.reported.unwrap_or_default().max(portal);
            let denominator = if now > 0 { now } else { given.last_year.unwrap_or_default() / share };
            Some((portal, denominator))
        }
        FormulaSet::NDraft => None,
    }
}

/// 2.1, on time. Source D: dossiers that ended by their due moment / received or processed in the period, where one that has not ended
/// is judged by the period's last day ([`verdict`](crate::verdict())). P: `totalOnTime / totalReceived`: only received dossiers, and
/// only ended ones are on time. Excluded: dossiers without a day of receipt; linked dossiers count at the handling unit alone. Open:
/// see [`verdict`](crate::verdict()).
fn on_time(set: FormulaSet, sum: &Sum) -> Counted {
    let (timing, received) = (&sum.timing, sum.raw.received);
    Some(match set {
        FormulaSet::P202609 => (timing.on_time, received),
        FormulaSet::D202610 | FormulaSet::NDraft => {
            (timing.on_time + timing.running + timing.carried_on_time, received + timing.carried)
        }
    })
}

/// 2.2, mean time. Source D: of dossiers at 9 or 10 whose receipt lies in the period, in the unit (hour, day, working day) of the
/// procedure's limit; over procedures of different units in days, of which a working day is one. Excluded: dossiers that ended after
/// the period, and those that ended before they were received. Open: the time of waiting for papers is not taken off, because D does not
/// say so; nor does it say on which day a dossier has to be at 9 or 10, so the period's last one is taken, as in 2.1.
fn mean_time(sum: &Sum) -> Value {
    let (numerator, denominator) = (sum.timing.seconds, sum.timing.timed);
    let days = Exact::ratio(numerator, denominator).map(|seconds| seconds.times(1, 86_400).hundredths());
    Value { numerator, denominator, ratio: days, points: None }
}

/// 3.2, services with online dossiers. Source D and P (`onlineDossierCount / onlineServiceTotal`): services (a procedure of a unit) with
/// at least one dossier received online / services of the procedures by processing unit that are in public, waiting to stop or in test.
/// Open: no known list tells a unit's services, so until somebody enters their number the denominator is those with a dossier in the period.
fn services_used(sum: &Sum, given: &Given) -> Counted {
    let (seen, online) = sum.services();
    Some((online, given.services.unwrap_or(seen)))
}

/// 3.3, share of online dossiers. Source D: channel 2 and, where the procedure returns a paper, a result with code and link / received,
/// × 1.4. P: `channelOnlineSum / channelTotalSum`, full from 50 %; the total is less than `totalReceived`, which is explained if an
/// online dossier without a result is in no channel: so it is counted here. In person is channel 1 or empty.
fn online_share(set: FormulaSet, sum: &Sum) -> Counted {
    let online = sum.plain.online_counted;
    Some(match set {
        FormulaSet::P202609 => (online, online + sum.raw.in_person + sum.raw.by_post),
        FormulaSet::D202610 | FormulaSet::NDraft => (online, sum.raw.received),
    })
}

/// 3.5, procedures payable online. Source D: procedures with a synchronised fee other than 0 / procedures with a fee in the national
/// database. Full from 80 %. Open: P scores it as 2.5 × the share, without showing whether that stops at the 2 points that D gives
/// ([`payment`](crate::published::payment)); here it does. A unit's procedures with a fee are known once somebody enters their number; until then those
/// with a dossier in the period.
fn fees_synchronised(sum: &Sum, given: &Given) -> Counted {
    let (with_fee, synchronised) = sum.fee_procedures();
    Some((synchronised, given.fee_procedures.unwrap_or(with_fee)))
}

/// The second part of the published score of online payment. Source P: `totalDossierOnlineFormalityPaymentSuccess / totalFeeFormality`,
/// procedures with a fee that were paid online / procedures with a fee; full from 80 %. Denominator and what is open as 3.5.
fn procedures_paid(sum: &Sum, given: &Given) -> Counted {
    let (with_fee, _) = sum.fee_procedures();
    Some((sum.procedures_paid(), given.fee_procedures.unwrap_or(with_fee)))
}

/// 3.6, paid online. Source D: `DuocThanhToanTrucTuyen` 1 or 2 / dossiers of procedures with a fee. Excluded: dossiers whose fees are
/// all 0. Open: where it is not known whether a procedure has a fee, a dossier's own fees decide.
fn paid_online(sum: &Sum) -> Counted {
    Some((sum.plain.paid_online, sum.plain.to_pay))
}

/// 4.1, electronic result. Source D: a link to a result / dossiers of procedures that return a paper. P: / all received dossiers.
/// Open: N counts signed results alone, and nothing tells which are signed: not computed.
fn electronic_result(set: FormulaSet, sum: &Sum) -> Counted {
    match set {
        FormulaSet::P202609 => Some((sum.raw.result_link, sum.raw.received)),
        FormulaSet::D202610 => Some((sum.plain.paper_result_link, sum.plain.paper_due)),
        FormulaSet::NDraft => None,
    }
}

/// 4.2, digitised. Source D: a file among the papers handed in and, where the procedure returns a paper, one among the results / received;
/// full from 80 %. P shows no threshold (80.06 % gives 3.2 of 4).
fn digitised(sum: &Sum) -> Counted {
    Some((sum.plain.digitised, sum.raw.received))
}

/// 4.3, data reused. Source D names three marks: any component marked reused; for synchronised dossiers `HoSoCoThanhPhanSoHoa` = 1; for
/// those born on the portal `TaiLieuNop.DuocSoHoa` = 1 / received. P (1.71 % where 4.2 is 11.5 %) is not the second alone, so
/// `p-2026-09` takes `DuocTaiSuDung`. Full from 80 % (P). Open: which mark the portal counts; the two others are numbers of their own.
fn reused(set: FormulaSet, sum: &Sum) -> Counted {
    let reused = match set {
        FormulaSet::P202609 => sum.raw.reused,
        FormulaSet::D202610 | FormulaSet::NDraft => sum.raw.reused_by_any_mark,
    };
    Some((reused, sum.raw.received))
}

/// 4.4, personal store. Source D: a component with `DuocLayTuKhoDMQG` = 1, or a result linked to the store / received. Open: whether a
/// result is in the store only a look into it tells, so those are not counted here; P is 0 % in every unit, so the scale is unproved.
fn personal_store(sum: &Sum) -> Counted {
    Some((sum.raw.store, sum.raw.received))
}

/// 4.5, population data, dossiers. Source D: `TaiKhoanDuocXacThucVoiVNeID` = 1, or `DuocLayTuKhoDMQG`, or `MaCSDL` of the population
/// database / received. Open: that database's code is not published, so any counts.
fn population_dossiers(sum: &Sum) -> Counted {
    Some((sum.raw.population, sum.raw.received))
}

/// 4.5, population data, procedures. Source D: procedures with such a dossier / procedures for citizens. Open: no known list tells which
/// are for citizens, so until their number is entered those with a citizen's dossier in the period.
fn population_procedures(sum: &Sum, given: &Given) -> Counted {
    let (used, confirmed) = sum.citizen_procedures();
    Some((confirmed, given.citizen_procedures.unwrap_or(used)))
}

/// 5.4, satisfaction. Source D: 100 % − (share of late dossiers + share with complaint or dislike); P: numerator on time − complained.
/// Full from 90 %. Denominator and exclusions as 2.1. Open: complaints are entered, and count as none until then.
fn satisfaction(set: FormulaSet, sum: &Sum, given: &Given) -> Counted {
    let (on_time, all) = on_time(set, sum)?;
    Some((on_time.saturating_sub(given.complaints.unwrap_or_default()), all))
}

/// The part by which the mean time of dossiers online is shorter than that of dossiers in person (plans: 20 % in 2025, 30 % in 2026).
/// Nothing when it is not shorter. Numerator: seconds saved a dossier; denominator: the mean in person, in seconds.
fn online_faster(sum: &Sum) -> Value {
    let timing = &sum.timing;
    let mean = |seconds: u64, count: u64| seconds.checked_div(count);
    let online = mean(timing.online_seconds, timing.online_timed);
    let in_person = mean(timing.in_person_seconds, timing.in_person_timed);
    let Some((online, in_person)) = online.zip(in_person) else { return Value::default() };
    let saved = in_person.saturating_sub(online);
    let ratio = Exact::ratio(saved, in_person).map(Exact::percent);
    Value { numerator: saved, denominator: in_person, ratio, points: None }
}

/// Digitised at receipt (a plan: 100 %): dossiers with digitised papers whose copies were made by the end of the day of receipt /
/// received. Excluded: dossiers without a day of receipt. Open: the plan names no span, so it is the day; where the local system does
/// not tell when a copy was made, it counts as made at receipt.
fn digitised_at_receipt(sum: &Sum) -> (u64, u64) {
    (sum.raw.digitised_papers.saturating_sub(sum.raw.digitised_later), sum.raw.received)
}

/// Procedures with at least `least` dossiers online in the period / those with any (plans: 100 and 500 a year).
fn used(sum: &Sum, least: u64) -> (u64, u64) {
    let (online, enough) = sum.procedures_online(least);
    (enough, online)
}
