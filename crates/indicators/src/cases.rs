//! Edge cases of the formulas, as tables.

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use dongbo_model::{
    ApplicantKind, Cell, Channel, Ended, Facts, Fees, Month, OnlinePayment, Papers, Period, Results, Status,
    SubmissionPlace, Text,
};

use crate::calendar::tests::shipped;
use crate::{
    Clocks, Cutoff, Due, FormulaSet, Gap, GapReason, Given, Indicator, Limit, LimitUnit, Rules, Sides, Sum,
    Tally, Value, Verdict, value, verdict,
};

const AUGUST: Period = Period::Month(Month(2026 * 12 + 7));
const SETS: [FormulaSet; 3] = [FormulaSet::D202610, FormulaSet::P202609, FormulaSet::NDraft];

/// A moment in Vietnam: `2026-08-31T23:59:59`.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let local: NaiveDateTime = text.parse().unwrap();
    Ho_Chi_Minh.from_local_datetime(&local).unwrap().with_timezone(&Utc)
}

/// A dossier received on 3 August 2026 and due on the 10th, of which nothing else is known.
pub(crate) fn facts() -> Facts {
    Facts {
        unit: Text::new("H44.08"),
        procedure: Text::new("1.001193"),
        received_by: None,
        status: Status::InProcess,
        channel: None,
        submitted_to: None,
        applicant: ApplicantKind::Citizen,
        submitted_at: Some(at("2026-08-03T08:00:00")),
        received_at: Some(at("2026-08-03T09:00:00")),
        due_at: Some(at("2026-08-10T17:00:00")),
        finished_at: None,
        returned_at: None,
        ended: None,
        asked: 0,
        first_asked_at: None,
        waiting_since: None,
        waited: 0,
        vneid: None,
        digitised_flag: None,
        paid_online: None,
        fees: Fees::None,
        papers: Papers::default(),
        digitised_at: None,
        results: Results::default(),
        databases: false,
        officer: None,
    }
}

fn ended(text: &str) -> Option<Ended> {
    Some(Ended { status: Status::Processed, at: at(text) })
}

/// The sum of these dossiers over `period`, asked for long after it.
fn sum(dossiers: &[(Facts, Rules)], period: Period) -> Sum {
    let cutoff = Cutoff::of(period, at("2028-01-01T00:00:00"));
    let mut sum = Sum::of(period, cutoff);
    for (facts, rules) in dossiers {
        let cell: Cell = facts.cell();
        let mut tally = Tally::default();
        tally.count(facts, rules, &shipped(), cell.month);
        sum.add(&cell, &tally, rules);
    }
    sum
}

fn values(indicator: Indicator, set: FormulaSet, dossiers: &[(Facts, Rules)], given: &Given) -> Value {
    let sum = sum(dossiers, AUGUST);
    let received = sum.raw.received;
    let sides = Sides { shown: &sum, local_received: received, portal_received: received, period: AUGUST };
    value(indicator, set, &sides, given).unwrap()
}

/// Numerator and denominator over dossiers of one set of rules.
fn counted(indicator: Indicator, set: FormulaSet, dossiers: &[Facts]) -> (u64, u64) {
    let dossiers: Vec<_> = dossiers.iter().map(|facts| (facts.clone(), Rules::default())).collect();
    let value = values(indicator, set, &dossiers, &Given::default());
    (value.numerator, value.denominator)
}

fn judged(facts: &Facts, rules: &Rules) -> Verdict {
    verdict(facts, rules, &shipped(), Cutoff::of(AUGUST, at("2028-01-01T00:00:00")))
}

#[test]
fn a_zero_denominator_is_not_applicable_and_never_nought_or_a_hundred() {
    for set in SETS {
        for &indicator in Indicator::ALL {
            let sum = sum(&[], AUGUST);
            let sides = Sides { shown: &sum, local_received: 0, portal_received: 0, period: AUGUST };
            let value = value(indicator, set, &sides, &Given::default()).unwrap_or_default();
            assert_eq!((value.ratio, value.points), (None, None), "{} {}", indicator.name(), set.name());
        }
    }
}

