//! The API of the real program: it serves what it describes, and says the numbers of pages and commands.

use reqwest::StatusCode;
use reqwest::header::{ALLOW, CONTENT_TYPE, HOST};
use serde_json::Value;

use super::schema::faults;
use super::{Answer, Site, between, plain};
use crate::control::run;
use crate::kit::until_found;

/// The answers of one site, each held to the description.
struct Api {
    site: Site,
    description: Value,
}

impl Api {
    async fn of(site: Site) -> Self {
        let answer = site.get("/api/v1/openapi.json").await;
        let description = serde_json::from_str(&answer.body).unwrap();
        Self { site, description }
    }

    /// The answer at an address; the schema is that of `path`.
    async fn json(&self, path: &str, address: &str) -> Value {
        let answer = self.site.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.body);
        assert_eq!(answer.headers[CONTENT_TYPE], "application/json", "{address}");
        let value = serde_json::from_str(&answer.body).unwrap();
        let schema = &self.description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
            ["schema"];
        assert_eq!(faults(&self.description, schema, &value), Vec::<String>::new(), "{address}: {value:#}");
        value
    }

    async fn get(&self, path: &str) -> Value {
        self.json(path.split('?').next().unwrap(), path).await
    }

    /// Every row of a list, read in pages.
    async fn rows(&self, path: &str, list: &str) -> Vec<Value> {
        let (mut rows, mut after): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let behind = after.map(|after| format!("&after={after}")).unwrap_or_default();
            let page = self.get(&format!("{path}{mark}limit=7{behind}")).await;
            rows.extend(page[list].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else { return rows };
            after = Some(next.replace('#', "%23"));
        }
    }

    /// The problem that an answer tells.
    fn problem(&self, answer: &Answer, status: StatusCode, kind: &str) -> Value {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json", "{}", answer.body);
        let value: Value = serde_json::from_str(&answer.body).unwrap();
        let schema = &self.description["components"]["responses"]["Problem"]["content"]["application/problem+json"]
            ["schema"];
        assert_eq!(faults(&self.description, schema, &value), Vec::<String>::new(), "{value:#}");
        assert_eq!(value["type"], format!("urn:dongbo:problem:{kind}"), "{value:#}");
        value
    }

    async fn refuses(&self, address: &str, about: &str) {
        let answer = self.site.get(address).await;
        let problem = self.problem(&answer, StatusCode::BAD_REQUEST, "bad_parameter");
        assert_eq!(problem["about"], about, "{address}: {problem:#}");
    }
}

