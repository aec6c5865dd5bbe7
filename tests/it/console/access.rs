//! The console as those see it who log in: over TLS, each what is theirs, and what they order is done and written down.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use support::Rig;

use super::{Answer, Site, between, plain};
use crate::control::run;
use crate::kit::until;
use crate::secure::Authority;

pub(super) const PASSWORD: &str = "mật khẩu & dài = 100%";
/// The token of a program that sees all.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const ENDED: &str = "dongbo_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict";

/// One who has logged in.
pub(super) struct Person {
    pub(super) cookie: String,
    pub(super) token: String,
}

/// Lets somebody log in.
pub(super) async fn add_user(rig: &Rig, name: &str, role: &str, units: &[&str]) {
    let file = rig.folder.join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let mut arguments = vec!["user", "add", name, "--role", role, "--password-file", file.to_str().unwrap()];
    arguments.extend(units.iter().flat_map(|unit| ["--unit", *unit]));
    let said = run(&rig.folder, &arguments).await;
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    std::fs::remove_file(file).unwrap();
}

/// The setting that has people log in.
pub(super) fn users_file(rig: &Rig) -> String {
    format!("users_file = \"{}\"\n", rig.folder.join("users.toml").display())
}

pub(super) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Site {
    /// A site over TLS at which `lan` administers.
    pub(super) async fn of_people(seed: u64, dossiers: usize, held: usize) -> (Self, Person) {
        let authority = Authority::new("Trial authority");
        let (chain, key) = authority.issue("127.0.0.1", |_| {});
        let root = reqwest::Certificate::from_pem(&std::fs::read(authority.ca_file()).unwrap()).unwrap();
        let site = Self::with(seed, dossiers, held, Some(root), async |rig| {
            for (name, pem) in [("chain.pem", &chain), ("key.pem", &key)] {
                std::fs::write(rig.folder.join(name), pem).unwrap();
            }
            std::fs::write(rig.folder.join("board.token"), format!("{TOKEN}\n")).unwrap();
            let path = |name: &str| rig.folder.join(name).display().to_string();
            format!(
                "{}certificate_file = \"{}\"\nkey_file = \"{}\"\n[[console.token]]\nname = \"board\"\nfile = \"{}\"\n",
                users_file(rig),
                path("chain.pem"),
                path("key.pem"),
                path("board.token")
            )
        })
        .await;
        assert!(site.url("/").starts_with("https://"), "{}", site.url("/"));
        add_user(&site.rig, "lan", "administrator", &[]).await;
        let lan = site.log_in("lan").await;
        (site, lan)
    }

    async fn try_log_in(&self, name: &str, password: &str) -> Answer {
        let fields = form(&[("name", name), ("password", password), ("next", "/work?unit=57")]);
        self.send(self.client.post(self.url("/login")).body(fields)).await
    }

    pub(super) async fn log_in(&self, name: &str) -> Person {
        let answer = self.try_log_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {}", answer.body);
        assert_eq!(answer.headers[LOCATION], "/work?unit=57");
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        let (pair, rules) = cookie.split_once("; ").unwrap();
        assert_eq!(rules, "Path=/; HttpOnly; Secure; SameSite=Strict");
        let mut person = Person { cookie: pair.to_owned(), token: String::new() };
        let page = self.get_as(&person, "/").await;
        person.token = between(&page.body, "name=\"token\" value=\"", "\"");
        person
    }

    pub(super) async fn get_as(&self, person: &Person, path: &str) -> Answer {
        self.send(self.as_person(person, self.client.get(self.url(path)))).await
    }

    async fn json_as(&self, person: &Person, path: &str) -> Value {
        let answer = self.get_as(person, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    pub(super) fn as_person(&self, person: &Person, request: RequestBuilder) -> RequestBuilder {
        request.header(COOKIE, format!("dongbo_lang=en; {}", person.cookie))
    }

    /// Orders something, with the token of a form.
    async fn order(&self, person: &Person, fields: &[(&str, &str)]) -> Answer {
        let fields = form(&[&[("token", person.token.as_str())], fields].concat());
        self.send(self.as_person(person, self.client.post(self.url("/order")).body(fields))).await
    }

    /// The same, of which the next page tells.
    pub(super) async fn ordered(&self, person: &Person, fields: &[(&str, &str)]) -> String {
        let answer = self.order(person, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{fields:?}: {}", answer.body);
        let page = self.get_as(person, answer.headers[LOCATION].to_str().unwrap()).await;
        plain(&between(&page.body, "<p class=\"news\" role=\"status\">", "</p>"))
    }

    pub(super) async fn listed_as(&self, person: &Person, path: &str) -> Vec<String> {
        let page = self.get_as(person, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("rel=\"next\""), "{path} has one page");
        page.body.split("class=\"code\" href=\"").skip(1).map(|link| between(link, ">", "<")).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_one_unit_sees_no_row_and_no_count_of_another_on_any_page() {
    let (site, lan) = Site::of_people(1_804, 40, 2).await;
    let all = site.listed_as(&lan, "/dossiers").await;
    let overview = site.get_as(&lan, "/").await.body;
    let links = overview.split("href=\"/dossiers?unit=").skip(1);
    let of_units = links.filter(|link| !between(link, "", "\"").contains('&'));
    let units: Vec<String> = of_units.map(|link| between(link, ">", "<")).collect();
    let held = site.listed_as(&lan, "/dossiers?state=held").await;
    let (own, other) = (&units[1], &units[0]);
    let rows = site.listed_as(&lan, &format!("/dossiers?unit={own}")).await;
    assert!(!rows.is_empty() && rows.len() < all.len(), "{} of {}", rows.len(), all.len());
    add_user(&site.rig, "hoa", "viewer", &[own]).await;
    let hoa = site.log_in("hoa").await;

    let foreign: Vec<&String> = all.iter().filter(|code| !rows.contains(code)).collect();
    for path in ["/dossiers".to_owned(), format!("/dossiers?unit={other}"), "/dossiers?state=all".to_owned()]
    {
        assert_eq!(site.listed_as(&hoa, &path).await, rows, "{path}");
    }
    let own_held = held.iter().filter(|code| rows.contains(code)).count();
    assert_eq!(site.listed_as(&hoa, "/dossiers?state=held").await.len(), own_held);
    for path in [
        "/",
        "/wall",
        "/work",
        "/comparison",
        "/dossiers",
        &format!("/work?unit={other}"),
        &format!("/?unit={other}"),
        &format!("/indicators/dossiers?indicator=4.2&part=denominator&view=local&unit={other}"),
    ] {
        let page = site.get_as(&hoa, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let body = plain(&page.body).replace(&format!("unit={other}"), "");
        assert!(
            foreign.iter().all(|code| !body.contains(code.as_str())) && !body.contains(&format!(">{other}<")),
            "{path}"
        );
        assert!(!body.contains("href=\"/order") && !body.contains("href=\"/system"), "{path}");
    }
    let hers = site.get_as(&hoa, "/").await.body;
    let mut live = site.as_person(&hoa, site.client.get(site.url("/live"))).send().await.unwrap();
    let mut heard = String::new();
    while !heard.contains("event: flow") {
        heard.push_str(&String::from_utf8_lossy(&live.chunk().await.unwrap().unwrap()));
    }
    let whole = site.get_as(&lan, "/").await.body;
    let verdict = |text: &str| between(text, "<p class=\"cause\">", "</p>");
    assert_eq!(verdict(&heard), verdict(&hers));
    assert_ne!(
        verdict(&heard),
        verdict(&whole),
        "hers is of {own_held} held, and that of all of {}",
        held.len()
    );

    for code in foreign.iter().take(3) {
        for path in [
            format!("/dossier?code={code}"),
            format!("/dossiers?q={code}"),
            format!("/dossiers?q={}", code.to_lowercase()),
        ] {
            let page = site.get_as(&hoa, &path).await;
            let is_told = page.status == StatusCode::SEE_OTHER
                || page.body.contains(&format!("href=\"/dossier?code={code}\""));
            assert!(!is_told, "{path}: {}", page.status);
        }
    }
    assert_eq!(site.get_as(&hoa, &format!("/dossier?code={}", rows[0])).await.status, StatusCode::OK);
    assert_eq!(site.get_as(&hoa, "/system").await.status, StatusCode::FORBIDDEN);

    for address in ["/api/v1/dossiers".to_owned(), format!("/api/v1/dossiers?unit={own}")] {
        let listed = site.json_as(&hoa, &address).await;
        let codes = listed["dossiers"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap());
        assert!(codes.eq(&rows), "{address}");
    }
    let counts = site.json_as(&hoa, "/api/v1/overview").await["counts"].clone();
    assert_eq!((&counts["dossiers"], &counts["held"]), (&rows.len().into(), &own_held.into()));
    let seen = site.json_as(&hoa, "/api/v1/units").await;
    assert_eq!((seen["units"].as_array().unwrap().len(), &seen["units"][0]["counts"]), (1, &counts));
    assert_eq!(site.json_as(&hoa, "/api/v1/held").await["dossiers"], own_held);
    for (address, status) in [
        (format!("/api/v1/dossiers?unit={other}"), StatusCode::FORBIDDEN),
        (format!("/api/v1/indicators?unit={other}"), StatusCode::FORBIDDEN),
        (format!("/api/v1/indicators/4.2/dossiers?unit={other}"), StatusCode::FORBIDDEN),
        ("/api/v1/runs".to_owned(), StatusCode::FORBIDDEN),
        ("/api/v1/schedules".to_owned(), StatusCode::FORBIDDEN),
        (format!("/api/v1/dossiers/{}", foreign[0]), StatusCode::NOT_FOUND),
    ] {
        let answer = site.get_as(&hoa, &address).await;
        assert!(
            answer.status == status && !answer.body.contains(foreign[0].as_str()),
            "{address}: {}",
            answer.body
        );
    }
    assert_eq!(site.get("/api/v1/overview").await.status, StatusCode::UNAUTHORIZED);
    let with_token =
        async |path: &str, token: &str| site.send(site.client.get(site.url(path)).bearer_auth(token)).await;
    let whole = with_token("/api/v1/overview", TOKEN).await;
    assert!(
        whole.status == StatusCode::OK && whole.body.contains(&format!("\"dossiers\":{}", all.len())),
        "{}",
        whole.body
    );
    assert_eq!(
        with_token("/api/v1/overview", &TOKEN.replace('0', "1")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(with_token("/dossiers", TOKEN).await.status, StatusCode::SEE_OTHER, "a token opens no page");
    std::fs::remove_file(site.rig.folder.join("board.token")).unwrap();
    assert_eq!(with_token("/api/v1/overview", TOKEN).await.status, StatusCode::UNAUTHORIZED, "taken back");
    assert!(!site.process.log().contains(TOKEN));

    let removed = run(&site.rig.folder, &["user", "remove", "hoa"]).await;
    assert_eq!(removed.code, 0, "{}", removed.stderr);
    assert_eq!(site.get_as(&hoa, "/").await.status, StatusCode::SEE_OTHER, "her session is over at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_order_what_commands_do_and_every_order_and_log_in_is_in_the_audit_log() {
    let (site, lan) = Site::of_people(1_805, 12, 3).await;
    let held = site.listed_as(&lan, "/dossiers?state=held").await;
    add_user(&site.rig, "minh", "operator", &[]).await;
    add_user(&site.rig, "van", "operator", &["no such unit"]).await;
    let (minh, van) = (site.log_in("minh").await, site.log_in("van").await);

    let work = plain(&site.get_as(&minh, "/work").await.body);
    let link = format!("/order?act=retry&{}", between(&work, "href=\"/order?act=retry&", "\""));
    let asked = plain(&site.get_as(&minh, &link).await.body);
    assert!(asked.contains("Try 3 dossiers again"), "{asked}");
    let kind = between(&asked, "name=\"kind\" value=\"", "\"");
    let subject = between(&asked, "name=\"subject\" value=\"", "\"");
    let retry =
        [("act", "retry"), ("kind", kind.as_str()), ("subject", subject.as_str()), ("per_minute", "60000")];
    for (person, fields, status) in [
        (&minh, &[("act", "retry")][..], StatusCode::NOT_FOUND),
        (&minh, &[("act", "drop")], StatusCode::NOT_FOUND),
        (&van, &[("act", "pause"), ("reason", "x")], StatusCode::FORBIDDEN),
        (&van, &[("act", "repair")], StatusCode::FORBIDDEN),
    ] {
        assert_eq!(site.order(person, fields).await.status, status, "{fields:?}");
    }
    assert!(site.ordered(&van, &retry).await.starts_with("0 dossiers"), "not of other units");
    assert!(site.ordered(&minh, &retry).await.starts_with("3 dossiers are tried again"));
    site.process.until_settled(15, 3).await;
    let one = [("act", "retry"), ("code", held[0].as_str())];
    assert!(site.ordered(&minh, &one).await.starts_with("1 dossier"));

    assert_eq!(
        site.ordered(&minh, &[("act", "pause"), ("reason", "bảo trì <b>")]).await,
        "Sending is paused."
    );
    let status = site.command(&["status", "--full", "--json"]).await;
    assert_eq!(
        (&status["paused"]["by"], &status["paused"]["reason"]),
        (&"minh".into(), &"bảo trì <b>".into())
    );
    let asked = site.get_as(&minh, "/order?act=resume").await.body;
    assert!(asked.contains("bảo trì &lt;b&gt;") && !asked.contains("bảo trì <b>"), "{asked}");
    assert_eq!(site.ordered(&minh, &[("act", "resume")]).await, "Sending goes on.");
    assert!(site.ordered(&minh, &[("act", "compare")]).await.starts_with("It is ordered"));
    until("compared by minh", async || {
        site.get_as(&minh, "/comparison").await.body.contains("<td>minh</td>")
    })
    .await;
    drop(run(&site.rig.folder, &["pause"]).await);
    drop(run(&site.rig.folder, &["resume"]).await);
    let out =
        site.as_person(&van, site.client.post(site.url("/logout")).body(form(&[("token", &van.token)])));
    let out = site.send(out).await;
    assert_eq!(out.headers[SET_COOKIE], ENDED);
    assert_eq!(site.get_as(&van, "/").await.status, StatusCode::SEE_OTHER);

    let listed = site.command(&["audit", "list", "--json"]).await;
    let told: Vec<String> = listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| {
            let [who, way, act] = ["who", "way", "act"].map(|name| entry[name].as_str().unwrap());
            // Who types commands is whom the kernel names.
            if way == "command" { format!("command {act}") } else { format!("{who} page {act}") }
        })
        .collect();
    let expected = [
        "lan page log_in",
        "command users",
        "minh page log_in",
        "van page log_in",
        "van page retry",
        "minh page retry",
        "minh page retry",
        "minh page pause",
        "minh page resume",
        "minh page reconcile",
        "command pause",
        "command resume",
        "van page log_out",
    ];
    assert_eq!(told, expected);
    let verified = run(&site.rig.folder, &["audit", "verify", "--json"]).await;
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    let system = site.get_as(&lan, "/system").await.body;
    assert!(system.contains("13 entries") && system.contains("bảo trì &lt;b&gt;"), "{system}");
    assert!(!site.get_as(&minh, "/system").await.body.contains("id=\"audit\""), "for administrators only");
    // The log has what a chain that was made anew has not.
    let hash = listed["entries"][0]["hash"].as_str().unwrap();
    site.process.until_logs(&[hash]).await;
    let log = site.process.log();
    let holds = run(&site.rig.folder, &["audit", "verify", "--noted", hash]).await;
    assert_eq!(holds.code, 0, "{}", holds.stderr);
    for secret in [PASSWORD, &lan.cookie["dongbo_session=".len()..], &lan.token] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_forged_forms_and_guessed_passwords_get_nowhere_and_nobody_else_is_kept_out() {
    let (site, lan) = Site::of_people(1_806, 6, 0).await;
    let away = site.get("/dossiers?state=held").await;
    assert_eq!(away.headers[LOCATION], "/login?next=%2Fdossiers%3Fstate%3Dheld");
    assert!(away.headers.contains_key("strict-transport-security"));
    let linked = site.client.get(site.url("/work")).header("sec-fetch-site", "cross-site");
    assert!(
        site.send(linked).await.body.contains("http-equiv=\"refresh\""),
        "a link in a mail is asked again from here"
    );
    for path in ["/live", "/order", "/logout"] {
        let sent = site.client.post(site.url(path)).body("act=pause&token=");
        assert_eq!(site.send(sent).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(site.get("/live").await.status, StatusCode::UNAUTHORIZED);
    assert!(site.get("/login?next=//evil.example").await.body.contains("id=\"password\""));
    let clear = site.url("/login").replace("https", "http");
    assert!(site.client.get(clear).send().await.is_err(), "nothing is said in the clear");

    let session = &lan.cookie["dongbo_session=".len()..];
    let mut tampered = session.to_owned();
    tampered.replace_range(..1, if session.starts_with('0') { "1" } else { "0" });
    for cookie in [tampered.as_str(), "", "\"><script>", &"a".repeat(4_000), &session.to_uppercase()] {
        let forged = Person { cookie: format!("dongbo_session={cookie}"), token: lan.token.clone() };
        let answer = site.get_as(&forged, "/").await;
        assert!(answer.status == StatusCode::SEE_OTHER || cookie == session, "{cookie}");
        assert_eq!(
            site.order(&forged, &[("act", "pause")]).await.status,
            StatusCode::UNAUTHORIZED,
            "{cookie}"
        );
    }
    for token in ["", "0", &lan.token[1..], &lan.token.to_uppercase(), session] {
        let forged = Person { cookie: lan.cookie.clone(), token: token.to_owned() };
        let status = site.order(&forged, &[("act", "pause")]).await.status;
        assert!(status == StatusCode::FORBIDDEN || token == lan.token, "{token}");
    }
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let fields = form(&[("token", &lan.token), ("act", "pause")]);
        let sent =
            site.as_person(&lan, site.client.post(site.url("/order")).body(fields)).header(name, value);
        assert_eq!(site.send(sent).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let long = site.client.post(site.url("/login")).body(format!("name={}", "x".repeat(1 << 20)));
    let refused = long.send().await;
    assert!(refused.is_err() || refused.unwrap().status() == StatusCode::PAYLOAD_TOO_LARGE);
    let status = site.command(&["status", "--full", "--json"]).await;
    assert!(status["paused"].is_null(), "{status}");

    add_user(&site.rig, "minh", "operator", &[]).await;
    for number in 1..=5 {
        let expected = if number < 5 { StatusCode::UNAUTHORIZED } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(site.try_log_in("minh", "đoán mò").await.status, expected, "{number}");
    }
    assert_eq!(
        site.try_log_in("minh", PASSWORD).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "whatever it sends"
    );
    assert_eq!(site.try_log_in("nobody <b>", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.get_as(&lan, "/").await.status, StatusCode::OK, "others go on");
    site.log_in("lan").await;
    let audit = site.command(&["audit", "list", "--json"]).await.to_string();
    assert!(audit.contains("locked_out") && !audit.contains("nobody"), "{audit}");
    let log = site.process.log();
    assert!(!log.contains("panic") && !log.contains("đoán mò"), "{log}");
}