#[test]
fn a_dossier_is_late_from_the_second_after_its_due_moment() {
    let rules = Rules::default();
    for (end, expected) in [
        ("2026-08-10T16:59:59", Verdict::OnTime),
        ("2026-08-10T17:00:00", Verdict::OnTime),
        ("2026-08-10T17:00:01", Verdict::Late),
    ] {
        assert_eq!(judged(&Facts { ended: ended(end), ..facts() }, &rules), expected, "{end}");
    }
}

#[test]
fn one_request_for_papers_ends_it_while_unanswered_and_two_make_it_late() {
    let rules = Rules::default();
    let asked = |asked, since: Option<&str>, waited, end: Option<&str>| Facts {
        asked,
        first_asked_at: since.map(at),
        waiting_since: since.map(at),
        waited,
        ended: end.and_then(ended),
        ..facts()
    };
    let day = 86_400;
    for (case, dossier, expected) in [
        ("asked in time, unanswered", asked(1, Some("2026-08-07T10:00:00"), 0, None), Verdict::OnTime),
        ("asked after the due day", asked(1, Some("2026-08-11T10:00:00"), 0, None), Verdict::Late),
        (
            "ended late, but waited for two days",
            asked(1, None, 2 * day, Some("2026-08-12T16:00:00")),
            Verdict::OnTime,
        ),
        ("ended later than it waited", asked(1, None, 2 * day, Some("2026-08-12T18:00:00")), Verdict::Late),
        ("asked twice, ended in time", asked(2, None, day, Some("2026-08-06T10:00:00")), Verdict::Late),
        ("asked twice, unanswered", asked(2, Some("2026-08-07T10:00:00"), 0, None), Verdict::Late),
    ] {
        assert_eq!(judged(&dossier, &rules), expected, "{case}");
    }
}

#[test]
fn without_a_due_day_the_limit_of_the_procedure_counts() {
    let limit = |count, unit| Rules { limit: Some(Limit { count, unit }), ..Rules::default() };
    let ends = |text: &str, waited| Facts { due_at: None, ended: ended(text), waited, asked: 1, ..facts() };
    let (days, working, hours) = (LimitUnit::Days, LimitUnit::WorkingDays, LimitUnit::Hours);
    for (case, rules, dossier, expected) in [
        ("3 days", limit(3, days), ends("2026-08-06T09:00:00", 0), Verdict::OnTime),
        ("a second more", limit(3, days), ends("2026-08-06T09:00:01", 0), Verdict::Late),
        ("an hour waited", limit(3, days), ends("2026-08-06T10:00:00", 3_600), Verdict::OnTime),
        ("a weekend between", limit(5, working), ends("2026-08-10T09:00:00", 0), Verdict::OnTime),
        ("and more", limit(4, working), ends("2026-08-10T09:00:00", 0), Verdict::Late),
        ("hours", limit(4, hours), ends("2026-08-03T13:00:00", 0), Verdict::OnTime),
        ("neither", Rules::default(), ends("2026-08-03T13:00:00", 0), Verdict::Unknown),
    ] {
        assert_eq!(judged(&dossier, &rules), expected, "{case}");
    }
}

#[test]
fn what_has_not_ended_is_judged_by_the_last_day_of_the_period_and_by_today_while_it_lasts() {
    let due = |text: &str| Facts { due_at: Some(at(text)), ..facts() };
    let rules = Rules::default();
    assert_eq!(judged(&due("2026-08-31T08:00:00"), &rules), Verdict::Running);
    assert_eq!(judged(&due("2026-08-30T17:00:00"), &rules), Verdict::Late);
    let today = Cutoff::of(AUGUST, at("2026-08-20T08:00:00"));
    assert_eq!(verdict(&due("2026-08-20T07:00:00"), &rules, &shipped(), today), Verdict::Running);
    let (d, p) = (FormulaSet::D202610, FormulaSet::P202609);
    let open = [due("2026-09-01T17:00:00")];
    assert_eq!(counted(Indicator::OnTime, d, &open), (1, 1));
    assert_eq!(counted(Indicator::OnTime, p, &open), (0, 1), "published numbers count only what has ended");
}

