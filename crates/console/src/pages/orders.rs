//! What operators order: each is shown with what it would do, and done when it is confirmed.

use axum::Extension;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use crate::access::Form;
use crate::asked::{Asked, Trouble, address};
use crate::frame::{self, Place};
use crate::parts::{self, moment};
use dongbo_ledger::{Act, ActWay, RetryPreview, Selection};
use dongbo_model::{FindingKind, Lang, texts, vocabulary};
use dongbo_sync::acts::{ActError, about_run, about_selection};
use dongbo_sync::reconcile::{Job, RunRequest, Scope};

/// Dossiers that are tried again a minute where nothing else is said.
const PER_MINUTE: u32 = 600;
/// Most that can be said.
const MOST_PER_MINUTE: u32 = 60_000;

vocabulary! {
    /// The orders that a page takes.
    pub(crate) enum Order
    texts {
        /// The title of the page on which it is confirmed.
        title,
        /// What it does.
        explanation
    }
    {
        /// Dossiers that are held or wait are tried again.
        Retry = "retry",
            ["Gửi lại hồ sơ", "Try dossiers again"],
            ["Hồ sơ bị giữ hoặc đang chờ được đọc lại ở một cửa rồi gửi lại. Chưa sửa nguyên nhân thì hồ sơ lại bị giữ.", "Dossiers that are held or wait are read again and sent again. While the cause stays they are held once more."];
        /// Sending is paused.
        Pause = "pause",
            ["Tạm dừng gửi", "Pause sending"],
            ["Cuộc gọi đang dở được làm nốt; cơ sở dữ liệu một cửa vẫn được đọc, không bỏ sót thay đổi nào. Dừng cho đến khi có người cho gửi tiếp, cả sau khi khởi động lại.", "Calls under way are finished; the local database is still read, so that no change is missed. It lasts until somebody lets sending go on, over a restart too."];
        /// Sending goes on.
        Resume = "resume",
            ["Cho gửi tiếp", "Go on sending"],
            ["Những gì chờ trong lúc dừng được gửi dần theo tốc độ cho phép.", "What waited meanwhile is sent at the pace that is allowed."];
        /// Both sides are compared.
        Compare = "compare",
            ["Đối chiếu hai bên ngay", "Compare both sides now"],
            ["So số đếm và tra cứu hồ sơ trên Cổng theo hạn mức của một lần chạy. Không gửi, không sửa gì.", "Counts are compared and dossiers looked up on the portal within the budget of a run. Nothing is sent or changed."];
        /// Both sides are compared, and what differs is sent again.
        Repair = "repair",
            ["Đối chiếu và gửi bù", "Compare and repair"],
            ["Rà soát một cửa, so hai bên, rồi gửi lại những gì khác mà gửi lại thì khớp. Nếu quá nhiều so với một tháng, lần chạy dừng lại chờ lệnh dongbo reconcile --repair --yes.", "Everything local is swept, both sides are compared, and what differs and can be put right by sending is sent again. Where that is too much of a month, it is left for dongbo reconcile --repair --yes."];
        /// Comparing is broken off.
        Cancel = "cancel",
            ["Dừng đối chiếu", "Stop comparing"],
            ["Lần đang chạy và những lần đang chờ dừng lại; những gì đã so vẫn được giữ.", "The run under way and those that wait end; what was compared is kept."];
    }
}

