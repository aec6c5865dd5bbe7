//! The words of messages.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use crate::alert::{Alert, AlertKind};
use crate::bulletin::{Bulletin, Held, Numbers, Score};
use crate::message::{Line, Message, Occasion, Section};
use crate::settings::Settings;
use dongbo_indicators::Ring;
use dongbo_model::{Lang, Owner, shell, texts};
use dongbo_portal::UnitScore;
use dongbo_sync::health::{Health, Standing};
use dongbo_sync::telling::held_list;

/// Most causes that are named one by one.
const MOST_CAUSES: usize = 30;
/// Rows that commands show without being asked for more: of what is held, and of the indicators.
const HELD_ROWS: u64 = 100;
const INDICATOR_ROWS: u64 = 50;

texts! {
    bulletin_of(title, at, verdict): "[{title}] {at}: {verdict}", "[{title}] {at}: {verdict}";
    alert_of(title, what): "[{title}] {what}", "[{title}] {what}";
    over_of(what): "Đã hết: {what}", "Over: {what}";
    and_more(what, many): "{what} (+{many})", "{what} (+{many})";
    tried(): "Thử đường báo tin", "A test of this way";
    test_line(way): "Đường báo tin {way} hoạt động. Không phải làm gì.", "The way {way} works. Nothing is to be done.";
    verdict(): "Tình trạng", "How things stand";
    to_do(): "Việc cần người xử lý", "For a person";
    raised(): "Cần xử lý", "To be acted on";
    over(): "Đã hết", "Over";
    whose(remedy, owner): "{remedy} ({owner})", "{remedy} ({owner})";
    since(at): "từ {at}", "since {at}";
    until(from, to): "từ {from} đến {to}", "from {from} to {to}";
    times(many): "{many} lần trong thời gian này", "{many} times in this time";
    held(): "Bị giữ, theo nguyên nhân", "Held, by cause";
    many_of(what, many): "{what}: {many}", "{what}: {many}";
    more_causes(many): "và {many} nguyên nhân nữa", "and {many} more causes";
    clocks(): "Hạn xử lý", "Due days";
    figures(): "Chỉ số", "Indicators";
    falsely_late(period): "Trễ hạn ảo trong {period}: một cửa đúng hạn, Cổng tính trễ", "Falsely late in {period}: locally on time, on the portal late";
    score(topic, period, total): "{topic}, {period}: {total} điểm", "{topic}, {period}: {total} points";
    change(delta): "so với kỳ trước {delta}", "against the period before {delta}";
    rank(place): "xếp thứ {place}", "place {place}";
    jobs(): "Việc đã làm", "Work done";
    compared(at, looked, differ): "Đối chiếu hai bên lúc {at}: tra cứu {looked}, khác biệt {differ}", "Reconciliation at {at}: {looked} looked up, {differ} different";
    resent(arrived, all): "Gửi lại theo lệnh: {arrived} trên {all} đã khớp với Cổng", "Sent again by order: {arrived} of {all} are in step with the portal";
    no_numbers(): "Không đọc được sổ theo dõi nên chưa có số liệu khác.", "The ledger cannot be read, so there are no other numbers.";
    unsent(span): "Có thay đổi chờ quá {span} mà Cổng chưa nhận", "A change waits for more than {span}, and the portal has not accepted it";
    see_status(): "Xem nguyên nhân: dongbo status --full", "See why: dongbo status --full";
}

/// A number with the list that has exactly so many rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Number {
    /// Its stable name.
    pub name: String,
    /// The number.
    pub value: u64,
    /// The command that lists what was counted.
    pub command: String,
    /// The page of the console that lists it, where there is one and its address is known.
    pub link: Option<String>,
}

/// Says things in one language, with links where the console's address is known.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'t> {
    settings: &'t Settings,
    lang: Lang,
}

impl<'t> Teller<'t> {
    /// A teller in `lang`.
    #[must_use]
    pub const fn new(settings: &'t Settings, lang: Lang) -> Self {
        Self { settings, lang }
    }

    fn link(&self, path: &str) -> Option<String> {
        let base = self.settings.console_url.trim_end_matches('/');
        (!base.is_empty()).then(|| format!("{base}{path}"))
    }