/// Values of a parameter that mean something, and one that does not, if there is one.
fn values(schema: &Value, unit: &str) -> (Vec<String>, Option<&'static str>) {
    let words = schema["enum"].as_array();
    let words = words.map(|words| words.iter().map(|word| word.as_str().unwrap().to_owned()).collect());
    match (words, schema["type"].as_str().unwrap(), schema["pattern"].is_string()) {
        (Some(words), ..) => (words, Some("<script>")),
        (None, "integer", _) => (vec!["1".to_owned(), schema["maximum"].to_string()], Some("-1")),
        (None, _, true) => {
            (["2026", "2026-H2", "2026-Q1", "2026-08"].map(str::to_owned).to_vec(), Some("2026-13"))
        }
        (None, ..) => (vec![unit.to_owned()], None),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_serves_what_it_describes_and_says_the_numbers_of_pages_and_commands() {
    let site = Site::new(1_807, 40, 3).await;
    let compared = run(&site.rig.folder, &["reconcile", "--json"]).await;
    assert!(compared.stdout.contains("looked_up"), "{}{}", compared.stdout, compared.stderr);
    let api = Api::of(site).await;
    says_the_numbers_of_pages_and_commands(&api).await;
    serves_what_it_describes(&api).await;
    let site = &api.site;
    for (request, status, kind) in [
        (site.client.post(site.url("/api/v1/overview")), StatusCode::METHOD_NOT_ALLOWED, "not_allowed"),
        (site.client.get(site.url("/api/v2/overview")), StatusCode::NOT_FOUND, "not_found"),
        (site.client.get(site.url("/api/v1/dossiers/none%FF")), StatusCode::NOT_FOUND, "not_found"),
        (
            site.client.get(site.url("/api/v1/overview")).header(HOST, "evil.example"),
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected",
        ),
        (
            site.client.get(site.url("/api/v1/overview")).bearer_auth("x"),
            StatusCode::UNAUTHORIZED,
            "not_known",
        ),
    ] {
        let answer = site.send(request).await;
        api.problem(&answer, status, kind);
        assert!(status != StatusCode::METHOD_NOT_ALLOWED || answer.headers[ALLOW] == "GET, HEAD");
    }
    assert_eq!(site.get("/").await.status, StatusCode::OK, "others are served");
    assert!(!site.process.log().contains("panic"), "{}", site.process.log());
}

/// Each path and parameter is served, and what means nothing is refused by its name.
async fn serves_what_it_describes(api: &Api) {
    let listed = api.get("/api/v1/dossiers?limit=1").await;
    let code = listed["dossiers"][0]["code"].as_str().unwrap();
    let unit = listed["dossiers"][0]["row"]["unit"].as_str().unwrap();
    for (path, of) in api.description["paths"].as_object().unwrap() {
        let address = path.replace("{code}", code).replace("{indicator}", "2.1");
        api.json(path, &address).await;
        for parameter in of["get"]["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            if parameter["in"] == "path" || name == "after" {
                continue;
            }
            let (good, bad) = values(&parameter["schema"], unit);
            for value in good {
                api.json(path, &format!("{address}?{name}={value}")).await;
            }
            if let Some(bad) = bad {
                api.refuses(&format!("{address}?{name}={bad}"), name).await;
            }
            api.refuses(&format!("{address}?{name}={}", "9".repeat(5_000)), name).await;
            api.refuses(&format!("{address}?{name}=&{name}="), name).await;
        }
        api.refuses(&format!("{address}?nonsense=%00%FF<b>"), "nonsense").await;
    }
    api.refuses("/api/v1/findings?after=zz", "after").await;
    let near = api.site.get(&format!("/api/v1/dossiers/{}", code.to_lowercase())).await;
    assert_eq!(
        api.problem(&near, StatusCode::NOT_FOUND, "not_found")["about"],
        code,
        "the code that is meant"
    );
    let unknown = api.site.get("/api/v1/overview?unit=nowhere").await;
    api.problem(&unknown, StatusCode::NOT_FOUND, "not_found");
}

async fn says_the_numbers_of_pages_and_commands(api: &Api) {
    let site = &api.site;
    // A reading serves for a while, in which what is true may change.
    until_found("overview, page and status say the same", async || {
        overview_apart(api).await.map_or(Ok(()), Err)
    })
    .await;
    let overview = api.get("/api/v1/overview").await;
    let counts = &overview["counts"];

    let units = api.rows("/api/v1/units", "units").await;
    for name in ["dossiers", "held", "not_sent"] {
        let sum: u64 = units.iter().map(|unit| unit["counts"][name].as_u64().unwrap()).sum();
        assert_eq!(sum, counts[name].as_u64().unwrap(), "{name}: the units' add up");
    }
    let named = units.iter().find(|unit| unit["unit"] != "").unwrap();
    let unit = named["unit"].as_str().unwrap();
    let of_unit = api.get(&format!("/api/v1/overview?unit={unit}")).await;
    assert_eq!(of_unit["counts"], named["counts"]);
    let status = site.command(&["status", "--json", "--unit", unit]).await;
    assert_eq!(of_unit["verdict"]["in_step"], status["in_step"]);
    let codes =
        |rows: &[Value]| rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    for filter in ["", "?state=held", "?state=synced", &format!("?unit={unit}")] {
        let rows = api.rows(&format!("/api/v1/dossiers{filter}"), "dossiers").await;
        assert_eq!(codes(&rows), site.listed(&format!("/dossiers{filter}")).await, "{filter}");
    }

    let (held, told) = (api.get("/api/v1/held").await, site.command(&["held", "--list", "--json"]).await);
    for name in ["dossiers", "files", "causes_in_all"] {
        assert_eq!(held[name], told[name], "{name}");
    }
    let by = |of: &Value| {
        of.as_array()
            .unwrap()
            .iter()
            .map(|one| (one["kind"].clone(), one["subject"].clone(), one["dossiers"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(by(&held["causes"]), by(&told["causes"]));
    let findings = api.rows("/api/v1/findings", "findings").await;
    assert_eq!(codes(&findings), codes(told["rows"].as_array().unwrap()));

    let told = site.command(&["reconcile", "list", "--rows", "--json"]).await;
    let (causes, rows) =
        (api.get("/api/v1/differences/causes").await, api.rows("/api/v1/differences", "differences").await);
    let many = |of: &Value| {
        of["causes"].as_array().unwrap().iter().map(|one| one["many"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((many(&causes), &causes["compared"]), (many(&told), &told["compared"]));
    assert_eq!(codes(&rows), codes(told["rows"].as_array().unwrap()));
    let (runs, told) =
        (api.rows("/api/v1/runs", "runs").await, site.command(&["reconcile", "show", "--json"]).await);
    for name in ["looked_up", "different", "dossiers", "opened"] {
        assert_eq!(runs[0]["found"][name], told["run"][name], "{name}");
    }
    let (numbers, told) =
        (api.get("/api/v1/indicators").await, site.command(&["indicators", "show", "--json"]).await);
    for name in ["period", "up_to", "set", "received"] {
        assert_eq!(numbers[name], told[name], "{name}");
    }
    let both = |of: &Value| {
        of["indicators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["indicator"].clone(), one["local"].clone(), one["portal"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(both(&numbers), both(&told));
}

/// The first thing of which the overview says something else than `status` or the page.
async fn overview_apart(api: &Api) -> Option<String> {
    let overview = api.get("/api/v1/overview?lang=en").await;
    let status = api.site.command(&["status", "--json", "--lang", "en"]).await;
    let page = plain(&api.site.get("/?lang=en").await.body);
    let (verdict, counts) = (&overview["verdict"], &overview["counts"]);
    let all = between(&page, "<tr class=\"all\">", "</tr>");
    let of_verdict = ["standing", "verdict", "wanted", "in_step", "held_by"]
        .map(|name| (name, verdict[name] == status[name]));
    let of_counts =
        ["dossiers", "not_sent", "oldest_unsent", "layers"].map(|name| (name, counts[name] == status[name]));
    let of_page = [
        ("held", counts["held"] == status["held"]["dossiers"]),
        ("the page's verdict", page.contains(verdict["verdict"].as_str().unwrap())),
        ("the page's dossiers", all.contains(&format!(">{}</a>", counts["dossiers"]))),
        ("the page's held", all.contains(&format!(">{}</a>", counts["held"]))),
    ];
    let apart = of_verdict.into_iter().chain(of_counts).chain(of_page).find(|(_, same)| !same);
    apart.map(|(name, _)| format!("{name}: {overview:#} {status:#}"))
}
