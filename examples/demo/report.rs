//! The report at the end.

use std::time::Duration;

use dongbo_ledger::{Layer, LayerState, Overview};
use dongbo_model::{Lang, texts};
use mock_portal::Counters;
use testbed::expect::Report;

use crate::failure::Failure;
use crate::faults;
use crate::judge::Judgement;
use crate::output::{Tone, paint, say, table, tell};
use crate::plug::tenths;
use crate::stage::Stage;

/// Most differences that are shown.
const SHOWN: usize = 3;
/// Most characters of a value that differs.
const VALUE_SHOWN: usize = 30;

texts! {
    finished(dossiers, span, changes):
        "Xong: {dossiers} khớp sau {span}, kể cả {changes} thay đổi phát sinh trong lúc gửi.",
        "Done: {dossiers} in step after {span}, with {changes} changes made meanwhile.";
    head_layer(): "Hạng mục", "Layer";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_synced(): "Đã khớp", "Synced";
    head_held(): "Bị giữ", "Held";
    head_share(): "Tỷ lệ khớp", "Complete";
    faults_met(faults, calls):
        "Cổng đã gây {faults} sự cố trên {calls} lượt gọi, và một lần mất điện:",
        "The portal caused {faults} faults in {calls} calls, and one power cut:";
    judged():
        "Cổng thử tự chấm, không hỏi dongbo (số đếm của Cổng; so từng trường, từng tệp với một cửa):",
        "The mock portal judges, without asking dongbo (its own counters; each field and file compared with the local system):";
    judged_dossiers(equal, all): "giống hệt: {equal}/{all} hồ sơ", "equal: {equal} of {all} dossiers";
    judged_files(held, all): "tệp Cổng đã tải về: {held}/{all}", "files fetched by the portal: {held} of {all}";
    verdict(lost, twice, disordered):
        "{lost} mất, {twice} trùng, {disordered} sai thứ tự",
        "{lost} lost, {twice} twice, {disordered} out of order";
    missing(): "không có trên Cổng", "missing on the portal";
    unexpected(): "chỉ có trên Cổng", "only on the portal";
    steps_missing(): "thiếu bước", "a step is missing";
    steps_twice(): "trùng bước", "a step is there twice";
    steps_unexpected(): "bước lạ", "a step that never happened";
    steps_disordered(): "bước sai thứ tự", "steps out of order";
    created_twice(): "tạo hai lần", "created twice";
    fields_differ(fields): "khác nhau {fields} trường (một cửa / Cổng):", "{fields} fields differ (local / portal):";
}

/// Tells everything; whether the portal equals the local database and did nothing twice.
pub(crate) async fn tell_all(
    stage: &Stage,
    lang: Lang,
    overview: &Overview,
    took: Duration,
) -> Result<bool, Failure> {
    stage.mock.settle().await;
    let counters = stage.mock.counters();
    // Nothing drains before the local system stands still.
    let Some(local) = stage.local() else { return Ok(false) };
    say("");
    let changes = lang.count(local.changes_made());
    tell(&finished(lang, lang.dossiers(overview.dossiers), tenths(lang, took), changes));
    layers(lang, overview);
    struck(lang, &counters);
    let judgement = Judgement::of(stage, local, &counters).await?;
    judged_all(lang, &judgement);
    Ok(judgement.is_clean())
}

fn layers(lang: Lang, overview: &Overview) {
    say("");
    let mut rows = vec![vec![
        head_layer(lang),
        head_dossiers(lang),
        head_synced(lang),
        head_held(lang),
        head_share(lang),
    ]];
    for &layer in Layer::ALL {
        let counts = overview.counts.of(layer);
        let synced = counts.of(LayerState::Synced);
        rows.push(vec![
            layer.text(lang).to_owned(),
            lang.count(overview.dossiers),
            lang.count(synced),
            lang.count(counts.of(LayerState::Held)),
            lang.percent(synced, overview.dossiers),
        ]);
    }
    for (place, line) in table(&rows).iter().enumerate() {
        say(&paint(if place == 0 { Tone::Strong } else { Tone::Good }, line));
    }
}

/// The faults met, the most frequent first, two in a line.
fn struck(lang: Lang, counters: &Counters) {
    let mut kinds: Vec<(&String, &u64)> = counters.faults_by_kind.iter().collect();
    kinds.sort_by_key(|(name, many)| (std::cmp::Reverse(**many), name.as_str()));
    let met = counters.faults_by_kind.values().sum();
    say("");
    tell(&faults_met(lang, lang.count(met), lang.count(counters.calls.values().sum())));
    for pair in kinds.chunks(2) {
        let cells = pair
            .iter()
            .map(|(kind, many)| format!("{:<30}{:>5}", faults::words(lang, kind), lang.count(**many)));
        say(&format!("  {}", cells.collect::<Vec<_>>().join("  ")));
    }
}

fn judged_all(lang: Lang, judgement: &Judgement) {
    say("");
    tell(&judged(lang));
    say("");
    let (equal, all) = (lang.count(judgement.equal), lang.count(judgement.dossiers));
    say(&format!("  {}", judged_dossiers(lang, equal, all)));
    let (held, all) = (lang.count(judgement.files_held), lang.count(judgement.files));
    say(&format!("  {}", judged_files(lang, held, all)));
    let tone = if judgement.is_clean() { Tone::Good } else { Tone::Bad };
    let [lost, twice, disordered] =
        [judgement.lost, judgement.twice, judgement.disordered].map(|many| lang.count(many));
    say(&format!("  {}", paint(tone, &verdict(lang, lost, twice, disordered))));
    if !judgement.is_clean() {
        differences(lang, &judgement.report);
    }
}

fn differences(lang: Lang, found: &Report) {
    let size = |many: usize| lang.count(u64::try_from(many).unwrap_or(u64::MAX));
    let sorts = [
        (missing(lang), &found.missing),
        (unexpected(lang), &found.unexpected),
        (steps_missing(lang), &found.steps_missing),
        (steps_twice(lang), &found.steps_twice),
        (steps_unexpected(lang), &found.steps_unexpected),
        (steps_disordered(lang), &found.steps_out_of_order),
        (created_twice(lang), &found.created_twice),
    ];
    for (name, listed) in sorts.into_iter().filter(|(_, listed)| listed.total > 0) {
        let first: Vec<&str> = listed.first.iter().take(SHOWN).map(String::as_str).collect();
        tell(&format!("{name} {}: {}", size(listed.total), first.join(", ")));
    }
    if found.different.total > 0 {
        tell(&fields_differ(lang, size(found.different.total)));
    }
    for one in found.different.first.iter().take(SHOWN) {
        tell(&format!("{} {}: {} / {}", one.code, one.field, short(&one.expected), short(&one.found)));
    }
}

/// The beginning of a long value.
fn short(value: &str) -> String {
    let mut text: String = value.chars().take(VALUE_SHOWN).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    text
}