    /// Every number of the bulletin, with its list.
    #[must_use]
    pub fn numbers(&self, bulletin: &Bulletin) -> Vec<Number> {
        let known = [("wanted", bulletin.health.wanted), ("in_step", bulletin.health.synced)];
        let of_verdict = known.into_iter().filter_map(|(name, value)| {
            let (command, link) = ("dongbo status".to_owned(), self.link("/"));
            Some(Number { name: name.to_owned(), value: value?, command, link })
        });
        let mut all: Vec<Number> = of_verdict.collect();
        if let Some(numbers) = &bulletin.numbers {
            all.extend(numbers.held.iter().map(|held| self.held_number(held)));
            all.extend(numbers.rings.iter().map(|&(ring, value)| ring_number(ring, value)));
            all.extend(falsely_late_number(numbers));
        }
        all
    }

    fn held_number(&self, held: &Held) -> Number {
        let (cause, value) = (format!("{}:{}", held.kind.name(), held.subject), held.rows());
        // The console lists dossiers, and a file is none.
        let link = if held.kind.is_of_file() {
            None
        } else {
            self.link(&held_list(held.kind, &held.subject, None, None))
        };
        let command =
            format!("dongbo held --list --cause {}{}", shell::word(&cause), limit(value, HELD_ROWS));
        Number { name: format!("held:{cause}"), value, command, link }
    }

    /// The bulletin.
    #[must_use]
    pub fn bulletin(&self, bulletin: &Bulletin) -> Message {
        let (lang, health) = (self.lang, &bulletin.health);
        let mut sections = vec![self.verdict(health), self.for_people(health)];
        match &bulletin.numbers {
            Some(numbers) => {
                sections.push(self.held(numbers));
                sections.push(self.clocks(numbers));
                sections.push(self.figures(numbers));
                sections.push(self.jobs(numbers, health.at));
            }
            None => {
                sections.push(Section { heading: String::new(), lines: vec![Line::of(no_numbers(lang))] })
            }
        }
        sections.retain(|section| !section.lines.is_empty());
        let data = json!({
            "verdict": self.verdict_data(health),
            "numbers": self.numbers(bulletin),
            "scores": bulletin.numbers.iter().flat_map(|numbers| &numbers.scores).map(score_data).collect::<Vec<_>>(),
        });
        let subject = bulletin_of(lang, &self.settings.title, lang.moment(health.at), health.headline(lang));
        Message { occasion: Occasion::Bulletin, at: health.at, lang, subject, sections, data }.harmless()
    }

    fn verdict(&self, health: &Health) -> Section {
        let lang = self.lang;
        let line = Line::of(health.headline(lang)).note(health.when(lang));
        let line = Line { command: Some("dongbo status".to_owned()), link: self.link("/"), ..line };
        Section { heading: verdict(lang), lines: vec![line] }
    }

    fn verdict_data(&self, health: &Health) -> serde_json::Value {
        let lang = self.lang;
        let reasons = health.reasons.iter().map(|reason| {
            json!({ "reason": reason.kind, "source": reason.source, "standing": reason.standing(), "owner": reason.owner(),
                "since": reason.since, "many": reason.many, "text": reason.headline(lang), "remedy": reason.remedy(lang) })
        });
        json!({ "standing": health.standing, "verdict": health.headline(lang), "wanted": health.wanted,
            "in_step": health.synced, "reasons": reasons.collect::<Vec<_>>() })
    }

    /// The reasons for which a person is needed. What peers said stays in the log: it may be anything.
    fn for_people(&self, health: &Health) -> Section {
        let lang = self.lang;
        let needed = health.reasons.iter().filter(|reason| reason.standing() >= Standing::PersonNeeded);
        let line = |reason: &dongbo_sync::health::Reason| {
            let remedy = whose(lang, reason.remedy(lang), reason.owner().text(lang));
            let line = Line::of(reason.headline(lang));
            let line = match reason.since {
                Some(at) => line.note(since(lang, lang.at(at, health.at))),
                None => line,
            };
            line.note(remedy)
        };
        Section { heading: to_do(lang), lines: needed.map(line).collect() }
    }

