//! The report on late dossiers: by unit and officer, those that are late on the portal alone, and the letter of apology of each.

use chrono::NaiveDate;
use dongbo_model::{Lang, texts, vocabulary};

use super::{Issue, Kind, with};
use crate::document::{Block, Column, Report, Row, Section, Table};
use crate::figures::Figure;
use crate::period::named;

texts! {
    heading_whole(): "TÌNH HÌNH CHUNG", "OVERVIEW";
    heading_units(): "HỒ SƠ TRỄ HẠN THEO ĐƠN VỊ", "LATE DOSSIERS BY UNIT";
    heading_officers(): "HỒ SƠ TRỄ HẠN THEO CÁN BỘ", "LATE DOSSIERS BY OFFICER";
    heading_reasons(): "HỒ SƠ TRỄ HẠN ẢO THEO NGUYÊN NHÂN", "LATE ON THE PORTAL ALONE, BY REASON";
    heading_dossiers(): "DANH SÁCH HỒ SƠ TRỄ HẠN VÀ THƯ XIN LỖI", "LATE DOSSIERS AND LETTERS OF APOLOGY";
    whole(period, judged, late, share):
        "Trong {period}, {judged} được tính đúng hạn hay trễ hạn; trễ hạn thực tế {late} ({share}).",
        "In {period} {judged} are judged; {late} are late ({share}).";
    on_portal(portal, falsely, missed):
        "Cổng tính trễ hạn {portal}, trong đó {falsely} trễ hạn ảo do đồng bộ chậm hoặc sai; {missed} trễ hạn thực tế mà Cổng chưa tính trễ.",
        "The portal counts {portal} as late, {falsely} of them by synchronisation alone; {missed} that are late are not late there.";
    letters(published, missing): "Thư xin lỗi: đã đăng công khai {published}, chưa đăng {missing}.", "Letters of apology: {published} published, {missing} missing.";
    letters_unknown(): "Chưa rõ việc đăng thư xin lỗi: chưa khai báo sổ thư xin lỗi (report.apologies).", "Nothing is known of letters of apology: no register of them is configured (report.apologies).";
    none(): "Không có hồ sơ trễ hạn.", "No dossier is late.";
    more(shown, command): "Chỉ in {shown} hồ sơ đầu; toàn bộ danh sách xem bằng lệnh: {command}", "Only the first {shown} are printed; all of them are listed by: {command}";
    more_officers(shown, all): "Có {all} cán bộ có hồ sơ trễ hạn; chỉ in {shown} người nhiều nhất.", "{all} officers have late dossiers; the {shown} with most are printed.";
    table_units(): "Hồ sơ trễ hạn theo đơn vị", "Late dossiers by unit";
    table_officers(): "Hồ sơ trễ hạn theo cán bộ xử lý bước cuối", "Late dossiers by the officer of the last step";
    table_reasons(): "Hồ sơ trễ hạn ảo theo nguyên nhân", "Dossiers late on the portal alone, by reason";
    table_dossiers(): "Hồ sơ trễ hạn thực tế", "Late dossiers";
    head_number(): "TT", "No.";
    head_unit(): "Đơn vị", "Unit";
    head_officer(): "Cán bộ (mã)", "Officer (code)";
    head_judged(): "Hồ sơ tính", "Judged";
    head_late(): "Trễ hạn thực tế", "Late";
    head_share(): "Tỷ lệ trễ", "Share late";
    head_portal(): "Cổng tính trễ", "Late on the portal";
    head_falsely(): "Trễ hạn ảo", "Falsely late";
    head_missed(): "Cổng chưa tính trễ", "Not late there";
    head_published(): "Đã đăng", "Published";
    head_missing(): "Chưa đăng", "Missing";
    group_letters(): "Thư xin lỗi", "Letters of apology";
    head_reason(): "Nguyên nhân", "Reason";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_code(): "Mã hồ sơ", "Dossier";
    head_procedure(): "Thủ tục", "Procedure";
    head_due(): "Hẹn trả", "Due";
    head_ended(): "Kết thúc", "Ended";
    head_letter(): "Thư xin lỗi", "Letter of apology";
    not_ended(): "chưa xong", "not ended";
    letter_of(number, day): "số {number} ngày {day}", "no. {number} of {day}";
    total(): "Tổng cộng", "Total";
    note_verdict(): "Đúng hạn, trễ hạn theo chỉ số 2.1: yêu cầu bổ sung từ hai lần là trễ; hồ sơ chưa xong được tính đến ngày cuối kỳ.",
        "On time and late are those of indicator 2.1: two requests for papers make a dossier late; one that has not ended is judged by the period's last day.";
    note_officer(): "Cán bộ được ghi bằng mã hoặc mã băm của bước xử lý cuối, không ghi họ tên.", "Officers are told by the code, or keyed hash, of the last step's handler; no names.";
    note_letter(): "Thư xin lỗi lấy từ sổ do cơ quan ghi (report.apologies); hồ sơ trễ hạn không có trong sổ là chưa đăng.",
        "Letters of apology are those of the office's register (report.apologies); of a late dossier that is not in it the letter is missing.";
}

