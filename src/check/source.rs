//! The checks of the local database: the log-in, the mapping against its schema, its clock, and a sample of its dossiers.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::context::Context;
use super::portal::clock_item;
use super::report::{self, Id, Item};
use dongbo_model::clock::CLOCK_TOLERANCE;
use dongbo_model::{DossierCode, FindingKind};
use dongbo_model::{Lang, texts};
use dongbo_source::{
    Agreement, Consistency, Coverage, DatabaseTrouble, SOURCE_KEYS, Source, SourceError, agreement,
    coverage_of, newest_change, sample,
};

/// Most lines of evidence about a sample; `dongbo mapping coverage` has all.
const MOST_LINES: usize = 12;
/// Hours by which clocks in Vietnam are ahead of UTC.
const VIETNAM: i64 = 7;
/// A local value longer than this is shown cut: it is no code, and may be what a citizen wrote.
const LONGEST_CODE: usize = 24;

texts! {
    fits(queries): "đăng nhập được, mọi câu SQL của tệp ánh xạ khớp với cơ sở dữ liệu ({queries})", "the log-in works, and every query of the mapping fits the database ({queries})";
    answers(requests): "đăng nhập được, hệ thống một cửa trả lời như tệp ánh xạ ghi ({requests})", "the sign-in works, and the one-stop system answers as the mapping says ({requests})";
    no_deletions(): "đọc qua HTTP: hồ sơ bị xoá ở hệ thống một cửa chỉ được phát hiện khi rà soát toàn bộ (source.sweep)", "read over HTTP: dossiers that are deleted in the one-stop system are only seen by the sweep (source.sweep)";
    no_order(): "đọc qua HTTP: danh sách mới nhất trước, trong lúc đọc có thể xê dịch; thay đổi không đổi thời điểm cập nhật chỉ được thấy khi rà soát", "read over HTTP: lists come newest first and may shift while they are read; a change that moves no time of change is only seen by the sweep";
    no_snapshot(): "đọc qua HTTP: hồ sơ và các danh sách của nó (lệ phí, giấy tờ) đến từ nhiều lượt gọi, không cùng một thời điểm", "read over HTTP: a dossier and its lists (fees, papers) come in several answers, not from one moment";
    sees_statements(): "giao dịch SNAPSHOT bị tắt: mỗi câu SQL thấy một thời điểm, nhưng hồ sơ và các danh sách của nó (lệ phí, giấy tờ) có thể lệch nhau; bật bằng ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON (docs/databases.md)", "SNAPSHOT transactions are off: each query sees one moment, but a dossier and its lists (fees, papers) may come from several; switch them on by ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON (docs/databases.md)";
    sees_rows(): "cơ sở dữ liệu không giữ phiên bản dòng: câu SQL chờ các dòng đang được ghi, và đọc mỗi dòng ở một thời điểm; bật bằng ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON (docs/databases.md)", "the database keeps no versions of rows: queries wait for rows that are being written, and read each at a moment of its own; switch them on by ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON (docs/databases.md)";
    too_slow(): "có câu SQL chạy quá source.statement_timeout", "a query runs longer than source.statement_timeout";
    speed_up(): "tạo chỉ mục cho câu SQL nêu trên, hoặc tăng source.statement_timeout", "create an index for the query named, or raise source.statement_timeout";
    odd(): "trả lời khác thường", "the database answers in an unknown way";
    see_log(): "xem nhật ký của máy chủ cơ sở dữ liệu vào cùng lúc", "see the database server's own log for the same moment";
    broke_off(): "việc đọc bị ngắt bên trong dongbo", "reading broke off inside dongbo";
    report_it(): "báo lỗi này cho nơi cung cấp dongbo, kèm nhật ký (task.panicked)", "report this, with the log (task.panicked)";
    bad_row(): "có dòng làm câu SQL bị lỗi", "some row makes a query fail";
    correct_row(): "sửa dòng đó ở hệ thống một cửa; nếu câu SQL ép kiểu hay tính toán, hãy để nó trả về cột nguyên trạng", "correct that row in the one-stop system; where the SQL casts or computes, let it give the column as it is";
    unusable_settings(): "mục [source] của cấu hình chưa dùng được", "[source] of the configuration cannot be used";
    correct_settings(): "sửa khoá nêu trên trong mục [source]", "correct the key named above in [source]";
    writes(): "có câu SQL của tệp ánh xạ ghi vào cơ sở dữ liệu", "a query of the mapping writes into the database";
    only_read(file): "sửa câu SQL nêu trên trong {file} để chỉ đọc", "let the query named above only read, in {file}";
    correct_both(file): "cấp quyền SELECT trên các bảng nêu trên cho người dùng của source.url, và sửa các câu SQL khác trong {file}", "give the user of source.url the right to SELECT from the tables named above, and correct the other queries in {file}";
    mismatch(count): "{count} chỗ trong tệp ánh xạ không khớp với cơ sở dữ liệu", "places of the mapping that do not fit the database: {count}";
    correct_sql(file): "sửa câu SQL trong {file}", "correct the SQL in {file}";
    hours_ahead(hours):
        "thay đổi mới nhất nằm {hours} giờ trong tương lai so với đồng hồ cơ sở dữ liệu: timezone của tệp ánh xạ có lẽ sai",
        "the newest change lies {hours} hours in the future of the database's clock: the mapping's timezone is probably wrong";
    hours_behind(hours):
        "thay đổi mới nhất cách đây đúng {hours} giờ: nếu một cửa vẫn đang làm việc thì timezone của tệp ánh xạ sai",
        "the newest change lies {hours} whole hours in the past: if the office is at work, the mapping's timezone is wrong";
    ahead_of_now(minutes):
        "thay đổi mới nhất nằm {minutes} phút trong tương lai so với đồng hồ cơ sở dữ liệu",
        "the newest change lies {minutes} minutes in the future of the database's clock";
    set_zone():
        "so sánh giá trị gốc và giá trị gửi đi bằng dongbo mapping explain, rồi sửa timezone của tệp ánh xạ",
        "compare raw and sent values with dongbo mapping explain, and correct timezone of the mapping";
    no_clock(): "SQLite không có đồng hồ riêng", "SQLite has no clock of its own";
    empty(): "chưa có hồ sơ nào để đọc thử", "there is no dossier to read yet";
    all_whole(read): "đọc thử {read} hồ sơ (mới nhất và rải đều mọi thời gian), tất cả đều gửi được", "{read} dossiers read (the newest and some of every time), all of which can be sent";
    some_held(read, held): "đọc thử {read} hồ sơ (mới nhất và rải đều mọi thời gian), {held} hồ sơ chưa gửi được", "{read} dossiers read (the newest and some of every time), {held} of which cannot be sent yet";
    see_coverage(): "bổ sung tệp ánh xạ hoặc sửa hồ sơ trong hệ thống một cửa; dongbo mapping coverage cho biết toàn bộ", "complete the mapping, or correct the dossiers in the one-stop system; dongbo mapping coverage shows all";
    left_out(rows): "[eligible] để lại {rows} dòng: không đọc, không gửi", "rows that [eligible] leaves out, neither read nor sent: {rows}";
    unmapped(table, value, dossiers): "[{table}] thiếu \"{value}\": {dossiers} hồ sơ", "[{table}] lacks \"{value}\": {dossiers} dossiers";
    defect(sentence, subject, dossiers): "{subject}: {dossiers} hồ sơ. {sentence}", "{subject}: {dossiers} dossiers. {sentence}";
    lacking(given_by, lacks, dossiers, example): "[{given_by}] có mà [{lacks}] không có: {dossiers} hồ sơ, như {example}", "given by [{given_by}] and not by [{lacks}]: {dossiers} dossiers, as {example}";
    full_scan(query, table, columns): "[{query}] đọc toàn bộ bảng {table} cho mỗi trang; cần chỉ mục {table} ({columns}) và điều kiện dạng (changed_at, key) > (:since, :after); MySQL, MariaDB: changed_at > :since OR (changed_at = :since AND key > :after)", "[{query}] reads all of table {table} for each page; it needs an index on {table} ({columns}), and a condition in the form (changed_at, key) > (:since, :after); MySQL, MariaDB: changed_at > :since OR (changed_at = :since AND key > :after)";
    mixed(forms): "changed_at viết theo nhiều dạng, không xếp theo thời gian: {forms}", "changed_at is written in several forms, which do not sort as time does: {forms}";
    may_do_all(): "tài khoản của source.url là superuser: làm được mọi việc trong cơ sở dữ liệu", "the account of source.url is a superuser, who may do everything in the database";
    may_write(tables, named): "tài khoản của source.url ghi được vào {tables} bảng: {named}", "the account of source.url may write to tables ({tables}): {named}";
    only_select(): "cho dongbo một tài khoản chỉ có quyền SELECT (docs/databases.md)", "give dongbo an account that has no right but SELECT (docs/databases.md)";
    disagree(read): "đọc thử {read} hồ sơ; các câu SQL của tệp ánh xạ không khớp nhau hoặc đọc chậm", "{read} dossiers read; the queries of the mapping do not agree with each other, or read slowly";
    see_queries(): "sửa [changed], [sweep] hoặc [dossiers] của tệp ánh xạ, hoặc tạo chỉ mục", "correct [changed], [sweep] or [dossiers] of the mapping, or create the index";
}

