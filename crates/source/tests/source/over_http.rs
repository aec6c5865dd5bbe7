//! A source that is read over HTTP gives what SQL gives, and names what is wrong with an interface.

use std::time::Duration;

use dongbo_model::ErrorClass;
use dongbo_source::{HttpSettings, Reading, Settings, Source, SourceError};
use testbed::catalogue::{PROCEDURES, UNITS};
use testbed::igate::{CLIENT, CLIENT_SECRET, Igate, IgateConfig, Manner, PASSWORD, UNIT, USER};

use crate::support::{Site, after, codes, example, findings, open, prints, read_all, scan, sweep};

/// The mapping of iGate, with what an office fills in.
pub(crate) fn mapping() -> String {
    let text = include_str!("../../../../config/mappings/igate.toml");
    let units: Vec<String> = UNITS.iter().map(|unit| format!("\"{0}\" = \"{0}\"", unit.code)).collect();
    let procedures = PROCEDURES.iter().map(|it| {
        format!(
            "\"{0}\" = {{ code = \"{0}\", name = \"{1}\", field_code = \"{2}\", field_name = \"{3}\" }}",
            it.code, it.name, it.field, it.field_name
        )
    });
    let procedures: Vec<String> = procedures.collect();
    text.replace("000000000000000000000000", UNIT).replace("\"H48.57\" = \"H48.57\"", &units.join("\n"))
        + &format!("\n[procedure]\n{}\n", procedures.join("\n"))
}

/// An office of `dossiers`, its interface, and the source that reads it.
pub(crate) struct Hosted {
    pub(crate) site: Site,
    pub(crate) igate: Igate,
    pub(crate) config: Settings,
    _folder: tempfile::TempDir,
}

impl Hosted {
    pub(crate) async fn new(dossiers: usize, igate: IgateConfig) -> Self {
        let mut site = Site::on_sqlite(61).await;
        site.simulator.create_year(crate::support::now(), dossiers).await.unwrap();
        let igate = Igate::start(site.simulator.db(), igate).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, PASSWORD).unwrap();
        let http = HttpSettings {
            token_url: igate.token_url(),
            user: USER.to_owned(),
            client_id: CLIENT.to_owned(),
            calls_per_second: 200,
            ..HttpSettings::default()
        };
        let config = Settings {
            url: igate.url(),
            password_file: Some(password_file),
            http,
            connect_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            ..Settings::default()
        };
        assert_eq!(config.validate(), Vec::<String>::new());
        Self { site, igate, config, _folder: folder }
    }

    pub(crate) fn source(&self) -> Source {
        open(&self.config, &mapping())
    }

    /// The source that reads the same office by SQL.
    pub(crate) fn by_sql(&self) -> Source {
        let keyed = example()
            .replace("k.duong_dan AS link", "k.ma_giay_to AS file")
            .replace("g.duong_dan AS link", "g.ma_tep AS file");
        open(&self.site.config, &(keyed + "\n[files.results]\nkind = \"folder\"\nroot = \"/nowhere\"\n"))
    }

    /// The error of a poll that must fail.
    async fn refused(&self) -> SourceError {
        let source = self.source();
        let mut scan = dongbo_source::Scan::since(None, Duration::ZERO);
        source.changed(&mut scan).await.unwrap_err()
    }
}

#[tokio::test]
async fn it_gives_the_dossiers_that_sql_gives_while_it_stumbles() {
    let mut hosted = Hosted::new(110, IgateConfig { errors_per_mille: 50, ..IgateConfig::default() }).await;
    let (http, sql) = (hosted.source(), hosted.by_sql());
    http.probe().await.unwrap();
    assert_eq!(prints(&read_all(&http).await), prints(&read_all(&sql).await));
    let swept = sweep(&http).await;
    assert_eq!(codes(&swept), codes(&sweep(&sql).await), "in the order of bytes");
    // A poll gives what has changed since, and the cursor stands at the newest of it.
    let (_, cursor) = scan(&http, None).await;
    for second in 1..=20 {
        hosted.site.simulator.advance(after(second), 2).await.unwrap();
    }
    let (changes, reached) = scan(&http, cursor).await;
    assert!(changes.len() >= 5 && changes.len() < 60, "{}", changes.len());
    assert!(reached > cursor);
    assert_eq!(prints(&read_all(&http).await), prints(&read_all(&sql).await));
    assert!(hosted.igate.counters().errors > 3, "nothing was proved about errors");
}