vocabulary! {
    /// The letter of apology for a late dossier.
    pub enum Letter
    texts {
        /// Its name.
        text
    }
    {
        /// It is published.
        Published = "published", ["đã đăng", "published"];
        /// It is not.
        Missing = "missing", ["chưa đăng", "missing"];
        /// There is no register of letters.
        Unknown = "unknown", ["chưa rõ", "unknown"];
    }
}

/// The figures of a report on late dossiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateFigures {
    /// The parts of every report.
    pub issue: Issue,
    /// The late dossiers.
    pub late: LateDossiers,
}

/// The late dossiers of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LateDossiers {
    /// The options that narrow its commands to what it is about, `--unit` of one unit; empty for all.
    pub scope: String,
    /// All of them, each once.
    pub all: LateCounts,
    /// By unit; one above others has theirs in it.
    pub units: Vec<LateRow>,
    /// By officer, those with most late dossiers first.
    pub officers: Vec<LateRow>,
    /// How many officers have late dossiers, on either side.
    pub officers_in_all: u64,
    /// Those late on the portal alone, by reason: its name, the option that narrows a command to it, and how many.
    pub reasons: Vec<(String, String, u64)>,
    /// Whether there is a register of letters.
    pub has_register: bool,
    /// The first of the late dossiers.
    pub dossiers: Vec<LateDossier>,
}

/// The dossiers of a unit or an officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateRow {
    /// Its name.
    pub name: String,
    /// The options that narrow a command to it.
    pub scope: String,
    /// Its counts.
    pub counts: LateCounts,
}

/// Counts of judged dossiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LateCounts {
    /// All that are judged.
    pub judged: u64,
    /// Of these, those that are late.
    pub late: u64,
    /// Those that are late on the portal.
    pub portal: u64,
    /// Those that are late on the portal alone.
    pub falsely: u64,
    /// Those that are late and not on the portal.
    pub missed: u64,
    /// Late ones with a published letter.
    pub published: u64,
    /// Late ones without one, as far as that is known.
    pub missing: u64,
}

/// A late dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateDossier {
    /// Its code.
    pub code: String,
    /// The unit that handles it.
    pub unit: String,
    /// The national code of its procedure.
    pub procedure: String,
    /// The officer of its last step; empty when that is not known.
    pub officer: String,
    /// The day for which it was promised.
    pub due: Option<NaiveDate>,
    /// The day on which it ended.
    pub ended: Option<NaiveDate>,
    /// Its letter, with number and day where it has one.
    pub letter: (Letter, Option<(String, NaiveDate)>),
}

impl std::ops::AddAssign for LateCounts {
    fn add_assign(&mut self, other: Self) {
        self.judged += other.judged;
        self.late += other.late;
        self.portal += other.portal;
        self.falsely += other.falsely;
        self.missed += other.missed;
        self.published += other.published;
        self.missing += other.missing;
    }
}