/// Tries every query of the mapping on the live database and reads up to `sample` dossiers, of which nothing is kept.
/// Without a source it says so by `failed`, the checks that keep it from being opened.
pub(super) async fn check(
    context: &Context<'_>,
    source: Option<Arc<Source>>,
    failed: &[Id],
    sample: usize,
) -> Read {
    let lang = context.lang;
    let skip = |id, needed: &[Id]| Item::skipped(id, lang, report::because(lang, needed));
    let skip_all = |needed: &[Id]| Read {
        items: vec![skip(Id::Source, needed), skip(Id::SourceClock, needed), skip(Id::Sample, needed)],
        dossier: None,
    };
    let Some(source) = source else { return skip_all(failed) };
    if let Err(error) = source.probe().await {
        let clock = match source.clock_offset() {
            Some(offset) => clock_item(context, Id::SourceClock, offset),
            None => skip(Id::SourceClock, &[Id::Source]),
        };
        let items = vec![refusal(context, Id::Source, &error), clock, skip(Id::Sample, &[Id::Source])];
        return Read { items, dossier: None };
    }
    let clock = match source.clock_offset() {
        Some(offset) => clock_item(context, Id::SourceClock, offset),
        None => Item::skipped(Id::SourceClock, lang, no_clock(lang)),
    };
    let clock = match newest_change(&source, database_now(context, &source)).await {
        Ok(Some(newest)) => match zone_note(context, newest - database_now(context, &source)) {
            Some(note) => note,
            None => clock,
        },
        // Nothing changed lately, or the sample tells why it cannot be known.
        Ok(None) | Err(_) => clock,
    };
    let (sample, dossier) = match try_out(&source, sample).await {
        Ok(tried) => (judge(lang, &tried.coverage, &tried.agreement), tried.newest),
        Err(error) => (refusal(context, Id::Sample, &error), None),
    };
    let fits = if source.is_http() {
        let promises = [no_deletions(lang), no_order(lang), no_snapshot(lang)];
        Item::ok(Id::Source, lang, answers(lang, source.name())).with_details(promises)
    } else {
        let seen = match source.consistency().await {
            Ok(Consistency::Statement) => Some(sees_statements(lang)),
            Ok(Consistency::Row) => Some(sees_rows(lang)),
            // A server that will not say has been asked for more important things already.
            Ok(Consistency::Reading) | Err(_) => None,
        };
        Item::ok(Id::Source, lang, fits(lang, source.name())).with_details(seen)
    };
    let mut items = vec![fits];
    items.extend(rights(context, &source).await);
    items.extend([clock, sample]);
    Read { items, dossier }
}