#[tokio::test]
async fn a_dossier_is_found_by_its_code_before_anything_was_listed_and_one_that_is_gone_is_absent() {
    let hosted = Hosted::new(60, IgateConfig::default()).await;
    let all = codes(&sweep(&hosted.by_sql()).await);
    let source = hosted.source();
    let readings = source.read(&all[3..5]).await.unwrap();
    assert!(readings.iter().all(|reading| matches!(reading, Reading::Dossier(_))), "{readings:?}");
    assert_eq!(hosted.igate.counters().searches, 2);
    hosted.site.execute(&format!("DELETE FROM ho_so WHERE ma_ho_so = '{}'", all[3])).await;
    assert_eq!(source.read(&all[3..4]).await.unwrap(), [Reading::Absent]);
    assert!(!codes(&sweep(&source).await).contains(&all[3]));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_once_after_it_was_refused() {
    let hosted = Hosted::new(10, IgateConfig::default()).await;
    let source = hosted.source();
    scan(&source, None).await;
    hosted.igate.expire_tokens();
    source.probe().await.unwrap();
    let counters = hosted.igate.counters();
    assert_eq!((counters.sign_ins, counters.refused), (2, 1));
}

#[tokio::test]
async fn a_program_signs_in_by_its_own_secret_too() {
    let mut hosted = Hosted::new(10, IgateConfig::default()).await;
    let secret = hosted.config.password_file.take().unwrap();
    std::fs::write(&secret, CLIENT_SECRET).unwrap();
    hosted.config.http.client_secret_file = Some(secret);
    let text = mapping().replace("sign_in = \"password\"", "sign_in = \"client_credentials\"");
    open(&hosted.config, &text).probe().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_tried_again_at_once() {
    let hosted = Hosted::new(10, IgateConfig::default()).await;
    std::fs::write(hosted.config.password_file.clone().unwrap(), "sai").unwrap();
    let source = hosted.source();
    for _ in 0..3 {
        let error = source.probe().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Auth);
        let told = error.to_string();
        assert!(
            told.contains("status 401, invalid_grant") && told.contains("source.password_file"),
            "{told}"
        );
        assert!(!told.contains("sai"), "{told}");
    }
}

#[tokio::test]
async fn an_interface_that_answers_wrongly_is_named() {
    let mut hosted = Hosted::new(220, IgateConfig::default()).await;
    hosted.config.http.max_response_bytes = 1 << 20;
    for (manner, class, words) in [
        (Manner::RepeatsSlice, ErrorClass::Transient, "repeats the rows of the pages before it"),
        (Manner::NoJson, ErrorClass::Transient, "the answer is no JSON (text/html, "),
        (
            Manner::Endless,
            ErrorClass::Transient,
            "is longer than 1048576 bytes (source.http.max_response_bytes)",
        ),
        (Manner::Unsorted, ErrorClass::Config, "does not begin with the newest change"),
        (Manner::Throttles, ErrorClass::Throttled, "wants fewer requests"),
    ] {
        hosted.igate.behave(manner);
        let error = hosted.refused().await;
        assert!(error.to_string().contains(words), "{manner:?}: {error}");
        assert_eq!(error.class(), class, "{manner:?}: {error}");
    }
}

#[tokio::test]
async fn a_field_of_another_shape_and_a_zone_that_lacks_hold_their_own_dossiers_only() {
    let hosted = Hosted::new(30, IgateConfig::default()).await;
    let source = hosted.source();
    let (changes, _) = scan(&source, None).await;
    let codes = codes(&changes);
    for (manner, told) in [
        (Manner::OddShapes, "cannot index a list with \"data\""),
        (Manner::NoZones, "it does not say its zone"),
    ] {
        hosted.igate.behave(manner);
        let readings = source.read(&codes).await.unwrap();
        let (whole, held): (Vec<_>, Vec<_>) =
            readings.iter().partition(|reading| matches!(reading, Reading::Dossier(_)));
        assert!(whole.len() >= 15 && held.len() >= 5, "{manner:?}: {} {}", whole.len(), held.len());
        for reading in held {
            let all = findings(reading).join("\n");
            assert!(all.contains(told), "{manner:?}: {all}");
        }
    }
    hosted.igate.behave(Manner::Usual);
    assert!(source.read(&codes).await.unwrap().iter().all(|reading| matches!(reading, Reading::Dossier(_))));
}

#[tokio::test]
async fn files_come_piece_by_piece_through_the_account_that_is_signed_in() {
    let hosted = Hosted::new(30, IgateConfig::default()).await;
    let source = hosted.source();
    let office = testbed::onestop::OfficeFiles::new("/nowhere", testbed::onestop::FilePlan::default());
    let named = office.named(hosted.site.simulator.db()).await.unwrap();
    let file = named.iter().find(|file| file.is_result).unwrap();
    let whole = office.bytes(file);
    let piece = |start, length| source.file_piece(dongbo_model::FileRole::Result, &file.id, start, length);
    let dongbo_source::FileLookup::Piece(first) = piece(0, 1_000).await.unwrap() else { panic!("absent") };
    assert_eq!((first.size, first.bytes.as_slice()), (u64::try_from(whole.len()).unwrap(), &whole[..1_000]));
    let dongbo_source::FileLookup::Piece(rest) = piece(1_000, 1 << 20).await.unwrap() else {
        panic!("absent")
    };
    assert_eq!(rest.bytes, whole[1_000..]);
    hosted.igate.behave(Manner::Throttles);
    let busy = piece(0, 1_000).await.unwrap_err();
    assert_eq!(busy.class(), ErrorClass::Throttled, "it says nothing about the file: {busy}");
    hosted.igate.behave(Manner::Usual);
    let missing = source.file_piece(dongbo_model::FileRole::Result, "khong-co", 0, 1).await.unwrap();
    assert_eq!(missing, dongbo_source::FileLookup::Absent);
}

#[test]
fn what_is_wrong_with_the_requests_of_a_mapping_is_told_at_once() {
    let text = mapping()
        .replace("size = 50", "size = 0")
        .replace("page = \"{page}\"", "page = \"{pgae}\"")
        .replace("since = \"2022-01-01\"", "")
        .replace("rows = \".otherPaper[]?", "rows = \".otherPaper[?");
    let told = dongbo_source::Mapping::parse(&text, "thu.toml").unwrap_err().to_string();
    for problem in [
        "[http].size must be from 1 to 1000",
        "[changed].http: unknown name {pgae} in braces, did you mean {page}?",
        "[sweep].http: the key since is missing",
        "[attachments].http: rows: it is no expression of jq",
    ] {
        assert!(told.contains(problem), "{problem}\n{told}");
    }
}

#[test]
fn passwords_and_personal_data_go_nowhere_in_the_clear() {
    let url = |url: &str, token: &str| Settings {
        url: url.to_owned(),
        http: HttpSettings { token_url: token.to_owned(), ..HttpSettings::default() },
        ..Settings::default()
    };
    for (settings, key) in [
        (url("http://motcua.example.vn/api/", ""), "source.url: "),
        (url("https://motcua.example.vn/api/", "http://sso.example.vn/token"), "source.http.token_url: "),
        (url("https://canbo:mat-khau@motcua.example.vn/", ""), "source.url: "),
    ] {
        let wrong = settings.validate().join("\n");
        assert!(wrong.starts_with(key) && !wrong.contains("mat-khau"), "{wrong}");
        assert!(!format!("{settings:?}").contains("mat-khau"));
    }
    let fits = url("https://motcua.example.vn/api/", "https://sso.example.vn/token");
    assert_eq!(fits.validate(), Vec::<String>::new());
}
