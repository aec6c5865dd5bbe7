//! The console of the real program: it says what the commands say, gives nothing away, and can be read in a real browser.

mod access;
mod api;
mod browser;
mod indicators;
mod resend;
mod schema;

use std::path::Path;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, LOCATION, SET_COOKIE};
use serde_json::Value;

use crate::control::run;
use crate::kit::until_found;
use crate::process::Process;
use browser::Browser;
use support::{Plan, Rig, now};

const PAGES: [&str; 7] = ["/", "/dossiers", "/work", "/resend", "/comparison", "/indicators", "/system"];

/// A daemon with a console, and a browser's view of it.
struct Site {
    rig: Rig,
    process: Process,
    address: String,
    client: reqwest::Client,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Site {
    /// A site of which `held` dossiers are held, and of which both sides were compared.
    async fn new(seed: u64, dossiers: usize, held: usize) -> Self {
        Self::with(seed, dossiers, held, None, async |_| String::new()).await
    }

    /// The same with further settings of the section, and with the authority of its certificate.
    async fn with(
        seed: u64,
        dossiers: usize,
        held: usize,
        root: Option<reqwest::Certificate>,
        more: impl AsyncFnOnce(&Rig) -> String,
    ) -> Self {
        let mut rig = Rig::new(Plan { seed, dossiers, ..Plan::default() }).await;
        rig.without_results().await;
        for _ in 0..held {
            rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
        }
        let config = rig.folder.join("dongbo.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        let section = format!("[console]\nlisten = \"127.0.0.1:0\"\n{}", more(&rig).await);
        let with_console = text.replace("[console]\nlisten = \"\"", &section);
        assert_ne!(text, with_console);
        std::fs::write(&config, with_console).unwrap();
        let process = Process::start(&config);
        let (all, held) = (u64::try_from(dossiers + held).unwrap(), u64::try_from(held).unwrap());
        process.until_at_rest(&rig, all, held).await;
        process.until_logs(&["The console is at "]).await;
        let log = process.log();
        let (_, rest) = log.split_once("The console is at ").expect("the console is served");
        let (scheme, rest) = rest.split_once("://").unwrap();
        let address = rest.split(|c: char| c != '.' && c != ':' && !c.is_ascii_digit()).next().unwrap();
        let address = format!("{scheme}://{address}");
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = match root {
            Some(root) => client.tls_certs_only([root]),
            None => client,
        };
        let client = client.build().unwrap();
        Self { rig, process, address, client }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(self.url(path))).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let mut answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
        let body = answer.text().await.unwrap();
        Answer { status, headers, body }
    }

    /// The codes on all pages of a list.
    async fn listed(&self, path: &str) -> Vec<String> {
        let mut codes = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let links = page.body.split("class=\"code\" href=\"").skip(1);
            codes.extend(links.map(|link| between(link, ">", "<")));
            next =
                page.body.split_once("rel=\"next\" href=\"").map(|(_, rest)| plain(&between(rest, "", "\"")));
        }
        codes
    }

    async fn command(&self, arguments: &[&str]) -> Value {
        let said = run(&self.rig.folder, arguments).await;
        serde_json::from_str(&said.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr))
    }

    /// The first thing that `status` says and the overview does not.
    async fn overview_apart_from_status(&self) -> Option<String> {
        let status = self.command(&["status", "--json", "--lang", "en"]).await;
        let body = plain(&self.get("/?lang=en").await.body);
        let all = between(&body, "<tr class=\"all\">", "</tr>");
        let layers = status["layers"].as_array().unwrap().iter().map(|layer| {
            let wanted = status["dossiers"].as_u64().unwrap() - layer["not_sent"].as_u64().unwrap();
            format!("{} of {wanted}", layer["synced"])
        });
        let mut sentences = vec![status["verdict"].as_str().unwrap()];
        let reasons = status["reasons"].as_array().unwrap();
        sentences.extend(reasons.iter().map(|reason| reason["remedy"].as_str().unwrap()));
        let missing = sentences.into_iter().find(|sentence| !body.contains(*sentence)).map(str::to_owned);
        let in_row = layers.chain([format!(">{}</a>", status["held"]["dossiers"])]);
        missing.or_else(|| {
            in_row.into_iter().find(|told| !all.contains(told)).map(|told| format!("{told}: {all}"))
        })
    }
}

fn between(text: &str, start: &str, end: &str) -> String {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0.to_owned()
}

