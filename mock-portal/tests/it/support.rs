//! A client that hides nothing of what it was told.

use std::sync::Once;

use mock_portal::{Config, MockPortal};
use serde_json::{Value, json};

/// An answer, whatever it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) text: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn code(&self) -> Value {
        self.json()["error_code"].clone()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status == 200 && self.code() == json!(0)
    }

    pub(crate) fn result(&self) -> Vec<Value> {
        assert!(self.is_success(), "{}", self.text);
        self.json()["result"].as_array().unwrap().clone()
    }
}

/// A portal and a client that is logged in to it.
pub(crate) struct World {
    pub(crate) portal: MockPortal,
    pub(crate) http: reqwest::Client,
    pub(crate) session: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let down = config.start_down;
        let portal = MockPortal::start(config).await.unwrap();
        let mut world = Self { portal, http: http(), session: String::new() };
        if !down {
            world.log_in().await;
        }
        world
    }

    pub(crate) async fn log_in(&mut self) {
        assert!(self.try_log_in().await, "cannot log in");
    }

    /// Whether it worked, for a log-in that a fault may strike.
    pub(crate) async fn try_log_in(&mut self) -> bool {
        let told = self.post("/auth", &json!({"username": "dongbo", "password": "dongbo"})).await;
        let answer = told.ok().and_then(|told| serde_json::from_str::<Value>(&told.text).ok());
        let session = answer.as_ref().and_then(|answer| answer["session"].as_str());
        session.inspect(|session| (*session).clone_into(&mut self.session)).is_some()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Told, reqwest::Error> {
        let request = with_json(self.http.post(format!("{}{path}", self.portal.url())), body);
        read(request.header("dstcode", "VN:GOV:DVCQG").send().await?).await
    }

    /// A service call with session and unit filled in.
    pub(crate) async fn call(&self, service: &str, extra: Value) -> Result<Told, reqwest::Error> {
        self.post("/integration", &self.body(service, extra)).await
    }

    pub(crate) fn body(&self, service: &str, extra: Value) -> Value {
        let mut body = json!({"session": self.session, "madonvi": "H48.57", "service": service});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    }

    pub(crate) async fn create(&self, data: &[Value]) -> Result<Told, reqwest::Error> {
        self.call("DongBoHoSoMC", json!({"isUpdating": "False", "data": data})).await
    }

    pub(crate) async fn update(&self, data: &[Value]) -> Result<Told, reqwest::Error> {
        self.call("DongBoHoSoMC", json!({"isUpdating": "True", "data": data})).await
    }

    pub(crate) async fn steps(&self, data: &[Value]) -> Result<Told, reqwest::Error> {
        self.call("CapNhatTienDoHoSoMC", json!({"data": data})).await
    }

    pub(crate) async fn look_up(&self, code: &str) -> Vec<Value> {
        self.call("TraCuuHoSo", json!({"mahoso": code})).await.unwrap().result()
    }

    pub(crate) fn holds(&self, code: &str) -> bool {
        self.portal.dossier(code).is_some()
    }

    pub(crate) async fn admin(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Told {
        let request = self.http.request(method, format!("{}/admin/{path}", self.portal.admin_url()));
        let request = match body {
            Some(body) => with_json(request, &body),
            None => request,
        };
        read(request.send().await.unwrap()).await.unwrap()
    }
}

/// Every call takes a fresh connection, so that a cut one is never retried unseen.
pub(crate) fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this process may have been first.
        let _was_set = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap()
}

/// Adds a JSON body, without the feature of reqwest for it: the portal itself is built without.
pub(crate) fn with_json(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

pub(crate) async fn read(mut response: reqwest::Response) -> Result<Told, reqwest::Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(Told { status, retry_after, text: String::from_utf8_lossy(&bytes).into_owned() })
}

pub(crate) fn dossier(code: &str) -> Value {
    let mut dossier: Value = serde_json::from_str(include_str!("../../samples/dossier.json")).unwrap();
    dossier["MaHoSo"] = json!(code);
    dossier
}

pub(crate) fn with(mut value: Value, field: &str, to: &str) -> Value {
    value[field] = json!(to);
    value
}

pub(crate) fn step(code: &str, at: &str) -> Value {
    let step: Value = serde_json::from_str(include_str!("../../samples/step.json")).unwrap();
    with(with(step, "MaHoSo", code), "ThoiDiemXuLy", at)
}
