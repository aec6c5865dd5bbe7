//! Several queries for changes, one for each table that has times of its own.

use std::time::Duration;

use dongbo_source::{Mapping, Scan, Source};

use crate::support::{Make, Site, after, example, now, open};

/// The example mapping with a second query, for processing steps.
pub(crate) fn with_steps() -> String {
    let text = example();
    let (before, rest) = text.split_at(text.find("\n[changed]\n").unwrap());
    let (changed, rest) = rest.split_at(rest.find("\n[sweep]\n").unwrap());
    let steps = |since: &str| {
        format!(
            "SELECT q.id AS key, h.ma_ho_so AS code, h.don_vi AS unit, q.luc AS changed_at\nFROM qua_trinh q JOIN ho_so h ON \
             h.id = q.ho_so_id\nWHERE (q.luc, q.id) > ({since}, :after)\nORDER BY q.luc, q.id\nLIMIT :limit\n"
        )
    };
    let changed = changed.replacen("[changed]\n", "[[changed]]\nname = \"ho_so\"\n", 1);
    format!(
        "{before}{changed}\n[[changed]]\nname = \"buoc\"\noverlap = \"20m\"\nsqlite = \"\"\"\n{}\"\"\"\npostgres = \"\"\"\n{}\"\"\"\n{rest}",
        steps(":since"),
        steps("CAST(:since AS timestamptz)")
    )
}

async fn keys_by(source: &Source, place: usize) -> Vec<String> {
    let mut walk = Scan::since(None, Duration::ZERO).by(place).proving();
    let mut all = Vec::new();
    loop {
        let page = source.changed(&mut walk).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page.into_iter().map(|change| change.key));
    }
}

async fn each_has_its_walk(mut site: Site) {
    let kind = match site.make {
        Make::Sqlite | Make::Sqlserver => "text",
        Make::Postgres => "timestamptz",
        Make::Mysql => "datetime(6)",
    };
    site.config.page_size = 7;
    site.simulator.create_year(now(), 20).await.unwrap();
    site.execute(&format!(
        "ALTER TABLE qua_trinh ADD luc {kind}; UPDATE qua_trinh SET luc = (SELECT cap_nhat_luc FROM ho_so WHERE id = ho_so_id)"
    ))
    .await;
    let source = open(&site.config, &with_steps());
    source.probe().await.unwrap();
    let queries = source.change_queries();
    assert_eq!(queries.iter().map(|query| query.name.as_str()).collect::<Vec<_>>(), ["ho_so", "buoc"]);
    assert_eq!(queries[1].overlap, Some(Duration::from_secs(1_200)));
    let (dossiers, steps) = (keys_by(&source, 0).await, keys_by(&source, 1).await);
    assert_eq!(dossiers.len(), 20);
    assert!(steps.len() > 20 && steps.iter().all(|key| key.starts_with("buoc:")), "{steps:?}");

    // Walks over all, and within a range from wherever an earlier one stopped, go over both.
    let mut walk = Scan::over_all();
    let mut all = 0;
    loop {
        let page = source.changed(&mut walk).await.unwrap();
        if page.is_empty() {
            break;
        }
        all += page.len();
    }
    assert_eq!(all, dossiers.len() + steps.len());
    let range = after(-800 * 86_400)..now();
    let mut place = None;
    let mut within = 0;
    loop {
        let mut walk = Scan::within(range.clone(), place.take());
        within += source.changed(&mut walk).await.unwrap().len();
        if walk.is_over() {
            break;
        }
        place = walk.place();
    }
    assert_eq!(within, all);
}

on_engines! {
    each_has_its_walk, 61;
    Sqlite each_query_for_changes_has_a_walk_of_its_own_on_sqlite,
    Postgres each_query_for_changes_has_a_walk_of_its_own_on_postgresql,
    Mysql each_query_for_changes_has_a_walk_of_its_own_on_mysql,
    Sqlserver each_query_for_changes_has_a_walk_of_its_own_on_sqlserver,
}

#[test]
fn several_queries_need_names_and_what_is_wrong_with_one_is_told_with_its_name() {
    let problems = |text: &str| Mapping::parse(text, "test.toml").unwrap_err().problems.join("\n");
    assert!(Mapping::parse(&with_steps(), "test.toml").is_ok());
    assert!(
        problems(&with_steps().replace("name = \"buoc\"\n", "")).contains("each needs a name of its own")
    );
    assert!(
        problems(&with_steps().replace("\"buoc\"", "\"ho_so\"")).contains("two queries have the name ho_so")
    );
    assert!(problems(&with_steps().replace("\"buoc\"", "\"Bước\"")).contains("small letters"));
    assert!(
        problems(&with_steps().replace("\"20m\"", "\"0s\""))
            .contains("[changed.buoc].overlap must be more than 0s")
    );
    let wrong = problems(&with_steps().replace("q.id) > (:since, :after)", "q.id) > (:since, :aftr)"));
    assert!(wrong.contains("[changed.buoc].sqlite: unknown parameter :aftr"), "{wrong}");
    let wrong = problems(&example().replace("[changed]\n", "[changed]\nnam = \"x\"\n"));
    assert!(wrong.contains("unknown field `nam`"), "{wrong}");
}
