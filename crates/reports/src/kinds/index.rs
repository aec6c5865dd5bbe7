//! The indicators of Decision 766 in reports: their values and points on both sides, by group, by set of formulas, by unit and by month,
//! and the targets of plans.

mod given;

use dongbo_model::{Lang, texts};

use super::{Issue, month_named, with};
use crate::chart::{Bar, Bars, Chart, Line, Lines, Mark};
use crate::document::{Block, Column, Row, Table};
use crate::figures::Figure;
use crate::text::counted;

pub use given::{Aim, BySet, GroupPoints, Index, Measure, Measured, Points, PublishedMeasure, UnitMeasured};

texts! {
    apart(many): "Số liệu trên Cổng thấp hơn số liệu một cửa ở {many}: phần chênh lệch là do chưa đồng bộ.", "The portal shows less than the local system in {many}: what lies between is not synchronised.";
    reached(met, all): "Đạt {met} trên {all} chỉ tiêu có số liệu.", "{met} of {all} targets with a number are reached.";
    scored(points, of, local, local_of): "Tổng điểm theo số liệu Cổng đã nhận: {points} trên {of} điểm chấm được; theo hệ thống một cửa: {local} trên {local_of}.",
        "Points by what the portal accepted: {points} of the {of} that can be given; by the local system: {local} of {local_of}.";
    table_indicators(): "Kết quả từng chỉ số", "Each indicator";
    table_groups(): "Điểm theo sáu nhóm chỉ số", "Points of the six groups";
    table_sets(): "Kết quả theo từng bộ công thức (số liệu Cổng đã nhận)", "Values by each set of formulas (as the portal has them)";
    table_targets(): "Chỉ tiêu của các kế hoạch", "Targets of the plans";
    table_units(): "Một số chỉ số theo đơn vị (số liệu Cổng đã nhận)", "Some indicators by unit (as the portal has them)";
    table_months(): "Chỉ số theo tháng (số liệu Cổng đã nhận)", "Indicators by month (as the portal has them)";
    chart_groups(): "Điểm từng nhóm so với điểm tối đa", "Points of each group against the most";
    chart_targets(): "Kết quả so với chỉ tiêu", "Values against targets";
    chart_months(): "Một số chỉ số trong 12 tháng (số liệu Cổng đã nhận)", "Some indicators, twelve months (as the portal has them)";
    head_id(): "Mã", "Id";
    head_indicator(): "Chỉ số", "Indicator";
    head_numerator(): "Tử số", "Numerator";
    head_denominator(): "Mẫu số", "Denominator";
    head_value(): "Kết quả", "Value";
    head_points(): "Điểm", "Points";
    head_of(): "Trên", "Of";
    head_portal(): "Cổng đã nhận", "As the portal has it";
    head_local(): "Hệ thống một cửa", "Local system";
    head_published(): "Cổng công bố", "Published";
    head_group(): "Nhóm chỉ số", "Group";
    head_most(): "Tối đa", "Most";
    head_without(): "Chỉ số chưa chấm được", "Without points";
    head_plan(): "Kế hoạch", "Plan";
    head_target(): "Chỉ tiêu", "Target";
    head_wanted(): "Mức phải đạt", "Wanted";
    head_met(): "Đánh giá", "Reached";
    head_number(): "TT", "No.";
    head_unit(): "Đơn vị", "Unit";
    head_received(): "Tiếp nhận", "Received";
    total(): "Tổng cộng", "Total";
    remarked(name, remark): "{name} (Cổng ghi chú: {remark})", "{name} (the portal's remark: {remark})";
    points_unit(): "điểm", "points";
    entered(name): "{name} (số nhập)", "{name} (entered)";
    met(): "Đạt", "yes";
    not_met(): "Chưa đạt", "no";
    no_number(): "Chưa có số liệu", "no number";
    note_set(set, words): "Công thức: bộ {set} ({words}). Mỗi chỉ số được làm tròn một lần, đến hai chữ số thập phân; mẫu số bằng 0 ghi N/A.",
        "Formulas: set {set} ({words}). Each value is rounded once, to two decimals; N/A stands for a zero denominator.";
    note_views():
        "“Cổng đã nhận” là số liệu tính từ những gì Cổng đã nhận của từng hồ sơ; số Cổng công bố chính thức có thể khác và không bị thay thế bởi bảng này.",
        "“As the portal has it” is computed from what the portal accepted of each dossier; the portal's own published number may differ and is not replaced by this table.";
    note_published(at):
        "“Cổng công bố” là số chính thức, giữ nguyên như Cổng đưa ra, lấy lúc {at}; ô trống là Cổng không công bố. Điểm của 2.1, 3.1–3.3, 3.5 và 3.6 không được công bố riêng nên tính từ số đếm Cổng công bố.",
        "“Published” is the portal's official number as it came, fetched at {at}; what is not published is empty. Points of 2.1, 3.1–3.3, 3.5 and 3.6 are not published one by one and follow from its counts.";
    note_not_published(): "Chưa có số liệu Cổng công bố của kỳ này.", "The portal's own figures of this period are not there.";
    note_entered(): "Chỉ số ghi “số nhập” do cơ quan nhập từ hệ thống khác; người nhập và ngày nhập xem bằng lệnh dongbo indicators history.",
        "Indicators marked “entered” come from other systems; dongbo indicators history tells who entered them and when.";
    note_counts(): "Tử số, mẫu số đếm thủ tục, dịch vụ hoặc có số nhập thì không liệt kê được thành hồ sơ; cách tính xem bằng lệnh dongbo indicators explain.",
        "Numerators and denominators that count procedures or services, or have entered counts in them, cannot be listed as dossiers; dongbo indicators explain tells how they come about.";
}