    fn held(&self, numbers: &Numbers) -> Section {
        let lang = self.lang;
        let line = |one: &Held| {
            let Number { value, command, link, .. } = self.held_number(one);
            let many = if one.kind.is_of_file() {
                lang.many(value, "tệp", "file", "files")
            } else {
                lang.dossiers(value)
            };
            let text = many_of(lang, one.kind.line_about(lang, &one.subject), many);
            let remedy = whose(lang, one.kind.remedy(lang), one.kind.owner().text(lang));
            Line { text, notes: vec![remedy], command: Some(command), link }
        };
        let mut lines: Vec<Line> = numbers.held.iter().take(MOST_CAUSES).map(line).collect();
        let more = numbers.held.len().saturating_sub(MOST_CAUSES);
        if more > 0 {
            let line = Line::of(more_causes(lang, more));
            lines.push(Line { command: Some("dongbo held".to_owned()), link: self.link("/work"), ..line });
        }
        Section { heading: held(lang), lines }
    }

    fn clocks(&self, numbers: &Numbers) -> Section {
        let lang = self.lang;
        let rung = numbers.rings.iter().filter(|(_, many)| *many > 0);
        let lines = rung.map(|&(ring, value)| {
            let Number { command, link, .. } = ring_number(ring, value);
            let text = many_of(lang, capital(ring.text(lang)), lang.dossiers(value));
            Line { text, command: Some(command), link, notes: Vec::new() }
        });
        Section { heading: clocks(lang), lines: lines.collect() }
    }

    fn figures(&self, numbers: &Numbers) -> Section {
        let lang = self.lang;
        let late = falsely_late_number(numbers).filter(|number| number.value > 0).map(|number| {
            let period = numbers.period.map(|period| period.to_string()).unwrap_or_default();
            let text = many_of(lang, falsely_late(lang, period), lang.dossiers(number.value));
            Line { text, command: Some(number.command), ..Line::default() }
        });
        let scores = numbers.scores.iter().filter_map(|score| self.score(score));
        Section { heading: figures(lang), lines: late.into_iter().chain(scores).collect() }
    }

    fn score(&self, of: &Score) -> Option<Line> {
        let (lang, UnitScore { total, delta, rank: place, .. }) = (self.lang, &of.score);
        let written = |number: f64| lang.decimal(&format!("{number:.2}"));
        let text = score(lang, of.topic.text(lang), of.period, written((*total)?));
        let delta = delta.map(|delta| change(lang, lang.decimal(&format!("{delta:+.2}"))));
        let notes = delta.into_iter().chain(place.map(|place| rank(lang, place))).collect();
        Some(Line { text, notes, command: Some(score_command(of)), link: None })
    }

    fn jobs(&self, numbers: &Numbers, now: DateTime<Utc>) -> Section {
        let lang = self.lang;
        let run = numbers.compared.as_ref().map(|run| Line {
            text: compared(
                lang,
                lang.at(run.ended_at, now),
                lang.dossiers(run.looked_up),
                lang.dossiers(run.different),
            ),
            command: Some(format!("dongbo reconcile show {}", shell::word(&run.id))),
            link: self.link("/comparison"),
            notes: Vec::new(),
        });
        let resent = numbers.resent.as_ref().map(|(_, counts)| Line {
            text: resent(lang, lang.count(counts.arrived), lang.dossiers(counts.all())),
            command: Some("dongbo resend".to_owned()),
            ..Line::default()
        });
        Section { heading: jobs(lang), lines: run.into_iter().chain(resent).collect() }
    }