#[test]
fn what_ended_after_the_period_had_not_ended_in_it() {
    let later = |due: &str| Facts { due_at: Some(at(due)), ended: ended("2026-09-02T10:00:00"), ..facts() };
    let (d, p) = (FormulaSet::D202610, FormulaSet::P202609);
    let (in_time, late) = ([later("2026-09-03T17:00:00")], [later("2026-08-20T17:00:00")]);
    assert_eq!(
        (counted(Indicator::OnTime, d, &in_time), counted(Indicator::OnTime, d, &late)),
        ((1, 1), (0, 1))
    );
    assert_eq!(counted(Indicator::OnTime, p, &in_time), (0, 1));
    assert_eq!(counted(Indicator::MeanTime, p, &in_time), (0, 0));
    let september =
        sum(&[(later("2026-09-03T17:00:00"), Rules::default())], Period::Month(Month(2026 * 12 + 8)));
    assert_eq!(
        (september.raw.received, september.timing.carried_on_time, september.timing.carried),
        (0, 1, 1)
    );
}

#[test]
fn a_dossier_withdrawn_before_it_was_accepted_counts_for_nothing() {
    let withdrawn = Facts { received_at: None, due_at: None, status: Status::Withdrawn, ..facts() };
    for &indicator in Indicator::ALL.iter().filter(|indicator| !matches!(indicator, Indicator::ServicesUsed))
    {
        let sum = sum(&[(withdrawn.clone(), Rules::default())], AUGUST);
        let sides = Sides { shown: &sum, local_received: 0, portal_received: 0, period: AUGUST };
        for set in SETS {
            let value = value(indicator, set, &sides, &Given::default()).unwrap_or_default();
            assert_eq!((value.numerator, value.denominator), (0, 0), "{}", indicator.name());
        }
    }
}

#[test]
fn a_fee_list_of_zeros_is_no_obligation_to_pay() {
    let fee = Rules { has_fee: Some(true), ..Rules::default() };
    let pays = |fees, paid_online| (Facts { fees, paid_online, ..facts() }, fee);
    let dossiers = [
        pays(Fees::AllZero, Some(OnlinePayment::None)),
        pays(Fees::Owed, Some(OnlinePayment::National)),
        pays(Fees::Owed, Some(OnlinePayment::Local)),
        pays(Fees::Owed, Some(OnlinePayment::Unpaid)),
        pays(Fees::None, None),
    ];
    let paid = values(Indicator::PaidOnline, FormulaSet::P202609, &dossiers, &Given::default());
    assert_eq!(
        (paid.numerator, paid.denominator, paid.ratio.unwrap().to_string()),
        (2, 4, "50.00".to_owned())
    );
    let free = [(Facts { fees: Fees::Owed, ..facts() }, Rules { has_fee: Some(false), ..Rules::default() })];
    assert_eq!(values(Indicator::PaidOnline, FormulaSet::P202609, &free, &Given::default()).denominator, 0);
}

#[test]
fn a_linked_dossier_counts_once_at_the_unit_that_handles_it() {
    let linked = Facts { received_by: Some(Text::new("H44.01")), ..facts() };
    assert_eq!(linked.cell().agency, "H44.08");
    assert_eq!(counted(Indicator::OnTime, FormulaSet::P202609, &[linked]).1, 1);
}

#[test]
fn the_last_second_of_a_month_belongs_to_it_in_vietnam() {
    let received = |text: &str| Facts { received_at: Some(at(text)), ..facts() };
    let all =
        [received("2026-08-31T23:59:59"), received("2026-09-01T00:00:00"), received("2026-07-31T23:59:59")];
    assert_eq!(counted(Indicator::PersonalStore, FormulaSet::P202609, &all), (0, 1));
}

#[test]
fn a_correction_after_the_month_changes_its_numbers() {
    let month = |dossier: Facts| counted(Indicator::OnTime, FormulaSet::P202609, &[dossier]);
    let wrong = Facts { ended: ended("2026-08-12T10:00:00"), ..facts() };
    assert_eq!(month(wrong.clone()), (0, 1));
    assert_eq!(month(Facts { ended: ended("2026-08-10T10:00:00"), ..wrong }), (1, 1));
}

