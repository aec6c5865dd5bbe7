//! Answers with null, with news and with nonsense.

use serde_json::{Value, json};

use super::super::published::{Figures, OddKind, Published, PublishedRow};
use super::super::topic::Topic;

fn answer(data: Value) -> String {
    json!({ "code": "OK", "data": data, "message": "Thành công" }).to_string()
}

fn odd(published: &Published) -> Vec<(OddKind, &str, u64)> {
    published.odd.iter().map(|odd| (odd.kind, odd.name.as_str(), odd.many)).collect()
}

#[test]
fn null_stays_null_and_a_flag_is_kept_beside_the_numbers() {
    let metric = json!({ "code": "DOSSIER_SYNC", "name": "Đồng bộ", "numerator": 138744, "denominator": 138744, "ratio": 100,
        "score": 6.0, "maxScore": 6, "dataQualityStatus": "TEMP_NATIONAL_REPORT_DENOMINATOR",
        "dataQualityMessage": "Mẫu số tạm tính" });
    let unknown = json!({ "code": "PUBLISH_ON_TIME", "name": "Công bố", "numerator": null, "denominator": null,
        "ratio": null, "score": null, "maxScore": 6 });
    let page = answer(json!({ "overview": { "metrics": [metric] }, "totalPages": 1, "evaluation": [
        { "departmentId": 17, "departmentCode": "H44.03", "departmentName": "Xã A", "metrics": [unknown] }] }));
    let published = Published::read(Topic::Disclosure, &[page]).unwrap();
    assert_eq!((odd(&published), published.has_figures()), (Vec::new(), true));
    let Some(PublishedRow { figures: Figures::Metrics(whole), .. }) = &published.whole else { panic!() };
    assert_eq!((whole[0].numerator, whole[0].score), (Some(138_744), Some(6.0)));
    assert_eq!(whole[0].data_quality.as_deref(), Some("TEMP_NATIONAL_REPORT_DENOMINATOR"));
    let row = published.of_unit("H44.03").unwrap();
    assert_eq!((row, row.department.id.as_deref()), (published.of_unit("17").unwrap(), Some("17")));
    let Figures::Metrics(metrics) = &row.figures else { panic!() };
    assert_eq!((metrics[0].numerator, metrics[0].ratio, metrics[0].score), (None, None, None));
}

#[test]
fn new_codes_and_fields_are_named_and_their_figures_kept() {
    let metric = json!({ "code": "AI_ASSISTED", "numerator": 1, "denominator": 2, "weight": 3 });
    let page =
        answer(json!({ "overview": null, "evaluation": [{ "code": "H44", "metrics": [metric, metric] }],
        "generatedAt": "2026-09-01" }));
    let published = Published::read(Topic::Digitisation, &[page]).unwrap();
    let named = [
        (OddKind::UnknownCode, "AI_ASSISTED", 2),
        (OddKind::UnknownField, "generatedAt", 1),
        (OddKind::UnknownField, "weight", 2),
    ];
    assert_eq!(odd(&published), named);
    let Figures::Metrics(metrics) = &published.rows[0].figures else { panic!() };
    assert_eq!((metrics[0].code.as_str(), metrics[0].numerator), ("AI_ASSISTED", Some(1)));

    let row = json!({ "departmentCode": "H44.03", "totalReceived": 588, "totalOnTime": null, "totalPaused": 7,
        "note": "x" });
    let page = answer(json!({ "parent": null, "children": [row] }));
    let published = Published::read(Topic::Progress, &[page]).unwrap();
    let named = [(OddKind::UnknownField, "note", 1), (OddKind::UnknownField, "totalPaused", 1)];
    assert_eq!(odd(&published), named);
    let Figures::Tree(tree) = &published.rows[0].figures else { panic!() };
    let told: Vec<_> = tree.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(told, [("totalOnTime", None), ("totalPaused", Some(7.0)), ("totalReceived", Some(588.0))]);
}

#[test]
fn a_value_of_another_kind_counts_as_not_published_and_is_named() {
    let metric =
        json!({ "code": "DOSSIER_SYNC", "numerator": "12", "denominator": -3, "ratio": "100 %", "score": 6 });
    let page = answer(json!({ "evaluation": [{ "departmentCode": ["H44"], "metrics": [metric, 5] }, "x"] }));
    let published = Published::read(Topic::Disclosure, &[page]).unwrap();
    let named = ["denominator", "departmentCode", "evaluation", "metrics", "numerator", "ratio"];
    assert_eq!(odd(&published), named.map(|name| (OddKind::NotRead, name, 1)));
    let Figures::Metrics(metrics) = &published.rows[0].figures else { panic!() };
    assert_eq!((metrics[0].numerator, metrics[0].denominator, metrics[0].ratio), (None, None, None));
    assert_eq!(metrics[0].score, Some(6.0));
}

#[test]
fn scores_are_read_with_their_groups_and_months() {
    let page = answer(
        json!({ "evaluation": [{ "departmentCode": "H44.03", "totalScore": 71.4, "childGroup": "COMMUNE",
        "radar": [{ "code": "TDGQ", "name": "Tiến độ", "score": 16.53, "maxScore": 20 }, { "code": "NEW", "score": null }],
        "scoreDelta": -0.4, "averageScore": 70, "monthlyChart": [{ "year": 2026, "month": 7, "totalScore": 71.8 }] }] }),
    );
    let published = Published::read(Topic::Units, &[page]).unwrap();
    assert_eq!(odd(&published), [(OddKind::UnknownCode, "NEW", 1)]);
    let Figures::Score(score) = &published.rows[0].figures else { panic!() };
    assert_eq!((score.total, score.delta, score.rank), (Some(71.4), Some(-0.4), None));
    assert_eq!((score.radar[0].score, score.radar[1].score), (Some(16.53), None));
    assert_eq!((score.monthly[0].month.as_str(), score.monthly[0].score), ("2026-07", Some(71.8)));
}

#[test]
fn an_answer_without_data_or_numbers_is_not_published_and_one_of_another_form_is_not_read() {
    let nothing = Published::read(Topic::Progress, &[answer(Value::Null)]).unwrap();
    assert_eq!((nothing.has_figures(), nothing.rows.len()), (false, 0));
    let null =
        answer(json!({ "parent": { "totalReceived": null }, "children": [{ "totalReceived": null }] }));
    assert!(!Published::read(Topic::Progress, &[null]).unwrap().has_figures());
    for wrong in
        [answer(json!([])), answer(json!({})), answer(json!("x")), "{}".to_owned(), "<html>".to_owned()]
    {
        assert!(Published::read(Topic::Progress, &[&wrong]).is_err(), "{wrong}");
    }
    let refused = json!({ "code": "ERROR", "data": { "children": [] } }).to_string();
    assert!(Published::read(Topic::Progress, &[refused]).is_err());
}
