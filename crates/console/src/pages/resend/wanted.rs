//! The dossiers that somebody wants sent again: chosen, shown with what would be done, and ordered.

use maud::{Markup, html};

use super::PATH;
use crate::access::Form;
use crate::asked::{Asked, Trouble};
use crate::frame;
use dongbo_ledger::{Act, ActWay};
use dongbo_model::{DifferenceKind, FindingKind, Lang, PlainCause, texts};
use dongbo_sync::acts::about_codes;
use dongbo_sync::resend::{HEADING, Listed, Part, Preview, Progress, Reading, ResultRow, Way};

/// Most lines of a list that a page takes, and most dossiers of a list that it writes.
const MOST_LINES: usize = 20_000;
/// Most texts of a list that are looked for among all codes one by one.
const MOST_SEARCHED: usize = 50;
/// Dossiers a minute that dongbo itself sends again where nothing else is said.
const PER_MINUTE: u32 = 600;
/// Most that can be said.
const MOST_PER_MINUTE: u32 = 60_000;

texts! {
    preview_of(): "Xem trước việc gửi lại", "Preview of the job";
    chosen(what): "Đã chọn: {what}", "Chosen: {what}";
    chosen_in(what, unit): "Đã chọn: {what}, đơn vị {unit}", "Chosen: {what}, unit {unit}";
    all_that_differ(): "mọi hồ sơ khác biệt giữa hai bên", "all that differ between both sides";
    joins(): "Một việc gửi lại đang mở: các hồ sơ này được thêm vào cuối việc đó.", "A job is open: these dossiers are added at its end.";
    pace(): "Mỗi phút (hồ sơ)", "Dossiers a minute";
    begin(dossiers): "Gửi lại {dossiers}", "Send {dossiers} again";
    get_list(): "Tải danh sách cho người có cầu nối", "Download the list for whoever has the bridge";
    back(): "Không, quay lại", "No, go back";
    begun(dossiers): "Đã nhận: {dossiers} được gửi lại lần lượt; tiến độ hiện ở trang này.", "It is ordered: {dossiers} are sent again one after another; this page shows how far it is.";
    too_long(): "Danh sách dài hơn 20.000 dòng: hãy chia nhỏ, hoặc dùng lệnh dongbo resend --file", "The list is longer than 20,000 lines: divide it, or use dongbo resend --file";
    nothing(): "Không có hồ sơ nào để gửi lại.", "There is nothing to send again.";
    empty(): "Danh sách trống: hãy dán mã hồ sơ, mỗi dòng một hồ sơ", "The list is empty: paste codes of dossiers, one a line";
}

/// The answer to a form.
pub(super) enum Done {
    /// A page.
    Page(Markup),
    /// It was done, as the next page tells.
    Told(String),
    /// A table for a spreadsheet.
    Table(String),
}

/// The dossiers that somebody wants sent again.
pub(super) enum Wanted {
    /// Those of a list.
    List(String),
    /// Those that are open in one way, or that differ in any.
    Open {
        /// The kind of a difference or a finding, or a cause.
        kind: Option<String>,
        /// What it is about.
        subject: Option<String>,
        /// The unit of which alone they are.
        unit: Option<String>,
    },
}

/// The dossiers, and what was understood of a list.
struct Chosen {
    listed: Option<Listed>,
    parts: Vec<Part>,
}

impl Wanted {
    /// Those that the address chooses.
    pub(super) fn of_address(asked: &Asked) -> Result<Self, Trouble> {
        Self::open(asked, asked.parameter("kind"), asked.given("subject"))
    }

    /// Those that a form chooses.
    pub(super) fn of_form(asked: &Asked, sent: &Form) -> Result<Self, Trouble> {
        match sent.find("list") {
            Some(list) if list.trim().is_empty() => Err(Trouble::Refused(empty(asked.lang))),
            Some(list) if list.lines().nth(MOST_LINES).is_some() => {
                Err(Trouble::Refused(too_long(asked.lang)))
            }
            Some(list) => Ok(Self::List(list.to_owned())),
            None => Self::open(asked, sent.field("kind"), sent.find("subject")),
        }
    }

    fn open(asked: &Asked, kind: Option<&str>, subject: Option<&str>) -> Result<Self, Trouble> {
        let is_known = |kind: &str| {
            DifferenceKind::from_name(kind).is_some()
                || FindingKind::from_name(kind).is_some()
                || PlainCause::from_name(kind).is_some()
        };
        if kind.is_some_and(|kind| !is_known(kind)) {
            return Err(Trouble::Nowhere);
        }
        let subject = subject.filter(|_| kind.is_some()).map(str::to_owned);
        let unit = asked.unit().map(str::to_owned);
        Ok(Self::Open { kind: kind.map(str::to_owned), subject, unit })
    }

    async fn choose(&self, asked: &Asked) -> Result<Chosen, Trouble> {
        let console = &asked.console;
        let ledger = &console.ctx.ledger;
        // Those who have a lot looked up take turns, so that nobody else waits.
        let _turn = console.counting.acquire().await.map_err(|_| Trouble::Nowhere)?;
        let (codes, listed) = match self {
            Self::List(text) => {
                let reading = Reading { units: asked.visitor.units.as_ref(), most_searched: MOST_SEARCHED };
                let listed = Listed::of(ledger, text, reading).await?;
                (listed.codes.clone(), Some(listed))
            }
            Self::Open { kind, subject, unit } => {
                let whose = (unit.as_deref(), None);
                (ledger.to_resend(whose, kind.as_deref(), subject.as_deref()).await?, None)
            }
        };
        let parts = Part::of(ledger, &console.in_force().bridge, codes).await?;
        Ok(Chosen { listed, parts })
    }