    /// A message of what has to be acted on and of what is over.
    #[must_use]
    pub fn alerts(&self, news: &[Alert], ended: &[Alert], health: &Health) -> Message {
        let lang = self.lang;
        let first = news.first().map(|alert| self.what(alert));
        let first = first.or_else(|| Some(over_of(lang, self.what(ended.first()?))));
        let others = (news.len() + ended.len()).saturating_sub(1);
        let first = first.unwrap_or_default();
        let what = if others == 0 { first } else { and_more(lang, first, others) };
        let sections = [
            Section {
                heading: raised(lang),
                lines: news.iter().map(|one| self.standing(one, health.at)).collect(),
            },
            Section {
                heading: over(lang),
                lines: ended.iter().map(|one| self.ended(one, health.at)).collect(),
            },
            self.verdict(health),
        ];
        let told = |alert: &Alert| {
            json!({ "alert": alert.kind, "source": alert.source, "owner": alert.owner(), "since": alert.since,
                "over_since": alert.gone_at, "times": alert.times, "many": alert.many, "text": self.what(alert),
                "remedy": self.remedy(alert) })
        };
        let data = json!({
            "verdict": self.verdict_data(health),
            "raised": news.iter().map(told).collect::<Vec<_>>(),
            "over": ended.iter().map(told).collect::<Vec<_>>(),
        });
        let mut sections: Vec<Section> = sections.into();
        sections.retain(|section| !section.lines.is_empty());
        let subject = alert_of(lang, &self.settings.title, what);
        Message { occasion: Occasion::Alert, at: health.at, lang, subject, sections, data }.harmless()
    }

    fn what(&self, alert: &Alert) -> String {
        match alert.reason() {
            Some(reason) => reason.headline(self.lang),
            None => unsent(self.lang, self.lang.span(self.settings.unsent_after)),
        }
    }

    fn remedy(&self, alert: &Alert) -> String {
        match alert.reason() {
            Some(reason) => reason.remedy(self.lang),
            None => see_status(self.lang),
        }
    }

    fn standing(&self, alert: &Alert, now: DateTime<Utc>) -> Line {
        let lang = self.lang;
        let line = Line::of(self.what(alert)).note(since(lang, lang.at(alert.since, now)));
        let line = if alert.times > 1 { line.note(times(lang, alert.times)) } else { line };
        line.note(whose(lang, self.remedy(alert), alert.owner().text(lang)))
    }

    fn ended(&self, alert: &Alert, now: DateTime<Utc>) -> Line {
        let lang = self.lang;
        let to = lang.at(alert.gone_at.unwrap_or(now), now);
        let line = Line::of(self.what(alert)).note(until(lang, lang.at(alert.since, now), to));
        if alert.times > 1 { line.note(times(lang, alert.times)) } else { line }
    }

    /// A message that tries a way.
    #[must_use]
    pub fn test(&self, way: &str, now: DateTime<Utc>) -> Message {
        let lang = self.lang;
        let lines = vec![Line::of(test_line(lang, way)).note(lang.moment(now))];
        let subject = alert_of(lang, &self.settings.title, tried(lang));
        let sections = vec![Section { heading: String::new(), lines }];
        Message { occasion: Occasion::Test, at: now, lang, subject, sections, data: json!({ "way": way }) }
            .harmless()
    }
}

/// The option for more rows than a command shows by itself.
fn limit(rows: u64, usual: u64) -> String {
    if rows > usual { format!(" --limit {rows}") } else { String::new() }
}

fn ring_number(ring: Ring, value: u64) -> Number {
    let command = format!("dongbo indicators clocks --only {}{}", ring.name(), limit(value, INDICATOR_ROWS));
    Number { name: ring.name().to_owned(), value, command, link: None }
}

fn falsely_late_number(numbers: &Numbers) -> Option<Number> {
    let (period, value) = (numbers.period?, numbers.falsely_late);
    let limit = limit(value, INDICATOR_ROWS);
    let command = format!("dongbo indicators list 2.1 --part falsely-late --period {period}{limit}");
    Some(Number { name: "falsely_late".to_owned(), value, command, link: None })
}

fn score_command(score: &Score) -> String {
    let unit = score.unit.as_ref().map(|unit| format!(" --unit {}", shell::word(unit))).unwrap_or_default();
    format!("dongbo indicators published --period {}{unit}", score.period)
}

fn score_data(score: &Score) -> serde_json::Value {
    json!({ "topic": score.topic, "period": score.period.to_string(), "total": score.score.total,
        "delta": score.score.delta, "rank": score.score.rank, "command": score_command(score) })
}

/// A text with a capital letter at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Alert {
    /// The one who has to act.
    #[must_use]
    pub fn owner(&self) -> Owner {
        match self.kind {
            AlertKind::Reason(kind) => kind.owner(),
            AlertKind::OldestUnsent => Owner::Operator,
        }
    }
}
