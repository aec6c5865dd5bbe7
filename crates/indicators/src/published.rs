//! The scores of the portal's six published groups, from the numerators and denominators that it publishes.
//!
//! Source: P, Phú Thọ, every unit, August 2026; reproduced within 0.015 points (`tests/data/published-2026-08.csv`).

use dongbo_model::vocabulary;

use crate::exact::{Exact, Hundredths};

vocabulary! {
    /// A group of the published score, by its code in `radar`.
    pub enum Group
    texts {
        /// Its name.
        text
    }
    columns {
        /// The points that it gives at most.
        points: u32,
    }
    {
        /// Disclosure.
        Disclosure = "CKMB", ["Công khai, minh bạch", "disclosure"] => 18;
        /// Progress.
        Progress = "TDGQ", ["Tiến độ giải quyết", "progress"] => 20;
        /// Online service.
        OnlineService = "ONLINE_SERVICE", ["Cung cấp dịch vụ trực tuyến", "online service"] => 12;
        /// Online payment.
        Payment = "TTTT", ["Thanh toán trực tuyến", "online payment"] => 10;
        /// Satisfaction.
        Satisfaction = "MDHL", ["Mức độ hài lòng", "satisfaction"] => 18;
        /// Digitisation.
        Digitisation = "MDSH", ["Mức độ số hóa", "digitisation"] => 22;
    }
}

/// How a metric with a numerator and a denominator becomes points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale {
    points: u32,
    full_from: u32,
    /// The points of a metric whose denominator is 0.
    of_nothing: Option<u32>,
}

/// The points of the metric `code` of the groups of disclosure, satisfaction and digitisation; `None` when it has none, because nothing
/// was counted or the code is not known.
///
/// Disclosure: max × ratio. Digitisation: max × ratio, `REUSED_DIGITIZED_DATA` full from 80 %; 0/0 gives none (the scale of
/// `SYNCED_WITH_DVCQG_PERSONAL_STORAGE` is unproved: 0 % everywhere). Satisfaction: `DOSSIER_RECEIVING_SATISFACTION` full from 90 %, 0 when
/// nobody answered; the petition metrics 6 × ratio, and 6 when there was no petition.
#[must_use]
pub fn metric_points(code: &str, numerator: u64, denominator: u64) -> Option<Hundredths> {
    let scale = |points, full_from, of_nothing| Scale { points, full_from, of_nothing };
    let scale = match code {
        "PUBLISH_ON_TIME" | "DOSSIER_SYNC" | "ORIGINAL_RESULT_AVAILABLE" => scale(6, 100, None),
        "PUBLIC_UPDATE_ON_TIME" | "SO_HOA_GIAY_TO_GIAI_QUYET" | "SYNCED_WITH_DVCQG_PERSONAL_STORAGE" => {
            scale(4, 100, None)
        }
        "PUBLIC_CONTENT_FULL"
        | "CITIZEN_DATA_CONNECTED_DOSSIER"
        | "CITIZEN_DATA_CONNECTED_FORMALITY"
        | "ELECTRONIC_CERTIFIED_COPY" => scale(2, 100, None),
        "REUSED_DIGITIZED_DATA" => scale(2, 80, None),
        "DOSSIER_RECEIVING_SATISFACTION" => scale(6, 90, Some(0)),
        "PETITION_PROCESSING_ON_TIME" | "PETITION_HANDLING_SATISFACTION" => scale(6, 100, Some(6)),
        _ => return None,
    };
    match denominator {
        0 => scale.of_nothing.map(|points| Hundredths(points * 100)),
        _ => Exact::ratio(numerator, denominator)
            .map(|ratio| share(ratio, scale.points, scale.full_from).hundredths()),
    }
}

/// `points` × `ratio`, all of them from `full_from` percent.
fn share(ratio: Exact, points: u32, full_from: u32) -> Exact {
    ratio.times(points, 1).times(100, full_from).at_most(points)
}

/// Progress: 20 × `totalOnTime` / `totalReceived`; `None` when none was received.
#[must_use]
pub fn progress(on_time: u64, received: u64) -> Option<Hundredths> {
    Exact::ratio(on_time, received).map(|ratio| share(ratio, 20, 100).hundredths())
}

/// The published counts of online service, by their names there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OnlineService {
    /// `authorityCount`.
    pub authority: u64,
    /// `partialCount`.
    pub partial: u64,
    /// `fullCount`.
    pub full: u64,
    /// `onlineDossierCount`.
    pub with_dossiers: u64,
    /// `onlineServiceTotal`.
    pub services: u64,
    /// `channelOnlineSum`.
    pub channel_online: u64,
    /// `channelTotalSum`.
    pub channel_total: u64,
}

/// Online service: min(2, 2A/0.80) + 4B + min(6, 6C/0.50), with A = (partial + full) / authority, B = onlineDossierCount /
/// onlineServiceTotal, C = channelOnlineSum / channelTotalSum. A part with a zero denominator gives nothing.
#[must_use]
pub fn online_service(counts: &OnlineService) -> Hundredths {
    let OnlineService { authority, partial, full, with_dossiers, services, channel_online, channel_total } =
        *counts;
    let part = |numerator, denominator| Exact::ratio(numerator, denominator).unwrap_or(Exact::ZERO);
    let live = share(part(partial.saturating_add(full), authority), 2, 80);
    let used = share(part(with_dossiers, services), 4, 100);
    live.plus(used).plus(share(part(channel_online, channel_total), 6, 50)).hundredths()
}

