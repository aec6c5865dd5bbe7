//! All engines hold the same, and PostgreSQL wakes its readers.

use sqlx::postgres::PgListener;
use testbed::expect::Expectation;

use crate::support::{after, history, now, on_mysql, on_postgres, on_sqlite};

#[tokio::test]
async fn all_engines_hold_the_same() {
    let (mut sqlite, _dir) = on_sqlite(9).await;
    let (mut postgres, _database) = on_postgres(9).await;
    let (mut mysql, _other) = on_mysql(9).await;
    let held = history(&mut sqlite).await;
    assert_eq!(held, history(&mut postgres).await);
    assert_eq!(held, history(&mut mysql).await);
    for simulator in [&mut sqlite, &mut postgres, &mut mysql] {
        simulator.plant_without_code(after(200)).await.unwrap();
        simulator.plant_unmapped_status(after(200)).await.unwrap();
        simulator.plant_year_zero(after(200)).await.unwrap();
        let code = simulator.create_at(after(201)).await.unwrap().code;
        simulator.rewrite_steps(&code, after(202)).await.unwrap();
        let gone = simulator.create_at(after(203)).await.unwrap().code;
        simulator.delete_dossier(&gone).await.unwrap();
    }
    let damaged = Expectation::read(sqlite.db()).await.unwrap();
    assert_eq!(damaged.held.len(), 3);
    assert_eq!(damaged, Expectation::read(postgres.db()).await.unwrap());
    assert_eq!(damaged, Expectation::read(mysql.db()).await.unwrap());
}

#[tokio::test]
async fn postgres_tells_listeners_of_a_change() {
    let (mut simulator, database) = on_postgres(1).await;
    let mut listener = PgListener::connect(database.url()).await.unwrap();
    listener.listen("dongbo").await.unwrap();
    simulator.create_at(now()).await.unwrap();
    assert_eq!(listener.recv().await.unwrap().channel(), "dongbo");
}
