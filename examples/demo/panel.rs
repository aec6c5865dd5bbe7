//! The table on the terminal: how far each part of the work is, how long it takes, and what the portal does meanwhile.

use std::time::Duration;

use dongbo_ledger::{Layer, Overview};
use dongbo_model::{Lang, texts};
use mock_portal::Counters;

use crate::faults::Strikes;
use crate::output::{Tone, WIDTH, paint};
use crate::pace::{Pace, Reading};
use crate::plug::tenths;
use support::done;

/// Characters of a bar.
const BAR: u64 = 30;

texts! {
    looked_up(): "Đã tra cứu lại", "Looked up again";
    elapsed(span): "Đã chạy {span}", "Elapsed {span}";
    forecast(span): "Dự kiến gửi xong: {span} nữa", "Done in about {span}";
    forecast_unknown(): "Dự kiến gửi xong: đang tính", "Done in: reckoning";
    forecast_waits(): "Dự kiến gửi xong: chờ Cổng có điện lại", "Done in: once the portal has power again";
    whole(share): "Toàn bộ {share}", "All {share}";
    portal_out(): "Cổng: MẤT ĐIỆN. dongbo ngừng gửi, mười lần mỗi giây thử xem đã có lại chưa.", "Portal: NO POWER. dongbo sends nothing, and tries ten times a second.";
    portal_takes(calls, rate): "Cổng: {calls} lượt gọi, {rate} mỗi giây", "Portal: {calls} calls, {rate} a second";
    portal_waits(): "; dongbo ngừng gửi, chờ Cổng hồi lại", "; sending stopped, the portal is probed";
    held(many): "; chờ cán bộ xem: {many}", "; for a person: {many}";
    strikes(many): "Sự cố: {many}. Lúc này: ", "Faults: {many}. Now: ";
    calm(): "không", "none";
}

/// Everything that is shown at one moment.
pub(crate) struct Scene<'a> {
    pub(crate) overview: &'a Overview,
    pub(crate) counters: &'a Counters,
    /// Whether dongbo sends.
    pub(crate) sends: bool,
    /// Whether the portal is without power.
    pub(crate) is_out: bool,
}

impl Scene<'_> {
    /// The rows of the table: a name, and how many dossiers have got so far.
    pub(crate) fn rows(&self, lang: Lang) -> Vec<(String, u64)> {
        let mut rows: Vec<(String, u64)> = Layer::ALL
            .iter()
            .map(|&layer| (layer.text(lang).to_owned(), done(self.overview, layer)))
            .collect();
        let present = done(self.overview, Layer::Presence);
        rows.push((looked_up(lang), present.saturating_sub(self.overview.to_verify)));
        rows
    }

    /// The counters of the pace.
    pub(crate) fn reading(&self, lang: Lang) -> Reading {
        let rows = self.rows(lang);
        Reading {
            done: rows.iter().map(|(_, many)| many).sum(),
            whole: rows.iter().map(|_| self.overview.dossiers).sum(),
            calls: self.counters.calls.values().sum(),
        }
    }

    /// The lines on a terminal.
    pub(crate) fn lines(
        &self,
        lang: Lang,
        took: Duration,
        pace: &Pace,
        strikes_now: &Strikes,
    ) -> Vec<String> {
        let total = self.overview.dossiers;
        let reading = self.reading(lang);
        let mut lines = vec![String::new()];
        let head = format!(
            "{:<18}{:<22}{}",
            whole(lang, lang.percent(reading.done, reading.whole)),
            elapsed(lang, tenths(lang, took)),
            self.forecast(lang, pace),
        );
        lines.push(paint(Tone::Strong, head.trim_end()));
        for (name, many) in self.rows(lang) {
            let share = lang.percent(many, total);
            let of = format!("{}/{}", lang.count(many), lang.count(total));
            let tone = match () {
                () if self.is_out => Tone::Bad,
                () if many >= total => Tone::Good,
                () => Tone::Busy,
            };
            lines.push(paint(tone, &format!("{name:<17} {} {share:>8}  {of:>15}", bar(many, total))));
        }
        lines.push(self.portal(lang, pace));
        lines.push(self.faults(lang, strikes_now));
        lines
    }

    /// The line where there is no terminal.
    pub(crate) fn plain(&self, lang: Lang) -> String {
        let reading = self.reading(lang);
        let rows = self.rows(lang).into_iter().filter(|(_, many)| *many < self.overview.dossiers);
        let parts: Vec<String> =
            rows.map(|(name, many)| format!("{name} {}", lang.count(many))).take(3).collect();
        format!("{:>7}  {}", lang.percent(reading.done, reading.whole), parts.join(", "))
    }

    fn forecast(&self, lang: Lang, pace: &Pace) -> String {
        match pace.left() {
            _ if self.is_out => forecast_waits(lang),
            Some(left) => forecast(lang, lang.span(left.max(Duration::from_secs(1)))),
            None => forecast_unknown(lang),
        }
    }

    fn portal(&self, lang: Lang, pace: &Pace) -> String {
        if self.is_out {
            return paint(Tone::Bad, &portal_out(lang));
        }
        let calls = lang.count(self.counters.calls.values().sum());
        let mut line = portal_takes(lang, calls, lang.count(pace.calls()));
        if !self.sends {
            line.push_str(&portal_waits(lang));
        } else if self.overview.held > 0 {
            line.push_str(&held(lang, lang.dossiers(self.overview.held)));
        }
        if self.sends { line } else { paint(Tone::Busy, &line) }
    }

    fn faults(&self, lang: Lang, strikes_now: &Strikes) -> String {
        let head = strikes(lang, lang.count(self.counters.faults_by_kind.values().sum()));
        let told = strikes_now.told(lang, WIDTH.saturating_sub(head.chars().count()));
        if told.is_empty() { head + &calm(lang) } else { head + &paint(Tone::Busy, &told) }
    }
}

fn bar(part: u64, whole: u64) -> String {
    let full = (part.min(whole) * BAR).checked_div(whole).unwrap_or(0);
    (0..BAR).map(|place| if place < full { '█' } else { '░' }).collect()
}