/// Warns of an account that may write: what dongbo itself keeps from writing is then the only lock.
async fn rights(context: &Context<'_>, source: &Source) -> Option<Item> {
    let lang = context.lang;
    // A server that will not say has been asked for more important things already.
    let rights = source.write_rights().await.ok().filter(|rights| !rights.is_none())?;
    let message = match rights.is_superuser {
        true => may_do_all(lang),
        false => may_write(lang, lang.count(rights.tables), rights.named.join(", ")),
    };
    Some(Item::warn(Id::SourceRights, lang, message, only_select(lang)).with_value("tables", rights.tables))
}

/// The present by the clock of the database, as far as it has one.
fn database_now(context: &Context<'_>, source: &Source) -> DateTime<Utc> {
    context.clock.now() + source.clock_offset().unwrap_or_default()
}

/// The newest change lies so far ahead of the database's clock: whole hours are the mark of a wrong zone. An office that has
/// been closed for just so many hours looks the same, so that only the distance to UTC is a warning there.
fn zone_note(context: &Context<'_>, ahead: TimeDelta) -> Option<Item> {
    let lang = context.lang;
    let hours = ((ahead.num_minutes() + 30).div_euclid(60)).clamp(-14, 14);
    let is_whole = hours != 0 && (ahead - TimeDelta::hours(hours)).abs() <= CLOCK_TOLERANCE;
    let item = match (is_whole, ahead > CLOCK_TOLERANCE) {
        (true, true) => Item::warn(Id::SourceClock, lang, hours_ahead(lang, hours), set_zone(lang)),
        (true, false) if hours == -VIETNAM => {
            Item::warn(Id::SourceClock, lang, hours_behind(lang, -hours), set_zone(lang))
        }
        (true, false) => Item::ok(Id::SourceClock, lang, hours_behind(lang, -hours)),
        (false, true) => {
            Item::warn(Id::SourceClock, lang, ahead_of_now(lang, ahead.num_minutes()), set_zone(lang))
        }
        (false, false) => return None,
    };
    Some(item.with_value("newest_change_ahead_s", ahead.num_seconds()))
}

