//! What staff and programs write into a column: it is read when it means one thing, and is a finding else.

use dongbo_source::Reading;

use crate::support::{Site, after, code, example, findings, now, open, whole};

/// An office whose dossier `THU-1` has one fee and one result; its note stands in the column under test.
struct Trial(Site);

impl Trial {
    async fn on(mut site: Site) -> Self {
        site.simulator.create_year(now(), 20).await.unwrap();
        site.execute(
            "UPDATE ho_so SET ma_ho_so = 'THU-1' WHERE id = #1;
             DELETE FROM le_phi WHERE ho_so_id = #1; DELETE FROM ket_qua WHERE ho_so_id = #1;
             INSERT INTO le_phi (id, ho_so_id, gia, loai) VALUES (900001, #1, 5, 1);
             INSERT INTO ket_qua (id, ho_so_id, ten, ma_ket_qua, duong_dan)
                 VALUES (900001, #1, 'Giấy khai sinh', 'KQ.G07.000122', 'https://tep.kontum.gov.vn/kq.pdf')",
        )
        .await;
        Self(site)
    }

    /// One on each engine.
    async fn each() -> [Self; 3] {
        let [sqlite, postgres, mysql] = Site::on_each(21).await;
        [Self::on(sqlite).await, Self::on(postgres).await, Self::on(mysql).await]
    }

    /// The reading when `value` is the note, and the note is given in the place of `column` by a mapping with `keys`.
    async fn read(&self, keys: &str, column: &str, given: &str, value: &str) -> Reading {
        let value = value.replace('\'', "''");
        self.0.execute(&format!("UPDATE ho_so SET ghi_chu = '{value}' WHERE ma_ho_so = 'THU-1'")).await;
        let text = example().replace("ghi_chu AS note", "NULL AS note");
        let mapping = text.replace(column, given);
        assert_ne!(mapping, text, "{column}");
        let source = open(&self.0.config, &format!("{keys}\n{mapping}"));
        source.read(&[code("THU-1")]).await.unwrap().remove(0)
    }

    async fn fee(&self, keys: &str, value: &str) -> Result<u64, String> {
        let reading = self.read(keys, "l.gia AS amount_vnd", "h.ghi_chu AS amount_vnd", value).await;
        match &reading {
            Reading::Dossier(dossier) => Ok(dossier.fees[0].amount_vnd.unwrap()),
            _ => Err(findings(&reading).concat()),
        }
    }
}

#[tokio::test]
async fn an_amount_with_separators_is_a_finding_until_the_mapping_says_how_numbers_are_written() {
    const VIETNAMESE: &str = "numbers = { thousands = '.', decimal = ',' }";
    for trial in Trial::each().await {
        for (written, amount) in [("50000", 50_000), ("50000.00", 50_000), (" 8000 đ ", 8_000), ("0", 0)] {
            assert_eq!(trial.fee("", written).await, Ok(amount), "{written}");
        }
        for written in ["50.000", "8.000", "1.500.000", "50,000", "50.000 đ", "15.000,00", " 20.000 "] {
            let told = trial.fee("", written).await.unwrap_err();
            assert!(
                told.starts_with("bad_value fees.amount_vnd its separators may be of"),
                "{written}: {told}"
            );
            assert!(!told.contains("000"), "{told}");
        }
        for (written, amount) in [("50.000", 50_000), ("1.500.000", 1_500_000), ("15.000,00", 15_000)] {
            assert_eq!(trial.fee(VIETNAMESE, written).await, Ok(amount), "{written}");
        }
        for written in ["50,000", "1,5", "1e3", "-5", "năm mươi nghìn", "５００００"] {
            let told = trial.fee(VIETNAMESE, written).await.unwrap_err();
            assert!(told.starts_with("bad_value fees.amount_vnd"), "{written}: {told}");
        }
    }
}

#[tokio::test]
async fn a_decimal_of_the_database_is_no_text_that_somebody_typed() {
    let trial = Trial::on(Site::on_postgres(22).await).await;
    let column = "CAST(h.ghi_chu AS numeric(12, 3)) AS amount_vnd";
    let reading = trial.read("", "l.gia AS amount_vnd", column, "50").await;
    assert_eq!(whole(&reading).fees[0].amount_vnd, Some(50), "50.000 with three decimals");
    let column = "CAST(ghi_chu AS numeric(4, 2)) AS channel";
    let reading = trial.read("", "kenh AS channel", column, "2").await;
    assert_eq!(whole(&reading).channel.map(|channel| channel.code()), Some("2"));
}

#[tokio::test]
async fn yes_and_no_are_read_in_digits_and_other_words_by_the_mapping() {
    for trial in Trial::each().await {
        let said = async |keys: &str, written: &str| {
            let reading =
                trial.read(keys, "so_hoa AS digitised, vneid", "ghi_chu AS digitised, vneid", written).await;
            match &reading {
                Reading::Dossier(dossier) => Ok(dossier.digitised),
                _ => Err(findings(&reading).concat()),
            }
        };
        for (written, yes) in
            [("1", true), (" 1", true), ("1.0", true), ("0", false), ("t", true), ("FALSE", false)]
        {
            assert_eq!(said("", written).await, Ok(Some(yes)), "{written}");
        }
        for written in ["x", "X", "có", "2", "1,5", "-1", "on"] {
            let told = said("", written).await.unwrap_err();
            assert_eq!(told, "bad_value dossiers.digitised neither 0 nor 1", "{written}");
        }
    }
    let trial = Trial::on(Site::on_sqlite(23).await).await;
    let text = example()
        .replace("ghi_chu AS note", "NULL AS note")
        .replace("so_hoa AS digitised, vneid", "ghi_chu AS digitised, vneid");
    let mapping = format!("{text}\n[flag]\n'Có' = '1'\n'x' = '1'\n'Không' = '0'\n");
    let source = open(&trial.0.config, &mapping);
    for (written, yes) in
        [("Có", true), ("Co\u{301}", true), ("x ", true), ("Không\u{200b}", false), ("1", true), ("0", false)]
    {
        trial.0.execute(&format!("UPDATE ho_so SET ghi_chu = '{written}' WHERE ma_ho_so = 'THU-1'")).await;
        let readings = source.read(&[code("THU-1")]).await.unwrap();
        assert_eq!(whole(&readings[0]).digitised, Some(yes), "{written}");
    }
}

#[tokio::test]
async fn numbers_that_lost_their_noughts_are_findings_and_are_never_padded() {
    for trial in Trial::each().await {
        for (column, given, told) in [
            (
                "so_dinh_danh AS number",
                "CAST(ghi_chu AS bigint) AS number",
                "bad_value identities.number not 12 digits",
            ),
            (
                "dien_thoai AS phone",
                "CAST(ghi_chu AS bigint) AS phone",
                "bad_value dossiers.phone a number where text belongs: leading zeros are lost",
            ),
        ] {
            let keep =
                "UPDATE ho_so SET loai_giay_to = 1, so_dinh_danh = '079123456789' WHERE ma_ho_so = 'THU-1'";
            trial.0.execute(keep).await;
            let reading = trial.read("", column, given, "79123456789").await;
            assert_eq!(findings(&reading), [told]);
        }
    }
}

#[tokio::test]
async fn a_code_of_a_list_is_read_from_whole_floats_and_from_nothing_that_only_looks_like_one() {
    let trial = Trial::on(Site::on_sqlite(24).await).await;
    let column = "CAST(ghi_chu AS REAL) AS channel";
    let reading = trial.read("", "kenh AS channel", column, "2").await;
    assert_eq!(whole(&reading).channel.map(|channel| channel.code()), Some("2"));
    for written in ["1,5", "x", "２", "٢", "1e0", "-1", "true"] {
        let reading = trial.read("", "kenh AS channel", "ghi_chu AS channel", written).await;
        assert_eq!(
            findings(&reading),
            ["bad_value dossiers.channel corresponds to none of 1, 2, 3"],
            "{written}"
        );
    }
    let trial = Trial::on(Site::on_postgres(24).await).await;
    let given = "(ghi_chu = 'x') AS online_payment";
    let reading = trial.read("", "thanh_toan AS online_payment", given, "x").await;
    assert_eq!(findings(&reading), ["bad_value dossiers.online_payment corresponds to none of 0, 1, 2, 3"]);
}

#[tokio::test]
async fn dates_that_stand_in_for_none_or_mean_two_days_are_findings_with_what_is_written() {
    for trial in Trial::each().await {
        let due = async |keys: &str, written: &str| {
            trial.read(keys, "ngay_hen_tra AS due_at", "ghi_chu AS due_at", written).await
        };
        for (written, why) in [
            ("1900-01-01 00:00:00", "a placeholder for no date"),
            ("01/01/1970", "a placeholder for no date"),
            ("1970-01-01T00:00:00Z", "a placeholder for no date"),
            ("2099-12-31", "a placeholder for no date"),
            ("9999-12-31 23:59:59", "a placeholder for no date"),
            ("0000-00-00", "a placeholder for no date"),
            ("20/09/25 17:00", "before 2000-01-01"),
            ("20/09/2568", "where plausible_dates"),
            ("9/10/2024 17:00", "not a date, unless date_formats"),
            ("09/20/2024 17:00:00", "not a date, unless date_formats"),
            ("2024-09-20T24:00:00", "not a date, unless date_formats"),
        ] {
            let told = findings(&due("", written).await).concat();
            assert!(told.starts_with(&format!("bad_date dossiers.due_at {written}: ")), "{told}");
            assert!(told.contains(why), "{written}: {told}");
        }
        for written in ["1757899800", "mai", "0912.345.678"] {
            assert_eq!(findings(&due("", written).await), ["bad_date dossiers.due_at"], "{written}");
        }
        let empty = "empty_dates = ['1900-01-01', '0000-00-00']";
        for written in ["1900-01-01 00:00:00", "01/01/1900", "0000-00-00 00:00:00"] {
            assert_eq!(whole(&due(empty, written).await).due_at, None, "{written}");
        }
        let wide = "plausible_dates = { from = '1990-01-01', ahead = '1day' }";
        assert!(whole(&due(wide, "1995-05-05").await).due_at.is_some());
        let soon = (now() + chrono::TimeDelta::days(40)).format("%Y-%m-%d").to_string();
        assert!(
            findings(&due(wide, &soon).await).concat().contains("where plausible_dates of the mapping ends")
        );
        assert!(whole(&due("", &soon).await).due_at.is_some());
    }
}

#[tokio::test]
async fn a_timestamp_of_the_database_that_stands_in_for_none_is_told_as_the_database_writes_it() {
    let trial = Trial::on(Site::on_postgres(25).await).await;
    for (written, told) in [
        ("infinity", "infinity: a placeholder"),
        ("-infinity", "-infinity: a placeholder"),
        ("1900-01-01 00:00:00", "1900-01-01 00:00:00"),
        ("0044-03-15 BC", " BC: before"),
        ("9999-12-31", "9999-12-31 00:00:00"),
    ] {
        let given = "CAST(ghi_chu AS timestamp) AS due_at";
        let reading = trial.read("", "ngay_hen_tra AS due_at", given, written).await;
        let all = findings(&reading).concat();
        assert!(all.contains("bad_date dossiers.due_at") && all.contains(told), "{written}: {all}");
    }
    let given = "CAST(ghi_chu AS date) AS due_at";
    let empty = "empty_dates = ['infinity']";
    assert_eq!(whole(&trial.read(empty, "ngay_hen_tra AS due_at", given, "infinity").await).due_at, None);
}

#[tokio::test]
async fn a_link_that_the_portal_cannot_fetch_is_a_finding_that_does_not_repeat_it() {
    for trial in Trial::each().await {
        let link = async |keys: &str, written: &str| {
            let reading = trial.read(keys, "k.duong_dan AS link", "h.ghi_chu AS link", written).await;
            match &reading {
                Reading::Dossier(dossier) => Ok(dossier.results[0].link.as_str().to_owned()),
                _ => Err(findings(&reading).concat()),
            }
        };
        for written in [
            "D:\\HoSo\\2025\\KQ.pdf",
            "/Uploads/2025/KQ 1.pdf",
            "KQ.pdf",
            "file:///srv/KQ.pdf",
            "javascript:alert(1)",
            "\\\\server\\share\\KQ.pdf",
            "N/A",
            "http://localhost/KQ.pdf",
            "http://[::1]/KQ 1.pdf",
        ] {
            let told = link("", written).await.unwrap_err();
            assert!(told.starts_with("bad_value results.link ") && !told.contains("KQ"), "{written}: {told}");
        }
        let sent = link("", "http://10.0.80.189:8084/dl.aspx?f=KQ 1.pdf").await;
        assert_eq!(sent.as_deref(), Ok("http://10.0.80.189:8084/dl.aspx?f=KQ%201.pdf"));
        let sent = link("", "https://tep.kontum.gov.vn/kq.pdf").await;
        assert_eq!(sent.as_deref(), Ok("https://tep.kontum.gov.vn/kq.pdf"));
    }
}

#[tokio::test]
async fn what_nobody_sees_is_harmless_in_statuses_and_texts_and_a_finding_in_codes() {
    let mut trial = Trial::on(Site::on_sqlite(26).await).await;
    let status = trial
        .read("", "summary, trang_thai AS status", "summary, ghi_chu AS status", "\u{feff}DA_TRA\u{200b}")
        .await;
    assert_eq!(whole(&status).status.code(), "10");
    let unknown =
        trial.read("", "summary, trang_thai AS status", "summary, ghi_chu AS status", "LA\u{200b}").await;
    assert_eq!(findings(&unknown), ["unmapped_status LA\\u{200b} dossiers.status"]);
    let summary =
        trial.read("", "trich_yeu AS summary", "ghi_chu AS summary", "Khai\u{a0}sinh\u{200b}").await;
    assert_eq!(whole(&summary).summary.as_str(), "Khai sinh");
    let nul = trial.read("", "trich_yeu AS summary", "ghi_chu || char(0) || 'B' AS summary", "A").await;
    assert_eq!(findings(&nul), ["bad_text dossiers.summary contains the character \\u{0}"]);
    trial.0.execute("UPDATE ho_so SET ma_ho_so = 'THU-1\u{200b}' WHERE ma_ho_so = 'THU-1'").await;
    trial.0.simulator.advance(after(1), 1).await.unwrap();
    let (changes, _) = crate::support::scan(&trial.0.source(), None).await;
    let told: Vec<String> =
        changes.iter().filter_map(|change| change.finding.as_ref().map(crate::support::told)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("bad_value dossiers.code holds the invisible character \\u{200b}; key "),
        "{told:?}"
    );
    let reading = trial.0.source().read(&[code("THU-1\u{200b}")]).await.unwrap().remove(0);
    assert_eq!(findings(&reading), ["bad_value dossiers.code holds the invisible character \\u{200b}"]);
}

#[tokio::test]
async fn the_agency_is_named_by_its_code_or_by_its_name_as_the_mapping_says() {
    let trial = Trial::on(Site::on_sqlite(27).await).await;
    trial.0.execute("UPDATE ho_so SET don_vi = 'BOY' WHERE ma_ho_so = 'THU-1'").await;
    let unit = "'BOY' = { code = 'H48.57', name = 'Ủy ban nhân dân xã Bờ Y' }\n";
    for (agency, sent) in [("code", "H48.57"), ("name", "Ủy ban nhân dân xã Bờ Y")] {
        let text = example();
        let table = text.find("\n[unit]\n").unwrap();
        let mapping = format!("agency = '{agency}'\n{}\n[unit]\n{unit}", &text[..table]);
        let source = open(&trial.0.config, &mapping);
        let read = source.read(&[code("THU-1")]).await.unwrap();
        let unit = &whole(&read[0]).unit;
        assert_eq!((unit.code.as_str(), unit.agency.as_str()), ("H48.57", sent), "counts go by the code");
        let (changes, _) = crate::support::scan(&source, None).await;
        assert!(changes.iter().any(|change| change.unit == "H48.57"));
    }
    let nameless = format!("agency = 'name'\n{}", example());
    let wrong = dongbo_source::Mapping::parse(&nameless, "test.toml").unwrap_err().to_string();
    assert!(wrong.contains("[unit] \"H48.57\": agency = \"name\" needs its name"), "{wrong}");
}

#[tokio::test]
async fn what_the_local_system_does_not_know_is_sent_as_declared_and_counted() {
    for trial in Trial::each().await {
        let text = example()
            .replace("so_hoa AS digitised, vneid, thanh_toan AS online_payment", "NULL AS digitised");
        let lacking = open(&trial.0.config, &text).probe().await.unwrap_err().to_string();
        assert!(lacking.contains("vneid") && lacking.contains("online_payment"), "{lacking}");
        let mapping = format!("{text}\n[unknown]\nvneid = 0\nonline_payment = '3'\ndigitised = 1\n");
        let source = open(&trial.0.config, &mapping);
        source.probe().await.unwrap();
        let read = source.read(&[code("THU-1")]).await.unwrap();
        let dossier = whole(&read[0]);
        assert_eq!((dossier.vneid_verified, dossier.digitised), (Some(false), Some(true)));
        assert_eq!(dossier.online_payment.map(|payment| payment.code()), Some("3"));
        assert_eq!(dossier.not_known, ["digitised", "vneid", "online_payment"]);
        let coverage = dongbo_source::coverage(&source, None).await.unwrap();
        let told: Vec<_> =
            coverage.not_known.iter().map(|one| (one.column, one.sent, one.dossiers)).collect();
        assert_eq!(told, [("digitised", "1", 20), ("online_payment", "3", 20), ("vneid", "0", 20)]);
        assert_eq!(coverage.whole, 20);
    }
    let wrong = |table: &str| {
        let text = format!("{}\n[unknown]\n{table}\n", example());
        dongbo_source::Mapping::parse(&text, "test.toml").unwrap_err().to_string()
    };
    assert!(wrong("vneid = 2").contains("[unknown] vneid = \"2\": no such national code, there are 0, 1"));
    assert!(wrong("summary = 'x'").contains("unknown field"));
}

#[tokio::test]
async fn a_skipped_status_hides_what_else_is_wrong_and_a_skipped_step_is_left_out() {
    let trial = Trial::on(Site::on_sqlite(28).await).await;
    trial
        .0
        .execute(
            "DELETE FROM qua_trinh WHERE ho_so_id = #1;
             INSERT INTO qua_trinh (id, ho_so_id, nguoi_xu_ly, thoi_diem, trang_thai)
                 VALUES (900001, #1, 'A', '2024-01-05 08:00:00', 'NHAP'), (900002, #1, 'A', '2024-01-06 08:00:00', 'DA_TIEP_NHAN')",
        )
        .await;
    let mapping = example().replace("\n[status]\n", "\n[status]\n'NHAP' = 'skip'\n");
    let source = open(&trial.0.config, &mapping);
    let read = source.read(&[code("THU-1")]).await.unwrap();
    assert_eq!(whole(&read[0]).steps.len(), 1);
    trial.0.execute("UPDATE ho_so SET trang_thai = 'NHAP', trich_yeu = NULL WHERE ma_ho_so = 'THU-1'").await;
    let read = source.read(&[code("THU-1")]).await.unwrap();
    assert_eq!(findings(&read[0]), ["not_for_portal NHAP"]);
    let coverage = dongbo_source::coverage(&source, None).await.unwrap();
    assert_eq!(
        (coverage.dossiers, coverage.whole, coverage.not_sent, coverage.defects.len()),
        (20, 19, 1, 0)
    );
    assert!(coverage.is_complete());
}
