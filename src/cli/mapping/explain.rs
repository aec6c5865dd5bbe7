//! `dongbo mapping explain <code>`: shows how one dossier's columns become the portal's fields.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::super::codes;
use super::super::failure::{Ended, Failure};
use super::super::globals::{Globals, WhichSource, open_source};
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use super::wire;
use dongbo_model::clock::Clock;
use dongbo_model::{Detail, DossierCode, Finding, FindingKind, texts};
use dongbo_source::{
    Observation, Observe, ObservedReading, ObservedValue, Reading, Source, SourceError, WITHHELD,
};

texts! {
    absent(code): "Ở một cửa không có hồ sơ {code}.", "The local database has no dossier {code}.";
    whole(code): "Hồ sơ {code} đọc được trọn vẹn và gửi được.", "Dossier {code} can be read whole and sent.";
    defective(code, many):
        "Hồ sơ {code} có {many} lỗi, chưa gửi được:",
        "Dossier {code} cannot be sent because of {many} defects:";
    resting(code): "Hồ sơ {code} không gửi ở trạng thái này:", "Dossier {code} is not sent at this status:";
    main_row(): "Hồ sơ [dossiers]", "The dossier [dossiers]";
    list_row(list, row): "Danh sách [{list}], dòng {row}", "List [{list}], row {row}";
    head_column(): "Cột", "Column";
    head_wire(): "Trường trên Cổng", "Portal's field";
    head_local(): "Ở một cửa", "Local";
    head_sent(): "Gửi đi", "Sent";
    sent_nowhere(): "không gửi", "not sent";
    empty(): "trống", "empty";
    not_known(): "không biết ([unknown])", "not known ([unknown])";
    unreadable(): "không đọc được", "cannot be read";
    unmapped(table): "chưa có trong [{table}]", "not in [{table}]";
    chars(many): "{many} ký tự", "{many} characters";
}

/// The options of `dongbo mapping explain`.
#[derive(Debug, Clone, clap::Args)]
pub(in super::super) struct ExplainArgs {
    /// The dossier's code.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    code: String,
    #[command(flatten)]
    source: WhichSource,
}

#[derive(Debug, Clone, Serialize)]
struct ExplainView {
    code: String,
    /// `whole`, `defective`, `not_sent` or `absent`.
    reading: &'static str,
    wrong: Vec<WrongView>,
    fields: Vec<FieldView>,
}

#[derive(Debug, Clone, Serialize)]
struct WrongView {
    kind: &'static str,
    subject: String,
    detail: String,
    #[serde(skip)]
    of: FindingKind,
}

/// One column of one row. Text is never shown, only how long it is.
#[derive(Debug, Clone, Serialize)]
struct FieldView {
    list: &'static str,
    row: usize,
    column: &'static str,
    wire: Option<&'static str>,
    #[serde(flatten)]
    value: ValueView,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "value", rename_all = "snake_case")]