/// The published counts of online payment, by their names there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Payment {
    /// `totalDossierOnlinePaymentSuccess`.
    pub paid_online: u64,
    /// `totalDossierFinancialObligation`.
    pub to_pay: u64,
    /// `totalDossierOnlineFormalityPaymentSuccess`.
    pub procedures_paid: u64,
    /// `totalFeeDossierFormality`.
    pub procedures_with_fee_sent: u64,
    /// `totalFeeFormality`.
    pub procedures_with_fee: u64,
}

/// Online payment: 6A + min(2, 2.5B) + 2.5C, with A = paid_online / to_pay, B = procedures_paid / procedures_with_fee, C =
/// procedures_with_fee_sent / procedures_with_fee; a zero denominator gives 0. Open: published answers stay below 80 % for C, so nothing
/// shows whether it stops at 2 points there, as D says; here it goes on, and the group stops at its 10.
#[must_use]
pub fn payment(counts: &Payment) -> Hundredths {
    let Payment { paid_online, to_pay, procedures_paid, procedures_with_fee_sent, procedures_with_fee } =
        *counts;
    let part = |numerator, denominator| Exact::ratio(numerator, denominator).unwrap_or(Exact::ZERO);
    let paid = share(part(paid_online, to_pay), 6, 100);
    let procedures = share(part(procedures_paid, procedures_with_fee), 2, 80);
    let sent = part(procedures_with_fee_sent, procedures_with_fee).at_most(1).times(5, 2);
    paid.plus(procedures).plus(sent).at_most(Group::Payment.points()).hundredths()
}

#[cfg(test)]
mod tests {
    use super::{OnlineService, Payment, metric_points, online_service, payment, progress};
    use crate::exact::Hundredths;

    /// Published numerators, denominators and points: Phú Thọ and its communes, August 2026, from the portal's evaluation API.
    const PUBLISHED: &str = include_str!("../tests/data/published-2026-08.csv");

    #[test]
    fn every_published_row_comes_out_within_fifteen_thousandths_of_a_point() {
        let mut rows = 0;
        for row in PUBLISHED.lines().skip(1) {
            let [unit, metric, numerator, denominator, ratio, score, _] =
                row.split(',').collect::<Vec<_>>().try_into().unwrap();
            let (numerator, denominator) = (numerator.parse().unwrap(), denominator.parse().unwrap());
            let ours = match metric {
                "PROGRESS" => progress(numerator, denominator),
                code => metric_points(code, numerator, denominator),
            };
            let near = |ours: Option<Hundredths>, theirs: &str| match Hundredths::parse(theirs) {
                None => ours.is_none() && theirs.is_empty(),
                // Of hundredths all that lie within 0.015 are the same one and its neighbours.
                Some(theirs) => ours.is_some_and(|ours| ours.0.abs_diff(theirs.0) <= 1),
            };
            assert!(near(ours, score), "{unit} {metric}: {score} is published, {ours:?} computed");
            let percent = crate::Exact::ratio(numerator, denominator).map(crate::Exact::percent);
            assert!(near(percent, ratio), "{unit} {metric}: {ratio} % is published, {percent:?} computed");
            rows += 1;
        }
        assert_eq!(rows, 39);
    }

    #[test]
    fn online_service_comes_out_as_published() {
        let counts = OnlineService {
            authority: 56,
            partial: 31,
            full: 21,
            with_dossiers: 406,
            services: 1_968,
            channel_online: 150_956,
            channel_total: 152_595,
        };
        assert_eq!(online_service(&counts).to_string(), "8.83");
        assert_eq!(online_service(&OnlineService::default()), Hundredths(0));
    }

    #[test]
    fn no_group_gives_more_than_it_has() {
        let all = Payment {
            paid_online: 9,
            to_pay: 9,
            procedures_paid: 4,
            procedures_with_fee_sent: 4,
            procedures_with_fee: 4,
        };
        assert_eq!(payment(&all), Hundredths(1_000));
        assert_eq!(payment(&Payment { to_pay: 0, ..all }), Hundredths(450));
        assert_eq!(progress(7, 5), Some(Hundredths(2_000)), "published counts may contradict each other");
    }

    #[test]
    fn nothing_counted_is_no_score_but_where_the_portal_says_what_it_is() {
        assert_eq!(progress(0, 0), None);
        for (code, points) in [
            ("REUSED_DIGITIZED_DATA", None),
            ("DOSSIER_RECEIVING_SATISFACTION", Some(0)),
            ("PETITION_PROCESSING_ON_TIME", Some(600)),
            ("SOMETHING_NEW", None),
        ] {
            assert_eq!(metric_points(code, 0, 0), points.map(Hundredths), "{code}");
        }
        assert_eq!(metric_points("DOSSIER_RECEIVING_SATISFACTION", 9, 10), Some(Hundredths(600)));
        assert_eq!(metric_points("REUSED_DIGITIZED_DATA", 4, 10), Some(Hundredths(100)));
    }
}