/// Reads a sample, and compares the queries with each other.
async fn try_out(source: &Source, most: usize) -> Result<TriedOut, SourceError> {
    let agreement = agreement(source).await?;
    let codes = sample(source, most).await?;
    Ok(TriedOut { coverage: coverage_of(source, &codes).await?, agreement, newest: codes.into_iter().next() })
}

/// The outcome of reading a sample.
struct TriedOut {
    coverage: Coverage,
    agreement: Agreement,
    /// One of the dossiers that changed last.
    newest: Option<DossierCode>,
}

/// The findings about the local database.
pub(super) struct Read {
    pub(super) items: Vec<Item>,
    /// One of its dossiers.
    pub(super) dossier: Option<DossierCode>,
}

/// What the queries of the mapping were found not to agree in, in lines.
fn disagreements(lang: Lang, agreement: &Agreement) -> Vec<String> {
    let lacks = agreement
        .lacking
        .iter()
        .map(|found| lacking(lang, found.given_by, found.lacks, found.dossiers, &found.example));
    let scans =
        agreement.full_scans.iter().map(|scan| full_scan(lang, &scan.query, &scan.table, &scan.columns));
    let forms = &agreement.mixed_times;
    let mixed = (!forms.is_empty()).then(|| mixed(lang, forms.join("; ")));
    lacks.chain(scans).chain(mixed).collect()
}