enum ValueView {
    Empty,
    Code { table: &'static str, local: String, national: Option<String> },
    Moment { raw: String, at: DateTime<Utc> },
    Flag { raw: String, yes: bool },
    Number { raw: String, number: u64 },
    NotKnown { sent: &'static str },
    Text { chars: usize },
    Unreadable,
}

/// Runs `dongbo mapping explain`.
pub(super) async fn explain(globals: &Globals, args: &ExplainArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let config = globals.load()?;
    let source = open_source(&config, args.source.name.as_deref(), &clock).await?;
    let mut code = args.code.trim().to_owned();
    let mut read = read(&source, &code).await?;
    if read.as_ref().is_none_or(|read| matches!(read.reading, Reading::Absent)) {
        let meant = codes::meant_if_known(&config, &code).await?;
        if meant != code {
            code = meant;
            read = self::read(&source, &code).await?;
        }
    }
    let view = view(&code, read);
    globals.output(&clock).show(&view, render)?;
    Ok(match view.reading {
        "whole" => Ended::Complete,
        "defective" | "not_sent" => Ended::Partial,
        _ => Ended::Failed,
    })
}

async fn read(source: &Source, code: &str) -> Result<Option<ObservedReading>, SourceError> {
    let Some(code) = DossierCode::new(code) else { return Ok(None) };
    Ok(source.read_observing(&[code], Observe::Everything).await?.pop())
}

fn view(code: &str, read: Option<ObservedReading>) -> ExplainView {
    let (reading, observations) =
        read.map_or((Reading::Absent, Vec::new()), |read| (read.reading, read.observations));
    let (reading, findings) = match reading {
        Reading::Dossier(_) => ("whole", Vec::new()),
        Reading::Defective(findings)
            if findings.iter().any(|found| found.kind == FindingKind::NotForPortal) =>
        {
            ("not_sent", findings)
        }
        Reading::Defective(findings) => ("defective", findings),
        Reading::Absent => ("absent", Vec::new()),
    };
    let wrong = findings.into_iter().map(|Finding { kind, subject, detail }| WrongView {
        kind: kind.name(),
        subject,
        detail,
        of: kind,
    });
    ExplainView {
        code: code.trim().to_owned(),
        reading,
        wrong: wrong.collect(),
        fields: fields(observations),
    }
}

/// The columns, the main row first, and the rows of each list counted from one.
fn fields(mut observations: Vec<Observation>) -> Vec<FieldView> {
    observations.sort_by_key(|observation| (observation.list != "dossiers", observation.list));
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut fields = Vec::with_capacity(observations.len());
    for Observation { list, row, column, value } in observations {
        let known = rows.entry(list).or_default();
        if known.last() != Some(&row) {
            known.push(row);
        }
        let value = match value {
            ObservedValue::Empty => ValueView::Empty,
            ObservedValue::Code { table, local, national } => ValueView::Code { table, local, national },
            ObservedValue::Moment { raw, at } => ValueView::Moment { raw, at },
            ObservedValue::Flag { raw, yes } => ValueView::Flag { raw, yes },
            ObservedValue::Number { raw, number } => ValueView::Number { raw, number },
            ObservedValue::NotKnown { sent } => ValueView::NotKnown { sent },
            ObservedValue::Text { chars } => ValueView::Text { chars },
            ObservedValue::Unreadable => ValueView::Unreadable,
        };
        fields.push(FieldView { list, row: known.len(), column, wire: wire::name(list, column), value });
    }
    fields
}

fn render(view: &ExplainView, out: &mut Output) {
    let lang = out.lang();
    match view.reading {
        "whole" => out.line(out.paint(Role::Good, &whole(lang, &view.code))),
        "not_sent" => out.line(out.paint(Role::Warn, &resting(lang, &view.code))),
        "defective" => out.line(out.paint(Role::Bad, &defective(lang, &view.code, view.wrong.len()))),
        _ => out.line(out.paint(Role::Bad, &absent(lang, &view.code))),
    }
    for wrong in &view.wrong {
        let detail = if wrong.detail.is_empty() {
            String::new()
        } else {
            format!(" ({})", Detail::told(lang, &wrong.detail))
        };
        out.line(format!("  {}{detail}", wrong.of.line_for_operator(lang, &wrong.subject)));
        out.line(format!("    {}", out.paint(Role::Faint, wrong.of.remedy(lang))));
    }
    for row in view.fields.chunk_by(|a, b| (a.list, a.row) == (b.list, b.row)) {
        let Some(first) = row.first() else { continue };
        let heading =
            if first.list == "dossiers" { main_row(lang) } else { list_row(lang, first.list, first.row) };
        out.heading(&heading);
        let heads = [head_column(lang), head_wire(lang), head_local(lang), head_sent(lang)];
        let mut table = Table::new(heads.map(|head| (Side::Left, head)));
        for field in row {
            let wire = match field.wire {
                Some(wire) => Cell::from(wire),
                None => Cell::new(Role::Faint, sent_nowhere(lang)),
            };
            let (local, sent) = value_cells(&field.value, out);
            table.row([field.column.into(), wire, local, sent]);
        }
        out.table(&table);
    }
}

/// The cells for the local value and for the value that is sent.
fn value_cells(value: &ValueView, out: &Output) -> (Cell, Cell) {
    let lang = out.lang();
    match value {
        ValueView::Empty => (Cell::new(Role::Faint, empty(lang)), "".into()),
        ValueView::Code { local, national: Some(national), .. } => {
            (local.clone().into(), national.clone().into())
        }
        ValueView::Code { table, local, national: None } => {
            (local.clone().into(), Cell::new(Role::Bad, unmapped(lang, table)))
        }
        ValueView::Moment { raw, at } => (raw.clone().into(), lang.second(*at).into()),
        ValueView::Flag { raw, yes } => (raw.clone().into(), u8::from(*yes).to_string().into()),
        ValueView::Number { raw, number } => (raw.clone().into(), lang.count(*number).into()),
        ValueView::NotKnown { sent } => (Cell::new(Role::Faint, not_known(lang)), (*sent).into()),
        ValueView::Text { chars: many } => {
            (format!("{WITHHELD} ({})", chars(lang, many)).into(), WITHHELD.into())
        }
        ValueView::Unreadable => (Cell::new(Role::Bad, unreadable(lang)), "".into()),
    }
}