texts! {
    confirm_retry(dossiers): "Gửi lại {dossiers}", "Try {dossiers} again";
    confirm_look(dossiers): "Tra cứu lại {dossiers}", "Look {dossiers} up again";
    back(): "Không, quay lại", "No, go back";
    reason(): "Lý do, để người sau biết", "The reason, for those who ask later";
    pace(): "Mỗi phút (hồ sơ)", "Dossiers a minute";
    nothing(): "Không có hồ sơ nào để gửi lại.", "There is nothing to try again.";
    under_way(many): "{many} đang gửi hoặc đã đến lượt.", "{many} are being sent or due already.";
    complete(many): "{many} đã khớp với Cổng.", "{many} are in step with the portal already.";
    without_code(many): "{many} chưa có mã hồ sơ: cấp mã ở một cửa thì tự gửi.", "{many} have no code: once the one-stop system gives them one, they are sent.";
    unknown(codes): "Sổ theo dõi không có mã: {codes}", "The ledger does not know: {codes}";
    head_cause(): "Nguyên nhân", "Cause";
    head_dossiers(): "Hồ sơ", "Dossiers";
    waiting(): "Đang hẹn gửi lại hoặc chờ xác nhận", "Waiting for another try or for confirmation";
    preview(): "Những hồ sơ này", "These dossiers";
    paused_since(by): "{by} tạm dừng từ", "Paused by {by} since";
    not_paused(): "Hiện không có lệnh tạm dừng nào.", "Sending is not paused.";
    retried(dossiers, at): "Đã cho gửi lại {dossiers}; hồ sơ cuối đến lượt lúc {at}.", "{dossiers} are tried again; the last one is due at {at}.";
    paused(): "Đã tạm dừng gửi.", "Sending is paused.";
    paused_before(): "Đã có lệnh tạm dừng từ trước; lệnh đó vẫn giữ nguyên.", "Sending was paused before, and that order stays.";
    resumed(): "Đã cho gửi tiếp.", "Sending goes on.";
    ordered(): "Đã nhận: việc đối chiếu chạy trong nền, tiến độ hiện ở trang này.", "It is ordered: comparing goes on in the background, and this page shows how far it is.";
    joined(): "Việc đó đang chạy hoặc đang chờ rồi.", "That is under way, or waits, already.";
    cancelled(many): "Đã dừng {many} lần đối chiếu.", "Runs that were ended: {many}.";
    follows(): "Một dongbo khác trên sổ theo dõi này giữ vai trò chính và chỉ nó đối chiếu: hãy mở trang của nó", "Another dongbo on this ledger leads, and only that one compares: open its pages";
    too_many(): "Quá nhiều lần đối chiếu đang chờ: hãy đợi, hoặc dừng tất cả", "Too many runs wait for their turn: wait, or stop them all";
}

/// The page on which an order is confirmed.
pub(crate) async fn ask(asked: Asked) -> Response {
    let wanted = Wanted::of(&asked, |name| asked.given(name));
    let place = wanted.as_ref().map_or(Place::Overview, |wanted| wanted.order.place());
    let content = match wanted {
        Ok(wanted) => wanted.confirmation(&asked).await,
        Err(trouble) => Err(trouble),
    };
    asked.answer(place, content).await
}

/// Does what was confirmed, and leads back to the page that it is about.
pub(crate) async fn carry_out(Extension(sent): Extension<Form>, asked: Asked) -> Response {
    let wanted = Wanted::of(&asked, |name| sent.find(name));
    let place = wanted.as_ref().map_or(Place::Overview, |wanted| wanted.order.place());
    let done = match wanted {
        Ok(wanted) => wanted.carry_out(&asked, &sent).await.map(|told| (wanted.back(), told)),
        Err(trouble) => Err(trouble),
    };
    match done {
        Ok((back, told)) => {
            asked.console.access().tell(&asked.visitor, told);
            Redirect::to(&back).into_response()
        }
        Err(trouble) => asked.answer(place, Err(trouble)).await,
    }
}

/// The way to the page on which an order is confirmed, for those who may give it.
pub(crate) fn link(asked: &Asked, order: Order, about: &[(&str, &str)]) -> Markup {
    let is_free = if order == Order::Retry { asked.visitor.operates() } else { asked.visitor.operates_all() };
    let parameters = [("act", order.name())].into_iter().chain(about.iter().copied());
    html! { @if is_free { a.act href=(address("/order", parameters)) { (order.title(asked.lang)) "…" } } }
}

impl Order {
    const fn place(self) -> Place {
        match self {
            Self::Retry => Place::Work,
            Self::Pause | Self::Resume => Place::System,
            Self::Compare | Self::Repair | Self::Cancel => Place::Comparison,
        }
    }
}

/// An order that somebody may give.
struct Wanted {
    order: Order,
    /// The dossiers that it is about, where it is about some.
    selection: Selection,
}