fn real(hundredths: u32) -> f64 {
    f64::from(hundredths) / 100.0
}

impl Index {
    /// The command that lists the dossiers of a part behind an indicator, whose id a row adds.
    fn listed(&self, issue: &Issue, part: &str, view: &str) -> String {
        let (period, set) = (issue.period, &self.set.0);
        format!("dongbo indicators list --period {period} --set {set} --part {part} --view {view}")
    }

    /// The notes on how its numbers come about.
    pub(super) fn notes(&self, lang: Lang) -> Vec<String> {
        let (set, words) = &self.set;
        let mut notes = vec![note_set(lang, set, words), note_views(lang), note_counts(lang)];
        notes.push(match self.published_at {
            Some(at) => note_published(lang, lang.moment(at)),
            None => note_not_published(lang),
        });
        if self.indicators.iter().any(|one| one.is_entered) {
            notes.push(note_entered(lang));
        }
        notes
    }

    /// A sentence on where the portal shows less; `None` where it does nowhere.
    pub(super) fn lower(&self, lang: Lang) -> Option<String> {
        let is_lower = |one: &&Measured| !one.is_days && one.portal.value < one.local.value;
        let lower = counted(self.indicators.iter().filter(is_lower));
        (lower > 0).then(|| apart(lang, lang.many(lower, "chỉ số", "indicator", "indicators")))
    }

    /// The table of all indicators.
    pub(super) fn table(&self, issue: &Issue) -> Table {
        let lang = issue.lang;
        let mut columns = vec![Column::new(head_id(lang), 11), Column::new(head_indicator(lang), 34)];
        for (view, group) in [("portal", head_portal(lang)), ("local", head_local(lang))] {
            let listed = |part: &str| with(&self.listed(issue, part, view), &self.scope);
            columns.extend([
                Column::new(head_numerator(lang), 15).under(&group).listed_by(listed("numerator")),
                Column::new(head_denominator(lang), 15).under(&group).listed_by(listed("denominator")),
                Column::new(head_value(lang), 19).under(&group),
                Column::new(head_points(lang), 12).under(&group),
            ]);
        }
        if self.published_at.is_some() {
            let group = head_published(lang);
            columns.push(Column::new(head_value(lang), 19).under(&group));
            columns.push(Column::new(head_points(lang), 12).under(group));
        }
        let rows = self.indicators.iter().map(|one| {
            let name = if one.is_entered { entered(lang, &one.name) } else { one.name.clone() };
            let name = match &one.published.remark {
                Some(remark) => remarked(lang, name, remark),
                None => name,
            };
            let mut cells = vec![Figure::text(&one.number), Figure::Text(name)];
            for side in [one.portal, one.local] {
                cells.extend(side.cells(one));
            }
            if self.published_at.is_some() {
                let PublishedMeasure { value, points, .. } = one.published;
                cells.push(value.map_or(Figure::Empty, |value| one.figure(Some(value))));
                cells.push(points.map_or(Figure::Empty, |points| Figure::Decimal(Some(points))));
            }
            Row { cells, scope: Some(one.id.clone()), is_total: false }
        });
        Table { title: table_indicators(lang), rows: rows.collect(), columns }
    }

