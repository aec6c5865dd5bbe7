//! The knowledge of files goes with the ledger to a server.

use dongbo_ledger::{FileState, Ledger};
use mock_portal::Config;
use testbed::servers::fresh_database;

use super::world::{Dialect, World};
use crate::process::command;
use support::merged;

#[tokio::test(flavor = "multi_thread")]
async fn files_go_with_the_ledger_to_a_server_and_their_number_is_told() {
    let mut world = World::new(Dialect::Ndxp, 15, Config::default(), "").await;
    let running = world.rig.start().await;
    world.complete(&running).await;
    running.stop().await;
    let files = world.wanted().await.len();
    assert!(files > 10, "{files}");

    let server = fresh_database().await.unwrap();
    let file = world.rig.folder.join("dongbo.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, merged(&text, &format!("[ledger]\nurl = \"{}\"", server.url()))).unwrap();
    let moved = command().args(["ledger", "move", "--lang", "en", "--config"]).arg(&file).output().unwrap();
    let told = String::from_utf8([moved.stdout, moved.stderr].concat()).unwrap();
    assert!(told.contains("15 dossiers") && told.contains(&format!(" {files} files,")), "{told}");

    world.rig.config.ledger.url = server.url().to_owned();
    let ledger = Ledger::read_only_of(&world.rig.config.ledger).await.unwrap();
    let arrived = ledger.file_counts().await.unwrap().of(FileState::Arrived);
    assert_eq!(usize::try_from(arrived).unwrap(), files);
    ledger.close().await;
}