impl LateFigures {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let lang = self.issue.lang;
        let late = &self.late;
        let section = |heading, blocks| Section { heading, blocks };
        let whole = Block::Paragraph(late.words(lang, &named(lang, self.issue.period)));
        let mut sections = vec![section(heading_whole(lang), vec![whole])];
        if !late.units.is_empty() {
            sections.push(section(heading_units(lang), vec![Block::Table(late.by_unit(&self.issue))]));
        }
        if !late.officers.is_empty() {
            sections.push(section(heading_officers(lang), late.by_officer(&self.issue)));
        }
        if !late.reasons.is_empty() {
            sections.push(section(heading_reasons(lang), vec![Block::Table(late.by_reason(&self.issue))]));
        }
        sections.push(section(heading_dossiers(lang), late.listed(&self.issue)));
        Report { sections, notes: late.notes(lang), ..self.issue.begun(Kind::Late) }
    }
}

impl LateDossiers {
    /// The sentences on all of them.
    pub(super) fn words(&self, lang: Lang, period: &str) -> String {
        let (all, count) = (self.all, |many| lang.count(many));
        let share = Figure::Share { part: all.late, whole: all.judged }.shown(lang);
        let first = whole(lang, period, lang.dossiers(all.judged), count(all.late), share);
        let second = on_portal(lang, count(all.portal), count(all.falsely), count(all.missed));
        format!("{first} {second} {}", self.letters(lang))
    }

    /// The sentence on letters of apology.
    fn letters(&self, lang: Lang) -> String {
        if self.has_register {
            letters(lang, lang.count(self.all.published), lang.count(self.all.missing))
        } else {
            letters_unknown(lang)
        }
    }

    /// The notes on how its numbers come about.
    pub(super) fn notes(&self, lang: Lang) -> Vec<String> {
        let letter = self.has_register.then(|| note_letter(lang));
        [note_verdict(lang), note_officer(lang)].into_iter().chain(letter).collect()
    }

    pub(super) fn by_unit(&self, issue: &Issue) -> Table {
        let lang = issue.lang;
        self.table(issue, table_units(lang), head_unit(lang), &self.units, "")
    }

    fn by_officer(&self, issue: &Issue) -> Vec<Block> {
        let lang = issue.lang;
        let mut table =
            self.table(issue, table_officers(lang), head_officer(lang), &self.officers, &self.scope);
        // Officers without a late dossier are left out, so the rows add up to less.
        table.rows.retain(|row| !row.is_total);
        let shown = u64::try_from(self.officers.len()).unwrap_or(u64::MAX);
        let cut = (shown < self.officers_in_all)
            .then(|| more_officers(lang, lang.count(shown), lang.count(self.officers_in_all)));
        cut.map(Block::Paragraph).into_iter().chain([Block::Table(table)]).collect()
    }

    fn table(&self, issue: &Issue, title: String, head: String, rows: &[LateRow], scope: &str) -> Table {
        let lang = issue.lang;
        let command = with(&format!("dongbo report judged --period {}", issue.period), scope);
        let listed = |options: &str| with(&command, options);
        let mut columns = vec![
            Column::new(head_number(lang), 7),
            Column::new(head, 36),
            Column::new(head_judged(lang), 13).listed_by(listed("")),
            Column::new(head_late(lang), 14).listed_by(listed("--verdict late")),
            Column::new(head_share(lang), 15).listed_by(listed("--verdict late")),
            Column::new(head_portal(lang), 14).listed_by(listed("--verdict portal-late")),
            Column::new(head_falsely(lang), 13).listed_by(listed("--verdict falsely-late")),
            Column::new(head_missed(lang), 14).listed_by(listed("--verdict falsely-on-time")),
        ];
        if self.has_register {
            let group = group_letters(lang);
            let letter = |state: &str| listed(&format!("--verdict late --letter {state}"));
            columns.push(Column::new(head_published(lang), 12).under(&group).listed_by(letter("published")));
            columns.push(Column::new(head_missing(lang), 12).under(&group).listed_by(letter("missing")));
        }
        let row = |number: String, name: &str, scope: &str, of: LateCounts, is_total| {
            let mut cells = vec![Figure::Text(number), Figure::text(name)];
            cells.extend([of.judged, of.late].map(Figure::Count));
            cells.push(Figure::Share { part: of.late, whole: of.judged });
            cells.extend([of.portal, of.falsely, of.missed].map(Figure::Count));
            if self.has_register {
                cells.extend([of.published, of.missing].map(Figure::Count));
            }
            Row { cells, scope: Some(scope.to_owned()), is_total }
        };
        let numbered = (1..).zip(rows);
        let mut drawn: Vec<Row> = numbered
            .map(|(number, one): (u64, &LateRow)| {
                row(number.to_string(), &one.name, &one.scope, one.counts, false)
            })
            .collect();
        // Without the report's own scope in the columns, the row of the sum has it.
        let own = if scope.is_empty() { self.scope.as_str() } else { "" };
        drawn.push(row(String::new(), &total(lang), own, self.all, true));
        Table { title, columns, rows: drawn }
    }

