//! Whether results carry a digital signature, and whether it covers all of them, is told.

use std::process::Output;

use mock_portal::Config;
use serde_json::Value;
use testbed::onestop::OfficeFile;

use super::world::{Dialect, World, touch};
use crate::kit::execute;
use crate::process::command;

fn files(world: &World, arguments: &[&str]) -> Output {
    command()
        .arg("files")
        .args(arguments)
        .arg("--config")
        .arg(world.rig.folder.join("dongbo.toml"))
        .output()
        .unwrap()
}

fn seen(world: &World, arguments: &[&str]) -> Value {
    serde_json::from_slice(&files(world, &[arguments, &["--json"]].concat()).stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_to_which_something_was_added_after_signing_is_told_from_the_signed_and_the_unsigned() {
    let world = World::new(Dialect::Ndxp, 30, Config::default(), "").await;
    // One is XML on any day.
    let to_xml = "UPDATE ket_qua SET khoa_tep = replace(khoa_tep, '.pdf', '.xml')
        WHERE id = (SELECT max(id) FROM ket_qua WHERE khoa_tep LIKE '%.pdf')";
    execute(world.rig.simulator.db(), to_xml).await;
    world.office.write(world.rig.simulator.db()).await.unwrap();
    let running = world.rig.start().await;
    world.complete(&running).await;
    let named = world.office.named(world.rig.simulator.db()).await.unwrap();
    let results: Vec<&OfficeFile> = named.iter().filter(|file| file.is_result).collect();
    let has = |file: &OfficeFile, mark: &[u8]| {
        world.office.bytes(file).windows(mark.len()).any(|window| window == mark)
    };
    let (in_pdf, others): (Vec<&OfficeFile>, Vec<&OfficeFile>) =
        results.iter().partition(|file| has(file, b"/ByteRange"));
    // Of a signature in XML there is none that leaves something out.
    let (in_xml, unsigned): (Vec<&OfficeFile>, Vec<&OfficeFile>) =
        others.into_iter().partition(|file| has(file, b"<ds:Signature "));
    let signed = in_pdf.len() + in_xml.len();
    let counts = |whole: usize, absent: usize, partial: usize| serde_json::json!({ "whole": whole, "absent": absent, "partial": partial });
    assert!(in_pdf.len() > 1 && !in_xml.is_empty() && !unsigned.is_empty(), "{results:?}");
    assert_eq!(seen(&world, &[])["signatures"], counts(signed, unsigned.len(), 0));

    let file = in_pdf[0];
    let added = [world.office.bytes(file), b"\n9 0 obj (added later) endobj\n%%EOF\n".to_vec()].concat();
    std::fs::write(world.office.root().join(&file.key), added).unwrap();
    touch(&world, &file.code).await;
    world.until_equal("the new version is there").await;
    world.complete(&running).await;
    assert_eq!(seen(&world, &[])["signatures"], counts(signed - 1, unsigned.len(), 1));
    let of_it = seen(&world, &[&file.code]);
    let rows = of_it["files"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["signature"] == "partial" && row["role"] == "result"), "{of_it:#}");
    let told = String::from_utf8(files(&world, &[&file.code]).stdout).unwrap();
    assert!(told.contains("1 có chữ ký không phủ hết tệp"), "{told}");
    assert!(
        told.lines().any(|line| line.contains(&file.code) && line.contains("không phủ hết tệp")),
        "{told}"
    );
    running.stop().await;
}
