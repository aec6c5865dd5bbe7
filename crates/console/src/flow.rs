//! Today's acceptances of the portal, hour by hour, and their chart.

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use maud::{Markup, html};

use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::{Lang, texts};

/// Hours of a day; Vietnam changes no clocks.
const HOURS: usize = 24;
/// Width and height of the chart, and the room under its bars.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 200;
const FOOT: u64 = 24;

texts! {
    told(many, hour): "Hôm nay Cổng đã nhận thay đổi của {many}; nhiều nhất lúc {hour} giờ.", "Today the portal accepted changes of {many}, most of them from {hour}:00 on.";
    nothing_yet(): "Hôm nay Cổng chưa nhận thay đổi nào.", "Today the portal has accepted no change yet.";
    first_day(at): "dongbo theo dõi một cửa từ {at} hôm nay: chỉ tính thay đổi từ lúc đó; hồ sơ có sẵn từ trước được gửi bù, không tính ở đây.", "dongbo has followed the local database since {at} today: only changes since then are counted; what was there before is sent as well and not counted here.";
    not_followed(): "dongbo chưa theo dõi một cửa, nên chưa có số liệu.", "dongbo does not follow the local database yet, so there are no numbers.";
    as_table(): "Xem dạng bảng", "As a table";
    head_hour(): "Giờ", "Hour";
    head_many(): "Hồ sơ", "Dossiers";
    caption(): "Hồ sơ theo giờ Cổng nhận thay đổi mới nhất", "Dossiers by the hour in which the portal accepted their newest change";
    bar_told(hour, many): "{hour} giờ: {many}", "{hour}:00: {many}";
    not_known(): "chưa theo dõi", "not followed";
}

/// The dossiers whose newest change was accepted today, by hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Each hour up to the present one; `None` for those before dongbo followed the local system.
    hours: Vec<Option<u64>>,
    /// When dongbo began to follow the local system, where that was today.
    began: Option<DateTime<Utc>>,
}

impl Flow {
    /// The day of `now` in Vietnam, of one unit or of all.
    pub(crate) async fn read(
        ledger: &Ledger,
        unit: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Self, LedgerError> {
        let midnight = midnight_before(now);
        let hour = TimeDelta::hours(1);
        let day = (midnight, midnight + TimeDelta::days(1));
        let accepted = ledger.accepted_by_time(day, hour, unit).await?;
        let since = ledger.following_since().await?;
        let passed = usize::try_from(now.with_timezone(&Ho_Chi_Minh).hour()).unwrap_or_default();
        let hours = (0..=passed).zip(0_i32..).map(|(place, number)| {
            let ends = midnight + hour * (number + 1);
            let followed = since.is_some_and(|since| since < ends);
            followed.then(|| accepted.get(&place).copied().unwrap_or_default())
        });
        Ok(Self { hours: hours.collect(), began: since.filter(|since| *since > midnight) })
    }

    fn sum(&self) -> u64 {
        self.hours.iter().flatten().sum()
    }

    /// The chart in a sentence.
    fn told(&self, lang: Lang) -> String {
        let most = self.hours.iter().enumerate().rev().max_by_key(|(_, many)| **many);
        match (self.sum(), most) {
            _ if self.hours.iter().all(Option::is_none) => not_followed(lang),
            (0, _) | (_, None) => nothing_yet(lang),
            (sum, Some((hour, _))) => told(lang, lang.dossiers(sum), hour),
        }
    }

    /// The chart, with its numbers for those who read them.
    pub(crate) fn chart(&self, lang: Lang) -> Markup {
        let words = self.told(lang);
        html! {
            p { (words) }
            @if let Some(began) = self.began { p.note { (first_day(lang, lang.moment(began))) } }
            svg.flow viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(words) { (self.bars(lang)) }
            details {
                summary { (as_table(lang)) }
                table {
                    caption { (caption(lang)) }
                    thead { tr { th scope="col" class="n" { (head_hour(lang)) } th scope="col" class="n" { (head_many(lang)) } } }
                    tbody { @for (hour, many) in self.hours.iter().enumerate() {
                        tr {
                            th scope="row" class="n" { (hour) }
                            td.n { @match many {
                                Some(many) => { (lang.count(*many)) }
                                None => { span.unknown { (not_known(lang)) } }
                            } }
                        }
                    } }
                }
            }
        }
    }

    fn bars(&self, lang: Lang) -> Markup {
        let most = self.hours.iter().flatten().copied().max().unwrap_or_default().max(1);
        let step = WIDTH / 24;
        let room = HEIGHT - FOOT - 18;
        let bar = |place: usize, many: Option<u64>| {
            let left = u64::try_from(place).unwrap_or_default() * step;
            let high = many.map_or(room, |many| many.saturating_mul(room) / most);
            let high = if many.is_some_and(|many| many > 0) { high.max(2) } else { high };
            (left + 4, HEIGHT - FOOT - high, high)
        };
        html! {
            line.axis x1="0" x2=(WIDTH) y1=(HEIGHT - FOOT) y2=(HEIGHT - FOOT) {}
            @for (place, many) in self.hours.iter().enumerate() {
                @let (x, y, high) = bar(place, *many);
                rect.(if many.is_some() { "sent" } else { "unknown" }) x=(x) y=(y) width=(step - 8) height=(high) rx="3" {
                    title { (bar_told(lang, place, many.map_or_else(|| not_known(lang), |many| lang.count(many)))) }
                }
                @if let Some(many) = many.filter(|many| *many > 0) {
                    text.value x=(x + step / 2 - 4) y=(y.saturating_sub(5)) { (lang.count(many)) }
                }
            }
            @for hour in (0..HOURS).step_by(3) {
                text.hour x=(bar(hour, Some(0)).0 + step / 2 - 4) y=(HEIGHT - 6) { (hour) }
            }
        }
    }
}

/// The midnight in Vietnam at which the day of `now` began.
fn midnight_before(now: DateTime<Utc>) -> DateTime<Utc> {
    let local = now.with_timezone(&Ho_Chi_Minh);
    let midnight = local.date_naive().and_time(NaiveTime::MIN).and_local_timezone(Ho_Chi_Minh).earliest();
    midnight.map_or(now, |midnight| midnight.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::{Flow, midnight_before};
    use dongbo_model::Lang;

    #[test]
    fn the_day_begins_at_midnight_in_vietnam() {
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(midnight_before(at("2026-11-30T16:59:59Z")), at("2026-11-29T17:00:00Z"));
        assert_eq!(midnight_before(at("2026-11-30T17:00:00Z")), at("2026-11-30T17:00:00Z"));
    }

    #[test]
    fn hours_before_dongbo_followed_are_not_nothing() {
        let flow = Flow { hours: vec![None, Some(0), Some(12_000), Some(3)], began: None };
        let chart = flow.chart(Lang::En).into_string();
        assert!(chart.contains("accepted changes of 12,003 dossiers, most of them from 2:00 on"), "{chart}");
        assert_eq!(chart.matches("not followed").count(), 2, "in the bar and in the table: {chart}");
        let unknown = Flow { hours: vec![None], began: None }.chart(Lang::Vi).into_string();
        assert!(unknown.contains("chưa có số liệu") && !unknown.contains("chưa nhận thay đổi nào"));
    }
}