    pub(super) fn by_reason(&self, issue: &Issue) -> Table {
        let lang = issue.lang;
        let command = format!("dongbo report judged --period {} --verdict falsely-late", issue.period);
        let columns = vec![
            Column::new(head_number(lang), 8),
            Column::new(head_reason(lang), 70),
            Column::new(head_dossiers(lang), 18).listed_by(with(&command, &self.scope)),
        ];
        let rows = (1..).zip(&self.reasons).map(|(number, (name, scope, many))| {
            let number: u64 = number;
            let cells = vec![Figure::text(number.to_string()), Figure::text(name), Figure::Count(*many)];
            Row { cells, scope: Some(scope.clone()), is_total: false }
        });
        Table { title: table_reasons(lang), rows: rows.collect(), columns }
    }

    /// The late dossiers one by one.
    fn listed(&self, issue: &Issue) -> Vec<Block> {
        let lang = issue.lang;
        if self.dossiers.is_empty() {
            return vec![Block::Paragraph(none(lang))];
        }
        let columns = Column::several([
            (head_number(lang), 6),
            (head_code(lang), 30),
            (head_unit(lang), 13),
            (head_procedure(lang), 15),
            (head_officer(lang), 25),
            (head_due(lang), 18),
            (head_ended(lang), 18),
            (head_letter(lang), 27),
        ]);
        let rows = (1..).zip(&self.dossiers).map(|(number, one): (u64, &LateDossier)| {
            let day = |day: Option<NaiveDate>| day.map_or(Figure::Empty, Figure::Day);
            Row::plain(vec![
                Figure::text(number.to_string()),
                Figure::text(&one.code),
                Figure::text(&one.unit),
                Figure::text(&one.procedure),
                Figure::text(&one.officer),
                day(one.due),
                one.ended.map_or_else(|| Figure::Text(not_ended(lang)), Figure::Day),
                Figure::Text(one.letter_told(lang)),
            ])
        });
        let shown = lang.count(u64::try_from(self.dossiers.len()).unwrap_or(u64::MAX));
        let table = Table { title: table_dossiers(lang), rows: rows.collect(), columns };
        let command = format!("dongbo report judged --period {} --verdict late", issue.period);
        let is_cut = u64::try_from(self.dossiers.len()).is_ok_and(|shown| shown < self.all.late);
        let cut = is_cut.then(|| Block::Paragraph(more(lang, shown, with(&command, &self.scope))));
        [Block::Table(table)].into_iter().chain(cut).collect()
    }
}

impl LateDossier {
    /// Its letter in words.
    #[must_use]
    pub fn letter_told(&self, lang: Lang) -> String {
        let (letter, details) = &self.letter;
        match details {
            Some((number, day)) => letter_of(lang, number, crate::figures::written_day(lang, *day)),
            None => letter.text(lang).to_owned(),
        }
    }
}