fn refusal(context: &Context<'_>, id: Id, error: &SourceError) -> Item {
    let lang = context.lang;
    let all = match error {
        SourceError::Several(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let (message, remedy, lines) = match error.trouble() {
        Some(trouble) => {
            let reasons: Vec<String> = all.iter().map(SourceError::reason).collect();
            (trouble.text(lang).to_owned(), trouble.remedy(lang, SOURCE_KEYS), reasons)
        }
        None => {
            let (message, remedy) = query_refusal(context, all);
            (message, remedy, all.iter().map(ToString::to_string).collect())
        }
    };
    Item::fail(id, lang, error.class(), message, remedy).with_details(lines)
}

/// The words about failures of which at least one is no trouble of the database itself.
fn query_refusal(context: &Context<'_>, all: &[SourceError]) -> (String, String) {
    let lang = context.lang;
    let file = context.source.mapping.display();
    match all {
        [SourceError::Timeout { .. }, ..] => (too_slow(lang), speed_up(lang)),
        [SourceError::Protocol { .. }, ..] => (odd(lang), see_log(lang)),
        [SourceError::Panicked { .. }, ..] => (broke_off(lang), report_it(lang)),
        [SourceError::Data { .. }] => (bad_row(lang), correct_row(lang)),
        [SourceError::Config(_)] => (unusable_settings(lang), correct_settings(lang)),
        [SourceError::Writes { .. }] => (writes(lang), only_read(lang, file)),
        _ if all.iter().any(|error| error.trouble() == Some(DatabaseTrouble::Rights)) => {
            (mismatch(lang, all.len()), correct_both(lang, file))
        }
        _ => (mismatch(lang, all.len()), correct_sql(lang, file)),
    }
}

fn judge(lang: Lang, coverage: &Coverage, agreement: &Agreement) -> Item {
    let disagreements = disagreements(lang, agreement);
    let held = coverage.dossiers.saturating_sub(coverage.whole + coverage.not_sent);
    let item = if coverage.dossiers == 0 {
        Item::ok(Id::Sample, lang, empty(lang))
    } else if held == 0 && !disagreements.is_empty() {
        Item::warn(Id::Sample, lang, disagree(lang, lang.count(coverage.dossiers)), see_queries(lang))
    } else if held == 0 {
        Item::ok(Id::Sample, lang, all_whole(lang, lang.count(coverage.dossiers)))
    } else {
        let message = some_held(lang, lang.count(coverage.dossiers), lang.count(held));
        Item::warn(Id::Sample, lang, message, see_coverage(lang))
    };
    let values = coverage.tables.iter().flat_map(|table| {
        let unknown = table.values.iter().filter(|value| value.national.is_none());
        unknown.map(|value| unmapped(lang, table.table, cut(&value.local), lang.count(value.dossiers)))
    });
    let defects = coverage.defects.iter().map(|found| {
        let kind = FindingKind::from_name(found.kind);
        let line =
            kind.map_or_else(|| found.subject.clone(), |kind| kind.line_for_operator(lang, &found.subject));
        let cure = kind.map_or(found.kind, |kind| kind.remedy(lang));
        defect(lang, cure, line, lang.count(found.dossiers))
    });
    let left_out = coverage.left_out.map(|rows| left_out(lang, lang.count(rows)));
    item.with_details(left_out.into_iter().chain(disagreements).chain(values.chain(defects).take(MOST_LINES)))
        .with_value("left_out", coverage.left_out)
        .with_value("dossiers", coverage.dossiers)
        .with_value("sendable", coverage.whole)
        .with_value("covered", coverage.covered)
}

fn cut(value: &str) -> String {
    if value.chars().count() <= LONGEST_CODE {
        return value.to_owned();
    }
    value.chars().take(3).chain("…".chars()).collect()
}
