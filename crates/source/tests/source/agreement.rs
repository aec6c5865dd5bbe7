//! The queries that find dossiers and the one that reads them are compared, and slow ones are told with the index that they lack.

use dongbo_source::{Agreement, agreement};

use crate::support::{Make, Site, example, now, open};

/// The gaps as `given by > lacked by: number`.
fn gaps(found: &Agreement) -> Vec<String> {
    let gap = |it: &dongbo_source::Lacking| format!("{} > {}: {}", it.given_by, it.lacks, it.dossiers);
    found.lacking.iter().map(gap).collect()
}

async fn compared(mut site: Site) {
    site.simulator.create_year(now(), 12).await.unwrap();
    assert_eq!(agreement(&site.source()).await.unwrap(), Agreement::default());
    let tried = async |table: &str| {
        let text = example();
        let at = text.find(&format!("\n[{table}]\n")).unwrap();
        let (before, rest) = text.split_at(at);
        let end = rest.get(2..).unwrap().find("\n[").unwrap();
        let (query, rest) = rest.split_at(end);
        let query =
            query.replace("FROM ho_so\nWHERE", "FROM ho_so\nWHERE id NOT IN (SELECT min(id) FROM ho_so) AND");
        gaps(&agreement(&open(&site.config, &format!("{before}{query}{rest}"))).await.unwrap())
    };
    assert_eq!(tried("dossiers").await, ["changed > dossiers: 1"]);
    // The first codes of either query are looked for in the other.
    site.execute("DELETE FROM ho_so WHERE id NOT IN (#1, #2, #3, #4, #5)").await;
    assert_eq!(tried("sweep").await, ["changed > sweep: 1"]);
    assert_eq!(tried("changed").await, ["sweep > changed: 1"]);
}

on_engines! {
    compared, 71;
    Sqlite what_one_query_gives_and_another_does_not_is_told_on_sqlite,
    Postgres what_one_query_gives_and_another_does_not_is_told_on_postgresql,
    Mysql what_one_query_gives_and_another_does_not_is_told_on_mysql,
    Sqlserver what_one_query_gives_and_another_does_not_is_told_on_sqlserver,
}

/// Fills the table `lon`, and names the type that its times are compared as.
fn filled(make: Make) -> (&'static str, &'static str) {
    match make {
        Make::Sqlite | Make::Sqlserver => (
            "CREATE TABLE lon (id INTEGER, ma TEXT, luc TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 21000)
             INSERT INTO lon SELECT i, 'A' || i, datetime('2025-09-15', i || ' seconds') FROM n",
            ":since",
        ),
        Make::Postgres => (
            "CREATE TABLE lon (id bigint, ma text, luc timestamptz);
             INSERT INTO lon SELECT i, 'A' || i, timestamptz '2025-09-15' + i * interval '1 second'
                 FROM generate_series(1, 21000) i;
             ANALYZE lon",
            "CAST(:since AS timestamptz)",
        ),
        Make::Mysql => (
            "CREATE TABLE so (d bigint); INSERT INTO so VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
             CREATE TABLE lon (id bigint, ma varchar(40), luc datetime(6));
             INSERT INTO lon SELECT i, 'A' || i, timestampadd(SECOND, i, '2025-09-15') FROM
                 (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS i
                  FROM so a, so b, so c, so e, so f) n WHERE i <= 21000;
             ANALYZE TABLE lon",
            ":since",
        ),
    }
}

async fn planned(mut site: Site) {
    let (fill, since) = filled(site.make);
    site.simulator.create_year(now(), 3).await.unwrap();
    site.execute(fill).await;
    let text = |condition: &str| {
        let text = example();
        let (before, rest) = text.split_at(text.find("\n[changed]\n").unwrap());
        let (_, rest) = rest.split_at(rest.find("\n[sweep]\n").unwrap());
        let sql = format!(
            "SELECT h.id AS key, h.ma AS code, '' AS unit, h.luc AS changed_at FROM lon h WHERE {condition} ORDER BY h.luc, h.id LIMIT :limit"
        );
        format!("{before}\n[changed]\nsqlite = \"{sql}\"\npostgres = \"{sql}\"\n{rest}")
    };
    let row = format!("(h.luc, h.id) > ({since}, :after)");
    let scans = async |text: String| open(&site.config, &text).full_scans(0).await.unwrap();
    let found = scans(text(&row)).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].query.as_str(), found[0].columns.as_str()), ("changed", "h.luc, h.id"));
    let quote = if site.make == Make::Mysql { '`' } else { '"' };
    assert!(found[0].table.ends_with(&format!("{quote}lon{quote}")), "{found:?}");
    site.execute("CREATE INDEX lon_luc ON lon (luc, id)").await;
    assert_eq!(scans(text(&row)).await, []);
    if since.contains("CAST") {
        let documented_before = format!("h.luc > {since} OR (h.luc = {since} AND h.id > :after)");
        assert_eq!(scans(text(&documented_before)).await.len(), 1);
    }
    // A small table is read from end to end as fast as not.
    let on = if site.make == Make::Mysql { " ON lon" } else { "" };
    site.execute(&format!("DROP INDEX lon_luc{on}; DELETE FROM lon WHERE id > 100")).await;
    assert_eq!(scans(text(&row)).await, []);
}

on_engines! {
    planned, 72;
    Sqlite a_plan_that_reads_a_large_table_for_each_page_is_told_on_sqlite,
    Postgres a_plan_that_reads_a_large_table_for_each_page_is_told_on_postgresql,
    Mysql a_plan_that_reads_a_large_table_for_each_page_is_told_on_mysql,
}