#[test]
fn online_without_a_result_is_in_no_published_channel() {
    let online = |results| Facts { channel: Some(Channel::Online), results, ..facts() };
    let coded = Results { any: true, any_with_link: true, any_with_link_and_code: true };
    let all = [
        online(coded),
        online(Results { any_with_link_and_code: false, ..coded }),
        Facts { channel: Some(Channel::InPerson), ..facts() },
        facts(),
        Facts { channel: Some(Channel::Post), ..facts() },
    ];
    assert_eq!(counted(Indicator::OnlineShare, FormulaSet::P202609, &all), (1, 4));
    assert_eq!(counted(Indicator::OnlineShare, FormulaSet::D202610, &all), (1, 5));
    let no_paper = Rules { returns_paper: Some(false), ..Rules::default() };
    let dossiers: Vec<_> = all.iter().map(|facts| (facts.clone(), no_paper)).collect();
    let share = values(Indicator::OnlineShare, FormulaSet::D202610, &dossiers, &Given::default());
    let shown = (share.numerator, share.ratio.unwrap().to_string(), share.points.unwrap().to_string());
    assert_eq!(shown, (2, "56.00".to_owned(), "3.36".to_owned()), "times 1.4");
}

#[test]
fn papers_and_results_count_by_their_marks() {
    let papers = Papers {
        any: true,
        any_with_file: true,
        any_digitised: true,
        any_reused: false,
        any_from_store: true,
    };
    let linked = Results { any: true, any_with_link: true, any_with_link_and_code: false };
    let all = [
        Facts { papers, results: linked, ..facts() },
        Facts { papers, submitted_to: Some(SubmissionPlace::National), ..facts() },
        Facts { digitised_flag: Some(true), results: linked, ..facts() },
        Facts { papers: Papers { any_reused: true, ..Papers::default() }, vneid: Some(true), ..facts() },
    ];
    let (d, p) = (FormulaSet::D202610, FormulaSet::P202609);
    for (indicator, set, expected) in [
        (Indicator::ElectronicResult, p, (2, 4)),
        (Indicator::ElectronicResult, d, (2, 4)),
        (Indicator::Digitised, p, (1, 4)),
        (Indicator::Reused, p, (1, 4)),
        (Indicator::Reused, d, (3, 4)),
        (Indicator::ReusedByFlag, p, (1, 4)),
        (Indicator::ReusedByPaper, p, (2, 4)),
        (Indicator::PersonalStore, p, (2, 4)),
        (Indicator::PopulationDossiers, p, (3, 4)),
        (Indicator::PopulationProcedures, p, (1, 1)),
        (Indicator::DigitisedAtReceipt, p, (3, 4)),
    ] {
        assert_eq!(counted(indicator, set, &all), expected, "{} {}", indicator.name(), set.name());
    }
}

#[test]
fn a_copy_made_after_the_day_of_receipt_is_not_digitised_at_receipt() {
    let papers = Papers { any: true, any_digitised: true, ..Papers::default() };
    let copied = |text: &str| Facts { papers, digitised_at: Some(at(text)), ..facts() };
    let all = [
        copied("2026-08-03T08:30:00"),
        copied("2026-08-03T23:59:59"),
        copied("2026-08-04T00:00:00"),
        Facts { papers, ..facts() },
        facts(),
    ];
    let share = counted(Indicator::DigitisedAtReceipt, FormulaSet::P202609, &all);
    assert_eq!(share, (3, 5), "a moment that is not known is taken for the receipt");
}

#[test]
fn the_denominator_of_1_4_is_chosen_as_each_set_says() {
    let (local, portal) = (200, 150);
    let share = |set, period, portal, given: Given| {
        let sum = sum(&[], period);
        let sides = Sides { shown: &sum, local_received: local, portal_received: portal, period };
        value(Indicator::Synchronised, set, &sides, &given).map(|value| (value.numerator, value.denominator))
    };
    let (d, p) = (FormulaSet::D202610, FormulaSet::P202609);
    let given = Given { reported: Some(180), last_year: Some(1_200), ..Given::default() };
    assert_eq!(share(p, AUGUST, portal, given), Some((150, 200)));
    assert_eq!(share(d, AUGUST, portal, given), Some((150, 180)));
    assert_eq!(share(d, AUGUST, portal, Given { reported: Some(120), ..given }), Some((150, 150)));
    let none = Given { reported: None, ..given };
    assert_eq!(share(d, AUGUST, 0, none), Some((0, 100)));
    assert_eq!(share(d, Period::Quarter(2026, 3), 0, none), Some((0, 300)));
    assert_eq!(share(d, Period::Year(2026), 0, none), Some((0, 1_200)));
    assert_eq!(share(d, AUGUST, 0, Given::default()), Some((0, 0)));
}