impl Wanted {
    fn of<'v>(asked: &Asked, given: impl Fn(&str) -> Option<&'v str>) -> Result<Self, Trouble> {
        let field = |name: &str| given(name).map(str::trim).filter(|value| !value.is_empty());
        let order = field("act").and_then(Order::from_name).ok_or(Trouble::Nowhere)?;
        let visitor = &asked.visitor;
        let is_free = if order == Order::Retry { visitor.operates() } else { visitor.operates_all() };
        if !is_free {
            return Err(Trouble::NotForYou);
        }
        let unit = match &visitor.units {
            None => field("unit").map(str::to_owned),
            // Whoever sees some units has those of others left alone.
            Some(units) => Some(
                field("unit")
                    .filter(|unit| units.contains(*unit))
                    .map_or_else(|| units.first().cloned().unwrap_or_default(), str::to_owned),
            ),
        };
        let selection = Selection {
            codes: field("code").map(|code| vec![code.to_owned()]),
            kind: field("kind").and_then(FindingKind::from_name).map(|kind| kind.name().to_owned()),
            subject: given("subject").filter(|_| field("kind").is_some()).map(str::to_owned),
            unit,
        };
        let is_aimed = selection.codes.is_some() || selection.kind.is_some();
        if order == Order::Retry && !is_aimed {
            return Err(Trouble::Nowhere);
        }
        Ok(Self { order, selection })
    }

    /// The page that it is about.
    fn back(&self) -> String {
        match (self.order, self.selection.codes.as_deref()) {
            (Order::Retry, Some([code])) => address("/dossier", [("code", code.as_str())]),
            (order, _) => order.place().path().to_owned(),
        }
    }

    async fn confirmation(&self, asked: &Asked) -> Result<(String, Markup), Trouble> {
        let lang = asked.lang;
        let title = self.order.title(lang);
        let (told, button) = self.preview(asked).await?;
        let content = html! {
            section.order {
                h1 { (title) }
                p { (self.order.explanation(lang)) }
                (told)
                form action="/order" method="post" {
                    (frame::token(&asked.visitor))
                    input type="hidden" name="act" value=(self.order.name());
                    (self.hidden())
                    @if button.is_some() { (self.fields(lang)) }
                    div.buttons {
                        @if let Some(button) = &button { button type="submit" { (button) } }
                        a href=(self.back()) { (back(lang)) }
                    }
                }
            }
        };
        Ok((title.to_owned(), content))
    }

    /// The fields that say what it is about.
    fn hidden(&self) -> Markup {
        let Selection { codes, kind, subject, unit } = &self.selection;
        let code = codes.as_ref().and_then(|codes| codes.first());
        let known =
            [("code", code), ("kind", kind.as_ref()), ("subject", subject.as_ref()), ("unit", unit.as_ref())];
        html! { @for (name, value) in known { @if let Some(value) = value {
            input type="hidden" name=(name) value=(value);
        } } }
    }

    /// The fields that a person fills in.
    fn fields(&self, lang: Lang) -> Markup {
        html! {
            @if self.order == Order::Pause {
                div.field {
                    label for="reason" { (reason(lang)) }
                    input #reason name="reason" maxlength="300" autocomplete="off";
                }
            }
            @if self.order == Order::Retry && self.selection.codes.is_none() {
                div.field.short {
                    label for="per_minute" { (pace(lang)) }
                    input #per_minute name="per_minute" type="number" min="1" max=(MOST_PER_MINUTE) value=(PER_MINUTE);
                }
            }
        }
    }

    /// What the order would do, and the words on its button; `None` where there is nothing to do.
    async fn preview(&self, asked: &Asked) -> Result<(Markup, Option<String>), Trouble> {
        let lang = asked.lang;
        let plain = Some(self.order.title(lang).to_owned());
        Ok(match self.order {
            Order::Retry => {
                let preview = asked
                    .console
                    .acts
                    .preview_retry(&self.selection)
                    .await
                    .map_err(|error| trouble(lang, error))?;
                let watches = asked.console.only_watches().await?;
                let dossiers = lang.dossiers(preview.dossiers());
                let words =
                    if watches { confirm_look(lang, dossiers) } else { confirm_retry(lang, dossiers) };
                (retry_told(lang, &preview), (preview.dossiers() > 0).then_some(words))
            }
            Order::Resume => match asked.console.ctx.ledger.pause().await? {
                Some(pause) => (
                    html! {
                        p { (paused_since(lang, &pause.by)) " " (moment(lang, pause.since, asked.now)) }
                        @if !pause.reason.is_empty() { p.said { (pause.reason) } }
                    },
                    plain,
                ),
                None => (html! { p { (not_paused(lang)) } }, None),
            },
            _ => (html! {}, plain),
        })
    }

    /// Carries the order out, and tells what came of it.
    async fn carry_out(&self, asked: &Asked, sent: &Form) -> Result<String, Trouble> {
        let lang = asked.lang;
        let acts = &asked.console.acts;
        let per_minute = match &self.selection.codes {
            Some(_) => 0,
            None => sent
                .field("per_minute")
                .and_then(|many| many.parse().ok())
                .unwrap_or(PER_MINUTE)
                .clamp(1, MOST_PER_MINUTE),
        };
        let run = self.run();
        let (act, about) = match self.order {
            Order::Retry => (Act::Retry, about_selection(&self.selection, per_minute)),
            Order::Pause => (Act::Pause, sent.given("reason").to_owned()),
            Order::Resume => (Act::Resume, String::new()),
            Order::Compare | Order::Repair => (Act::Reconcile, about_run(&run)),
            Order::Cancel => (Act::CancelReconcile, String::new()),
        };
        let noted = acts.note(&asked.visitor.name, ActWay::Page, act, &about).await?;
        let told = match self.order {
            Order::Retry => acts
                .retry(&noted, &self.selection, per_minute)
                .await
                .map(|done| retried(lang, lang.dossiers(done.dossiers), lang.second(done.last_due_at))),
            Order::Pause => {
                let done = acts.pause(&noted, sent.given("reason")).await;
                done.map(|(_, before)| if before { paused_before(lang) } else { paused(lang) })
            }
            Order::Resume => acts.resume(&noted).await.map(|ended| match ended {
                Some(_) => resumed(lang),
                None => not_paused(lang),
            }),
            Order::Compare | Order::Repair => acts
                .reconcile(&noted, run)
                .map(|ticket| if ticket.joined { joined(lang) } else { ordered(lang) }),
            Order::Cancel => acts.cancel_reconcile(&noted).map(|many| cancelled(lang, lang.count(many))),
        };
        told.map_err(|error| trouble(lang, error))
    }

    /// The run that it asks for.
    fn run(&self) -> RunRequest {
        let repair = self.order == Order::Repair;
        let jobs = if repair {
            vec![Job::Sweep, Job::Counts, Job::LookUps]
        } else {
            vec![Job::Counts, Job::LookUps]
        };
        RunRequest { jobs, scope: Scope::default(), full: false, repair, yes: false, by: String::new() }
    }
}