/// A text of the markup as it reads.
fn plain(markup: &str) -> String {
    markup.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_show_the_numbers_of_the_commands_and_each_count_leads_to_just_as_many_rows() {
    let site = Site::new(1_801, 60, 3).await;
    // A page serves for a while, in which what is true may change.
    until_found("the overview says what `status` says", async || {
        site.overview_apart_from_status().await.map_or(Ok(()), Err)
    })
    .await;
    let status = site.command(&["status", "--json", "--lang", "en"]).await;
    let body = plain(&site.get("/?lang=en").await.body);
    let units = body.matches("href=\"/dossiers?unit=").count();
    assert!(units > 1, "a row for each unit");

    let held = site.command(&["held", "--json"]).await;
    let work = plain(&site.get("/work?lang=en").await.body);
    for cause in held["causes"].as_array().unwrap() {
        let kind = cause["kind"].as_str().unwrap();
        let (_, link) = work.split_once(&format!("href=\"/dossiers?kind={kind}&")).expect(kind);
        let path = format!("/dossiers?kind={kind}&{}", between(link, "", "\""));
        assert_eq!(between(link, ">", "<"), cause["dossiers"].to_string());
        assert_eq!(site.listed(&path).await.len() as u64, cause["dossiers"].as_u64().unwrap(), "{path}");
    }
    let rows = site.listed("/dossiers").await;
    assert_eq!(rows.len() as u64, status["dossiers"].as_u64().unwrap());
    assert!(rows.is_sorted() && rows.windows(2).all(|pair| pair[0] != pair[1]), "each once, in order");
    assert_eq!(
        site.listed("/dossiers?state=held").await.len() as u64,
        status["held"]["dossiers"].as_u64().unwrap()
    );

    let code = held["causes"][0]["example"].as_str().unwrap();
    let story = plain(&site.get(&format!("/dossier?code={code}&lang=en")).await.body);
    let why = run(&site.rig.folder, &["why", code, "--offline", "--lang", "en"]).await.stdout;
    let told = why.lines().map(str::trim).find(|line| line.len() > 60).expect("what happens next");
    assert!(story.contains(told), "{told}");
    let typed = format!("/dossiers?q={}", code.to_lowercase().replace(['.', '-'], "+"));
    let found = site.get(&typed).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER, "a code is found however it is typed: {typed}");
    assert_eq!(found.headers[LOCATION].to_str().unwrap(), format!("/dossier?code={code}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_to_the_console_is_refused_or_shown_as_text_and_nobody_else_waits() {
    let site = Site::new(1_802, 12, 1).await;
    for page in PAGES {
        let answer = site.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        let policy = answer.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{page}");
        }
        assert!(answer.body.starts_with("<!DOCTYPE html><html lang=\"vi\">"), "{page}");
        let posted = site.send(site.client.post(site.url(page)).body("x=1")).await;
        assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED, "{page}");
        let rebound = site.send(site.client.get(site.url(page)).header(HOST, "evil.example")).await;
        assert_eq!(rebound.status, StatusCode::MISDIRECTED_REQUEST, "{page}");
        assert!(!rebound.body.contains("<html"), "{page}");
    }
    let english = site.get("/system?lang=en").await;
    let cookie = english.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let kept = site.client.get(site.url("/system")).header(COOKIE, "a=b; dongbo_lang=en");
    assert!(site.send(kept).await.body.contains("<html lang=\"en\">"));
    let tampered = site.client.get(site.url("/system")).header(COOKIE, "dongbo_lang=\"><script>; =;;;");
    assert!(site.send(tampered).await.body.contains("<html lang=\"vi\">"));
    assert!(
        !english.body.contains("password = ") && english.body.contains("portal.password_file"),
        "no secret"
    );

    let script = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%00%FF";
    for path in [
        "/dossiers?q=",
        "/dossiers?after=",
        "/dossiers?unit=",
        "/dossiers?kind=refused&subject=",
        "/dossiers?state=",
        "/dossiers?kind=refused&words=",
        "/dossier?code=",
        "/comparison?after=",
        "/comparison?cause=",
        "/work?unit=",
        "/resend?unit=",
        "/indicators?unit=",
        "/indicators?period=",
        "/indicators/dossiers?indicator=2.1&after=",
        "/resend?kind=",
        "/?lang=",
    ] {
        let answer = site.get(&format!("{path}{script}")).await;
        let known = [StatusCode::OK, StatusCode::NOT_FOUND].contains(&answer.status);
        assert!(known && !answer.body.contains("<script>alert"), "{path}: {} {}", answer.status, answer.body);
    }
    assert_eq!(site.get("/nowhere/%2e%2e/etc").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/dossier").await.status, StatusCode::NOT_FOUND);
    let long = site.get(&format!("/dossiers?q={}", "9".repeat(5_000))).await;
    assert!(long.status == StatusCode::OK && long.body.contains("quá dài"), "{}", long.status);
    let pasted = site.client.get(site.url(&format!("/dossiers?q={}", "9".repeat(100_000)))).send().await;
    // The head of a request has an end: it is refused, or the connection is.
    assert!(pasted.is_err() || pasted.unwrap().status().is_client_error());
    assert_eq!(site.get("/").await.status, StatusCode::OK, "others are served");
    assert!(!site.process.log().contains("panic"), "{}", site.process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_read_in_a_browser_in_both_languages_on_a_telephone_and_a_desk_by_day_and_night() {
    let site = Site::with(1_803, 40, 2, None, async |rig| access::users_file(rig)).await;
    access::add_user(&site.rig, "lan", "administrator", &[]).await;
    let compared = run(&site.rig.folder, &["reconcile", "--json"]).await;
    assert!(compared.stdout.contains("looked_up"), "{}{}", compared.stdout, compared.stderr);
    let held = run(&site.rig.folder, &["held", "--json"]).await.stdout;
    let held: Value = serde_json::from_str(&held).unwrap();
    let code = held["causes"][0]["example"].as_str().unwrap();
    let result = site.rig.folder.join("result.csv").display().to_string();
    let job = run(&site.rig.folder, &["resend", code, "--yes", "--json", "--result", &result]).await;
    assert!(job.stdout.contains("\"held\""), "{}{}", job.stdout, job.stderr);
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(folder.path());
    let one = format!("/dossier?code={code}");
    let resend = format!("/resend?kind={}", held["causes"][0]["kind"].as_str().unwrap());
    let retry = format!("/order?act=retry&kind={}", held["causes"][0]["kind"].as_str().unwrap());
    let mut wrong = browser.look(&site.url("/login?next=/work&lang=en"), (390, 800), true);
    wrong.extend(browser.look(&site.url("/login?next=/work&lang=vi"), (1_280, 900), false));
    let shots = std::env::var_os("DONGBO_PICTURES");
    let shoot = |browser: &mut Browser, name: &str| {
        if let Some(shots) = &shots {
            std::fs::write(Path::new(shots).join(format!("{name}.b64")), browser.picture()).unwrap();
        }
    };
    shoot(&mut browser, "login");
    let login = "(() => { document.getElementById('name').value = 'lan'; \
                 document.getElementById('password').value = PASSWORD; document.querySelector('main form').requestSubmit(); })()";
    browser.go(&login.replace("PASSWORD", &serde_json::to_string(access::PASSWORD).unwrap()));
    assert_eq!(
        browser.evaluate("location.pathname + document.querySelector('.who .name').textContent"),
        "/worklan"
    );
    wrong.extend(browser.look(&site.url("/wall?lang=vi"), (1_920, 1_080), true));
    shoot(&mut browser, "wall");
    // Who logs in, and who looks from across the room, needs no way to the other pages.
    wrong.retain(|broken| broken != "no nav");
    let more = [
        one.as_str(),
        retry.as_str(),
        resend.as_str(),
        "/resend?end=yes",
        "/order?act=pause",
        "/dossiers?q=12345",
        "/indicators/dossiers?indicator=4.2&part=denominator",
        "/nowhere",
    ];
    for (number, page) in PAGES.into_iter().chain(more).enumerate() {
        for (lang, screen, dark) in [
            ("vi", (1_280, 900), false),
            ("en", (1_280, 900), true),
            ("en", (390, 800), false),
            ("vi", (390, 800), true),
        ] {
            let mark = if page.contains('?') { '&' } else { '?' };
            let broken = browser.look(&site.url(&format!("{page}{mark}lang={lang}")), screen, dark);
            // That there is no such page is told to the browser, too.
            let broken = broken.into_iter().filter(|one| page != "/nowhere" || !one.contains("404"));
            wrong.extend(broken.map(|broken| format!("{page} {lang} {screen:?} dark {dark}: {broken}")));
            let scheme = if dark { "dark" } else { "light" };
            shoot(&mut browser, &format!("{number}-{lang}-{}-{scheme}", screen.0));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());

    // What is open stays up to date by itself, and says so when it no longer does.
    assert!(browser.look(&site.url("/?lang=vi"), (1_280, 900), false).is_empty());
    let waits = "new Promise((done) => { const seen = () => document.getElementById('lost').hidden ? setTimeout(seen, 50) : done(true); seen(); })";
    let live = "(async () => { const first = document.querySelector('#verdict .pairs'); \
                while (first.isConnected) await new Promise((done) => setTimeout(done, 50)); return true; })()";
    assert_eq!(browser.evaluate(live), true, "the verdict is told again");
    site.process.kill();
    assert_eq!(browser.evaluate(waits), true, "a page that hears nothing says so");
}