#[test]
fn every_reason_for_a_false_verdict_is_found_and_its_counterpart_too() {
    let done = Facts { status: Status::Processed, ended: ended("2026-08-10T10:00:00"), ..facts() };
    let gap = |local: &Facts, portal: &Facts| {
        Gap::between(
            local,
            Some(portal),
            &Rules::default(),
            &shipped(),
            Cutoff::of(AUGUST, at("2027-01-01T00:00:00")),
        )
    };
    let waited = Facts { asked: 1, waited: 5 * 86_400, ended: ended("2026-08-14T10:00:00"), ..done.clone() };
    for (reason, local, portal) in [
        (GapReason::Due, &done, Facts { due_at: Some(at("2026-08-05T17:00:00")), ..done.clone() }),
        (GapReason::EndMissing, &done, Facts { ended: None, ..done.clone() }),
        (GapReason::StatusBehind, &done, Facts { ended: None, status: Status::InProcess, ..done.clone() }),
        (GapReason::EndBySending, &done, Facts { ended: ended("2026-08-12T10:00:00"), ..done.clone() }),
        (GapReason::Supplements, &waited, Facts { asked: 0, waited: 0, ..waited.clone() }),
        (
            GapReason::Several,
            &waited,
            Facts {
                asked: 0,
                waited: 0,
                due_at: Some(at("2026-08-06T17:00:00")),
                ended: None,
                ..waited.clone()
            },
        ),
    ] {
        let gap = gap(local, &portal);
        assert_eq!((gap.reason, gap.is_falsely_late()), (Some(reason), true), "{reason:?}");
    }
    let late = Facts { ended: ended("2026-08-12T10:00:00"), ..done.clone() };
    let early = gap(&late, &done);
    assert_eq!((early.reason, early.is_falsely_on_time()), (Some(GapReason::EndEarlier), true));
    let in_step = gap(&late, &late);
    assert_eq!((in_step.reason, in_step.is_falsely_late()), (None, false));
    let absent = Gap::between(
        &done,
        None,
        &Rules::default(),
        &shipped(),
        Cutoff::of(AUGUST, at("2027-01-01T00:00:00")),
    );
    let expected = (None, Some(GapReason::NotThere), false);
    assert_eq!((absent.portal, absent.reason, absent.is_falsely_late()), expected);
    let undated = gap(&done, &Facts { due_at: None, ..done.clone() });
    assert_eq!((undated.portal, undated.reason), (Some(Verdict::Unknown), Some(GapReason::Due)));
}

#[test]
fn clocks_run_by_working_time() {
    let clocks = |facts: &Facts, now: &str| Clocks::of(facts, &Rules::default(), &shipped(), at(now));
    let registered = Facts {
        status: Status::Registered,
        submitted_at: Some(at("2026-08-07T15:00:00")),
        received_at: None,
        due_at: None,
        ..facts()
    };
    assert!(!clocks(&registered, "2026-08-10T15:00:00").acceptance_late, "8 hours over a weekend");
    assert!(clocks(&registered, "2026-08-10T15:00:01").acceptance_late);
    for (now, due) in [
        ("2026-08-04T08:00:00", None),
        ("2026-08-05T08:00:00", Some(Due::Near)),
        ("2026-08-07T08:00:00", Some(Due::Tomorrow)),
        ("2026-08-10T08:00:00", Some(Due::Today)),
        ("2026-08-10T17:00:01", Some(Due::Overdue)),
    ] {
        assert_eq!(clocks(&facts(), now).due, due, "{now}");
    }
    let waiting = Facts { asked: 1, waiting_since: Some(at("2026-08-05T08:00:00")), ..facts() };
    assert!(!clocks(&waiting, "2026-08-20T08:00:00").rings(), "the citizen's time");
    assert!(clocks(&Facts { asked: 2, ..facts() }, "2026-08-04T08:00:00").asked_again);
    assert!(
        !clocks(&Facts { asked: 2, ended: ended("2026-08-04T08:00:00"), ..facts() }, "2026-08-04T09:00:00")
            .rings()
    );
}