/// The dossiers that would be tried again, by cause, and what is left alone.
fn retry_told(lang: Lang, preview: &RetryPreview) -> Markup {
    let rows = preview.causes.iter().map(|cause| {
        let kind = FindingKind::from_name(&cause.kind);
        (
            kind.map_or_else(|| cause.kind.clone(), |kind| kind.line_about(lang, &cause.subject)),
            cause.dossiers,
        )
    });
    let mut rows: Vec<(String, u64)> = rows.collect();
    rows.extend((preview.waiting > 0).then(|| (waiting(lang), preview.waiting)));
    let body = html! { @for (cause, many) in &rows {
        tr { th scope="row" { (cause) } td.n { (lang.count(*many)) } }
    } };
    let left = [
        (preview.under_way, under_way(lang, lang.dossiers(preview.under_way))),
        (preview.complete, complete(lang, lang.dossiers(preview.complete))),
        (preview.without_code, without_code(lang, lang.dossiers(preview.without_code))),
    ];
    html! {
        @if preview.dossiers() == 0 { p role="status" { (nothing(lang)) } }
        @if !rows.is_empty() { (parts::table(&self::preview(lang), &[("", head_cause(lang)), ("n", head_dossiers(lang))], &body)) }
        @for (many, words) in &left { @if *many > 0 { p.note { (words) } } }
        @if !preview.unknown.is_empty() { p { (unknown(lang, preview.unknown.join(", "))) } }
    }
}

/// The answer to one whose order was not carried out.
pub(super) fn trouble(lang: Lang, error: ActError) -> Trouble {
    match error {
        ActError::Ledger(error) => error.into(),
        ActError::Follows => Trouble::Refused(follows(lang)),
        ActError::ReconcileRuns => Trouble::Refused(too_many(lang)),
    }
}
