//! The proxy of a network: which one is taken, and that `dongbo check` says so.

use std::process::Command;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::process::command;
use support::{Plan, Rig, merged};

const VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// A rig whose portal is called by a name that nobody can look up here.
async fn rig(more: &str) -> Rig {
    let rig = Rig::new(Plan { dossiers: 5, ..Plan::default() }).await;
    let file = rig.folder.join("dongbo.toml");
    let named =
        format!("[portal]\nadapter_url = \"http://adapter.example.vn\"\nallow_plain_http = true\n{more}");
    std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), &named)).unwrap();
    rig
}

/// What `dongbo check` says with these variables.
async fn checked(rig: &Rig, options: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command: Command = command();
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).args(["check", "--lang", "en", "--json"]).args(options);
    command.arg("--config").arg(rig.folder.join("dongbo.toml"));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("rat-mat"), "a password is shown: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_the_proxy_of_each_kind_of_call_and_who_named_it() {
    let plain = rig("").await;
    let through = "portal (adapter.example.vn): through proxy.example.vn:3128";
    let proxy = "http://ke:rat-mat@proxy.example.vn:3128";
    for (variables, told) in [
        (vec![("HTTP_PROXY", proxy)], format!("{through} (by HTTP_PROXY), with credentials")),
        (vec![("ALL_PROXY", "proxy.example.vn:3128")], format!("{through} (by ALL_PROXY)")),
        (vec![("HTTPS_PROXY", proxy)], "portal (adapter.example.vn): direct".to_owned()),
        (
            vec![("HTTP_PROXY", proxy), ("NO_PROXY", "localhost,.example.vn")],
            "portal (adapter.example.vn): direct".to_owned(),
        ),
        (vec![("HTTP_PROXY", "socks5://rat-mat@p:1")], "HTTP_PROXY is not the address of a proxy".to_owned()),
    ] {
        let said = checked(&plain, &["--offline"], &variables).await;
        assert!(said.contains(&told), "{told} is not in {said}");
    }
    let keyed = rig("proxy = \"http://khac.example.vn:8080\"").await;
    let said = checked(&keyed, &["--offline"], &[("HTTP_PROXY", proxy), ("NO_PROXY", "*")]).await;
    assert!(said.contains("through khac.example.vn:8080 (by portal.proxy)"), "{said}");
    let none = rig("proxy = \"none\"").await;
    let said = checked(&none, &["--offline"], &[("HTTP_PROXY", proxy)]).await;
    assert!(said.contains("portal (adapter.example.vn): direct"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_is_reached_through_the_proxy_of_the_environment() {
    let rig = rig("").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let portal = rig.mock.url().trim_start_matches("http://").to_owned();
    let leading = tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let portal = portal.clone();
            tokio::spawn(async move {
                let mut there = TcpStream::connect(portal).await.unwrap();
                let _ended = copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    let said = checked(&rig, &[], &[("HTTP_PROXY", &proxy)]).await;
    let report: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let portal = checks.iter().find(|item| item["id"] == "portal").unwrap();
    assert_eq!(portal["outcome"], "ok", "{portal:#}");
    leading.abort();
}