    /// The dossiers with what would be done of them, and the form by which that is ordered.
    pub(super) async fn preview(&self, asked: &Asked) -> Result<Markup, Trouble> {
        let lang = asked.lang;
        let chosen = self.choose(asked).await?;
        let bridge = asked.console.in_force().bridge;
        let ledger = &asked.console.ctx.ledger;
        let preview = Preview::of(ledger, &bridge, &chosen.parts).await?;
        let is_open = Progress::read(ledger, None).await?.is_some_and(|job| !job.is_over());
        let orders = preview.dossiers > 0 && !preview.is_only(Way::List);
        let lists = preview.ways.iter().any(|(way, _)| *way == Way::List);
        let own = preview.ways.iter().filter(|(way, _)| *way != Way::List).map(|(_, many)| many).sum();
        Ok(html! {
            section.order {
                h2 { (preview_of(lang)) }
                @if let Some(words) = self.words(lang) { p.chosen { (words) } }
                @if let Some((told, left)) = chosen.listed.as_ref().map(|listed| listed.told(lang)) {
                    p { (told) }
                    @for line in &left { p.note { (line) } }
                }
                ul.plain { @for line in preview.told(lang) { li { (line) } } }
                @if orders && is_open { p.note { (joins(lang)) } }
                form action=(PATH) method="post" {
                    (frame::token(&asked.visitor))
                    (self.hidden(&chosen))
                    @if preview.sends() {
                        div.field.short {
                            label for="per_minute" { (pace(lang)) }
                            input #per_minute name="per_minute" type="number" min="1" max=(MOST_PER_MINUTE) value=(PER_MINUTE);
                        }
                    }
                    div.buttons {
                        @if orders { button type="submit" name="step" value="order" { (begin(lang, lang.dossiers(own))) } }
                        @if lists { button.plain type="submit" name="step" value="table" { (get_list(lang)) } }
                        a href=(PATH) { (back(lang)) }
                    }
                }
            }
        })
    }

    fn words(&self, lang: Lang) -> Option<String> {
        let Self::Open { kind, subject, unit } = self else { return None };
        let subject = subject.as_deref().unwrap_or_default();
        let what = match kind.as_deref() {
            None => all_that_differ(lang),
            Some(kind) => match (DifferenceKind::from_name(kind), FindingKind::from_name(kind)) {
                (_, Some(finding)) => finding.line_about(lang, subject),
                (Some(difference), _) => difference.text(lang).to_owned(),
                _ => {
                    PlainCause::from_name(kind).map_or_else(String::new, |cause| cause.text(lang).to_owned())
                }
            },
        };
        Some(match unit {
            Some(unit) => chosen_in(lang, what, unit),
            None => self::chosen(lang, what),
        })
    }

    /// The fields that say which dossiers are meant: of a list the codes that were found.
    fn hidden(&self, chosen: &Chosen) -> Markup {
        let named = match self {
            Self::List(_) => {
                let codes: Vec<&str> =
                    chosen.parts.iter().flat_map(|part| &part.codes).map(String::as_str).collect();
                [("list", Some(codes.join("\n"))), ("subject", None), ("unit", None)]
            }
            Self::Open { kind, subject, unit } => [
                ("kind", Some(kind.clone().unwrap_or_default())),
                ("subject", subject.clone()),
                ("unit", unit.clone()),
            ],
        };
        html! { @for (name, value) in named { @if let Some(value) = value {
            input type="hidden" name=(name) value=(value);
        } } }
    }

    /// Shows them, has them sent again, or gives a table of those that somebody else has to have sent.
    pub(super) async fn carry_out(&self, asked: &Asked, sent: &Form) -> Result<Done, Trouble> {
        let is_order = match sent.field("step") {
            None => return self.preview(asked).await.map(Done::Page),
            Some("order") => true,
            Some("table") => false,
            Some(_) => return Err(Trouble::Nowhere),
        };
        let lang = asked.lang;
        let parts = self.choose(asked).await?.parts;
        let wanted = parts.into_iter().filter(|part| (part.way == Way::List) != is_order);
        let codes: Vec<String> = wanted.flat_map(|part| part.codes).collect();
        if codes.is_empty() {
            return Ok(Done::Told(nothing(lang)));
        }
        let console = &asked.console;
        if !is_order {
            return table(asked, &codes).await;
        }
        let per_minute = sent.field("per_minute").and_then(|many| many.parse().ok());
        let per_minute = per_minute.unwrap_or(PER_MINUTE).clamp(1, MOST_PER_MINUTE);
        let named = about_codes(codes.iter().map(String::as_str));
        let about = format!("per_minute={per_minute} {named}");
        let noted = console.acts.note(&asked.visitor.name, ActWay::Page, Act::Resend, &about).await?;
        let ordered = console.acts.resend(&noted, &codes, Some(per_minute)).await;
        ordered.map_err(|error| super::super::orders::trouble(lang, error))?;
        let many = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        Ok(Done::Told(begun(lang, lang.dossiers(many))))
    }
}

async fn table(asked: &Asked, codes: &[String]) -> Result<Done, Trouble> {
    if codes.len() > MOST_LINES {
        return Err(Trouble::Refused(too_long(asked.lang)));
    }
    let mut table = HEADING.to_owned();
    for code in codes {
        table.push_str(&ResultRow::listed(&asked.console.ctx.ledger, code).await?.line());
    }
    Ok(Done::Table(table))
}
