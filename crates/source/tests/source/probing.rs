//! Everything wrong with a mapping is told at once, before anything depends on it.

use dongbo_model::ErrorClass;
use dongbo_source::Mapping;

use crate::support::{Site, example, open};

#[tokio::test]
async fn the_examples_pass_on_every_engine() {
    let sqlite = Site::on_sqlite(1).await;
    let source = sqlite.source();
    source.probe().await.unwrap();
    assert_eq!(source.clock_offset(), None);
    for server in Site::on_servers(1).await {
        let source = server.source();
        source.probe().await.unwrap();
        assert!(source.clock_offset().is_some());
        open(&server.config, &crate::support::json_example()).probe().await.unwrap();
    }
}

async fn wrong(site: Site) {
    let text = example()
        .replace("don_vi AS unit, kenh", "donvi AS unit, kenh")
        .replace("q.nguoi_xu_ly AS handler", "q.nguoi_xu_ly AS hander")
        .replace("FROM le_phi", "FROM lephi")
        .replace("k.duong_dan AS link", "k.duong_dan AS lnk, k.ten AS link, k.ten AS link");
    let error = open(&site.config, &text).probe().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Config);
    let text = error.to_string();
    for part in [
        "query [dossiers]: no column \"donvi\", did you mean \"don_vi\"? (there are: ",
        "query [steps]: no column \"handler\", did you mean \"hander\"? (there are: code, sequence, at, hander,",
        "query [steps] gives column \"hander\", which dongbo does not know, did you mean \"handler\"?",
        "query [fees]: the database has no table \"lephi\", did you mean \"le_phi\"?",
        "query [results]: it returns column \"link\" twice",
        "query [results] gives column \"lnk\", which dongbo does not know, did you mean \"link\"?",
        "Correct the SQL in the mapping file",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert_eq!(text.lines().count(), 6, "{text}");
}

on_engines! {
    wrong, 1;
    Sqlite all_missing_names_are_told_with_what_there_is_on_sqlite,
    Postgres all_missing_names_are_told_with_what_there_is_on_postgresql,
    Mysql all_missing_names_are_told_with_what_there_is_on_mysql,
    Sqlserver all_missing_names_are_told_with_what_there_is_on_sqlserver,
}

#[tokio::test]
async fn a_type_that_cannot_be_read_and_a_missing_cast_are_told() {
    let site = Site::on_postgres(1).await;
    let text = example()
        .replace("ghi_chu AS note", "point(1, 2) AS note")
        .replace("CAST(:since AS timestamptz)", ":since");
    let text = open(&site.config, &text).probe().await.unwrap_err().to_string();
    assert!(
        text.contains("query [dossiers], column \"note\": type POINT cannot be read. CAST it AS text"),
        "{text}"
    );
    assert!(
        text.contains("query [changed]: operator does not exist: timestamp with time zone > text"),
        "{text}"
    );
}

fn refused(text: &str) -> String {
    Mapping::parse(text, "sai.toml").unwrap_err().to_string()
}

#[test]
fn a_misspelt_key_is_told_with_its_line_and_the_nearest_key() {
    let text = refused(&example().replace("date_formats = []", "date_fomats = []"));
    assert!(text.starts_with("mapping file sai.toml: TOML parse error at line "), "{text}");
    assert!(text.contains("did you mean `date_formats`?"), "{text}");
    let text = refused(&example().replace("key = \"integer\"", "key = \"interger\""));
    assert!(text.contains("did you mean `integer`?"), "{text}");
    let text = refused(&example().replace("[changed]\nsqlite", "[changed]\nsqllite"));
    assert!(text.contains("did you mean `sqlite`?"), "{text}");
}

#[test]
fn everything_wrong_inside_a_mapping_is_told_at_once() {
    let text = example()
        .replace("\"Asia/Ho_Chi_Minh\"", "\"Asia/Hanoi\"")
        .replace("\"DUNG\" = \"8\"", "\"DUNG\" = \"88\"")
        .replace("\"RUT\" = \"7\"", "\"RUT\" = \"vii\"")
        .replace("\"H48.60\" = \"H48.60\"", "\"H48.60\" = \"\"")
        .replace("date_formats = []", "date_formats = [\"%Q\"]")
        .replace(
            "FROM ket_noi k JOIN ho_so h ON h.id = k.ho_so_id\nWHERE h.ma_ho_so = ANY(:codes)",
            "FROM ket_noi k",
        );
    let text = refused(&text);
    for part in [
        "timezone: \"Asia/Hanoi\" is not a time zone",
        "[status] \"DUNG\" = \"88\": no such national code, there are 1, 2,",
        "[status] \"RUT\" = \"vii\"",
        "[unit] \"H48.60\": the national code is empty",
        "\"%Q\" is not a date format",
        "[databases].postgres: parameter :codes is not used",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn a_list_left_out_for_one_engine_is_told() {
    let start = example().find("[fees]").unwrap();
    let mut text = example();
    let at = start + text[start..].find("postgres = ").unwrap();
    let end = at + text[at..].find("\"\"\"\n\n").unwrap() + 4;
    text.replace_range(at..end, "");
    assert!(refused(&text).contains("[fees] lacks the key postgres, which [changed] has"));
    assert!(
        refused(&example().replace("\"columns\"", "\"json\""))
            .contains("[fees] does not belong to shape json")
    );
}

#[tokio::test]
async fn keys_of_files_without_a_place_for_them_are_told_of_the_mapping_and_not_of_each_dossier() {
    for site in Site::on_each(3).await {
        let text = example()
            .replace("k.duong_dan AS link", "k.khoa_tep AS file")
            .replace("g.duong_dan AS link", "g.khoa_tep AS file");
        let source = open(&site.config, &text);
        let told = source.probe().await.unwrap_err();
        assert_eq!(told.class(), ErrorClass::Config);
        for section in ["[files.results]", "[files.papers]"] {
            assert!(told.to_string().contains(section), "{told}");
        }
        let placed = format!("{text}\n[files.results]\nkind = \"folder\"\nroot = \"/srv/tep\"\n");
        open(&site.config, &placed).probe().await.unwrap();
    }
}