    /// The points of the groups: a sentence, a table and a chart.
    pub(super) fn groups(&self, lang: Lang) -> Vec<Block> {
        let sum = |side: fn(&GroupPoints) -> Points| {
            self.groups.iter().map(side).fold(Points::default(), |all, one| Points {
                points: all.points + one.points,
                of: all.of + one.of,
            })
        };
        let (portal, local) = (sum(|group| group.portal), sum(|group| group.local));
        let shown = |points: Points| Figure::Decimal(Some(points.points)).shown(lang);
        let words = scored(lang, shown(portal), portal.of, shown(local), local.of);
        let mut columns = vec![Column::new(head_group(lang), 36), Column::new(head_most(lang), 12)];
        for group in [head_portal(lang), head_local(lang)] {
            columns.push(Column::new(head_points(lang), 13).under(&group));
            columns.push(Column::new(head_of(lang), 11).under(group));
        }
        if self.published_at.is_some() {
            columns.push(Column::new(head_points(lang), 13).under(head_published(lang)));
        }
        columns.push(Column::new(head_without(lang), 30));
        let row = |name: &str, most: u32, sides: [Points; 2], published: Option<u32>, without: &[String]| {
            let mut cells = vec![Figure::text(name), Figure::Count(u64::from(most))];
            for side in sides {
                cells.extend([Figure::Decimal(Some(side.points)), Figure::Count(u64::from(side.of))]);
            }
            if self.published_at.is_some() {
                cells.push(published.map_or(Figure::Empty, |points| Figure::Decimal(Some(points))));
            }
            cells.push(Figure::text(without.join(", ")));
            Row::plain(cells)
        };
        let mut rows: Vec<Row> = self
            .groups
            .iter()
            .map(|group| {
                row(&group.name, group.most, [group.portal, group.local], group.published, &group.without)
            })
            .collect();
        let most = self.groups.iter().map(|group| group.most).sum();
        rows.push(Row {
            is_total: true,
            ..row(&total(lang), most, [portal, local], self.published_total, &[])
        });
        let bars = self.groups.iter().map(|group| Bar {
            label: group.name.clone(),
            value: Some(real(group.portal.points)),
            target: Some(f64::from(group.most)),
        });
        let chart = Bars {
            title: chart_groups(lang),
            unit: points_unit(lang),
            mark: Mark::Most,
            bars: bars.collect(),
        };
        vec![
            Block::Paragraph(words),
            Block::Table(Table { title: table_groups(lang), columns, rows }),
            Block::Chart(Chart::Bars(chart)),
        ]
    }

    /// The values by each set of formulas.
    pub(super) fn sets(&self, lang: Lang) -> Table {
        let mut columns = vec![Column::new(head_id(lang), 14), Column::new(head_indicator(lang), 50)];
        columns.extend(self.by_set.sets.iter().map(|set| Column::new(set, 20)));
        let rows = self.indicators.iter().zip(&self.by_set.values).map(|(one, values)| {
            let mut cells = vec![Figure::text(&one.number), Figure::text(&one.name)];
            cells.extend(values.iter().map(|value| one.figure(*value)));
            Row::plain(cells)
        });
        Table { title: table_sets(lang), rows: rows.collect(), columns }
    }

    /// The targets of plans: a sentence, a table and a chart.
    pub(super) fn aims(&self, lang: Lang) -> Vec<Block> {
        let heads =
            [(head_number(lang), 6), (head_plan(lang), 30), (head_target(lang), 42), (head_wanted(lang), 22)];
        let mut columns = Column::several(heads);
        columns.extend(Column::several([(head_value(lang), 18), (head_met(lang), 16)]));
        let judged = |is_met| match is_met {
            Some(true) => met(lang),
            Some(false) => not_met(lang),
            None => no_number(lang),
        };
        let rows = (1..).zip(&self.targets).map(|(number, aim): (u64, &Aim)| {
            Row::plain(vec![
                Figure::text(number.to_string()),
                Figure::text(&aim.plan),
                Figure::text(&aim.words),
                Figure::text(&aim.wanted),
                aim.value.clone(),
                Figure::text(judged(aim.is_met)),
            ])
        });
        let table = Table { title: table_targets(lang), columns, rows: rows.collect() };
        let known = || self.targets.iter().filter_map(|aim| aim.is_met);
        let words =
            reached(lang, lang.count(counted(known().filter(|met| *met))), lang.count(counted(known())));
        let mut blocks = vec![Block::Paragraph(words), Block::Table(table)];
        let percents = self.targets.iter().filter_map(|aim| {
            let target = Some(real(aim.percent?));
            Some(Bar { label: aim.words.clone(), value: aim.stands_at.map(real), target })
        });
        let bars: Vec<Bar> = percents.collect();
        if !bars.is_empty() {
            let chart = Bars { title: chart_targets(lang), unit: "%".to_owned(), mark: Mark::Target, bars };
            blocks.push(Block::Chart(Chart::Bars(chart)));
        }
        blocks
    }

    /// Some indicators by unit.
    pub(super) fn by_unit(&self, issue: &Issue) -> Table {
        let lang = issue.lang;
        let received = format!("{} 2.1", self.listed(issue, "denominator", "local"));
        let mut columns = vec![
            Column::new(head_number(lang), 7),
            Column::new(head_unit(lang), 40),
            Column::new(head_received(lang), 15).listed_by(received),
        ];
        columns.extend(self.chosen.iter().map(|id| Column::new(id, 14)));
        let rows = (1..).zip(&self.units).map(|(number, unit): (u64, &UnitMeasured)| {
            let mut cells = vec![Figure::text(number.to_string()), Figure::text(&unit.name)];
            cells.push(Figure::Count(unit.received));
            cells.extend(unit.values.iter().map(|value| Figure::Percent(*value)));
            Row { cells, scope: Some(unit.scope.clone()), is_total: false }
        });
        Table { title: table_units(lang), rows: rows.collect(), columns }
    }

    /// All indicators by month, for whoever reckons with them.
    pub(super) fn month_table(&self, lang: Lang) -> Table {
        let mut columns = vec![Column::new(head_id(lang), 16)];
        columns.extend(self.months.iter().map(|(month, _)| {
            Column::new(format!("{:02}", month.number()), 11).under(month.year().to_string())
        }));
        let rows = self.indicators.iter().enumerate().filter_map(|(place, one)| {
            let values = || self.months.iter().map(|(_, values)| values.get(place).copied().flatten());
            // What nobody computes or entered tells nothing in any month.
            values().any(|value| value.is_some()).then(|| {
                let cells = values().map(Figure::Decimal);
                Row::plain([Figure::text(&one.id)].into_iter().chain(cells).collect())
            })
        });
        Table { title: table_months(lang), rows: rows.collect(), columns }
    }

    /// The chosen indicators over the months.
    pub(super) fn month_chart(&self, lang: Lang) -> Chart {
        let line = |(place, one): (usize, &Measured)| {
            let values = self.months.iter().map(|(_, values)| values.get(place).copied().flatten().map(real));
            Line { name: format!("{} {}", one.number, one.name), values: values.collect() }
        };
        let chosen = self.indicators.iter().enumerate().filter(|(_, one)| self.chosen.contains(&one.id));
        Chart::Lines(Lines {
            title: chart_months(lang),
            unit: "%".to_owned(),
            moments: self.months.iter().map(|(month, _)| month_named(lang, *month)).collect(),
            lines: chosen.map(line).collect(),
        })
    }
}

impl Measured {
    /// A value of it.
    const fn figure(&self, value: Option<u32>) -> Figure {
        if self.is_days { Figure::Decimal(value) } else { Figure::Percent(value) }
    }
}

impl Measure {
    /// Numerator, denominator, value and points.
    fn cells(self, of: &Measured) -> [Figure; 4] {
        let count = |many, is_listed| if is_listed { Figure::Count(many) } else { Figure::Number(many) };
        if of.is_entered && self.denominator == 0 {
            return [Figure::Empty, Figure::Empty, of.figure(None), Figure::Empty];
        }
        let (numerator, denominator) = of.is_listed;
        // The numerator of a mean time is a sum of seconds, which tells nobody anything.
        let numerator = if of.is_days { Figure::Empty } else { count(self.numerator, numerator) };
        let points = self.points.map_or(Figure::Empty, |points| Figure::Decimal(Some(points)));
        [numerator, count(self.denominator, denominator), of.figure(self.value), points]
    }
}
