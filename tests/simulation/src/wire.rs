//! The way to the portal and the portal at its end, both of which misbehave.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dongbo_model::clock::Clock;
use dongbo_portal::{Body, Fault as NoWay, NoAnswer, Reply, Request, Transport};
use futures_util::future::BoxFuture;
use mock_portal::{Desk, Manner};
use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::sync::oneshot;

use super::fault::{Board, Fault};
use super::host::{LANDS_WITHIN, LOOKUP_AFTER, Life, TOTAL_TIMEOUT};
use super::trace::Trace;

/// The state that all parts of a run share. Nobody holds its lock over an await.
#[derive(Debug)]
pub(crate) struct Shared {
    pub board: Board,
    pub trace: Trace,
    pub chance: StdRng,
    /// Dossiers whose content the portal refuses now.
    pub refused: BTreeSet<String>,
    /// Requests that have yet to land.
    pub under_way: usize,
    /// Dossiers that a request which landed very late, or twice, was about: a step of them may be shown twice.
    pub excused: BTreeSet<String>,
    /// Dossiers that a request is about which lands late, and before it is looked for by a clock that is not set.
    pub late: Vec<String>,
    /// Those of a request that landed twice although it was answered, which nobody has compared since.
    pub repeated: BTreeSet<String>,
    /// Those whose steps an operator accepted as the portal shows them.
    pub accepted: BTreeSet<String>,
}

impl Shared {
    /// The dossier in `text` whose content the portal refuses now.
    fn refused_of(&self, text: &str) -> Option<String> {
        self.refused.iter().find(|code| text.contains(code.as_str())).cloned()
    }
}

/// One daemon's way to the portal.
pub(crate) struct Wire {
    pub shared: Arc<Mutex<Shared>>,
    pub desk: Arc<Desk>,
    /// The portal's.
    pub clock: Clock,
    pub life: Arc<Life>,
    /// The name of the daemon.
    pub from: String,
}

/// The fate of one request.
struct Order {
    fault: Option<Fault>,
    manner: Manner,
    /// When it is handed over once more, after it was.
    again: Option<Duration>,
    there: Duration,
    back: Duration,
}

impl Transport for Wire {
    fn post<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, NoAnswer>> {
        match request.body {
            Body::Json(body) => {
                let token = request.token.map(|token| token.expose().to_owned());
                Box::pin(self.exchange(Letter { path: request.url.path().to_owned(), token, body }))
            }
            Body::Form(_) => panic!("no file travels in these worlds"),
        }
    }
}

/// A request as it travels.
#[derive(Clone)]
struct Letter {
    path: String,
    token: Option<String>,
    body: Vec<u8>,
}

impl Letter {
    fn be_answered(&self, desk: &Desk, manner: &Manner) -> (u16, Vec<u8>) {
        desk.answer(&self.path, self.token.as_deref(), &self.body, manner)
    }
}

impl Wire {
    async fn exchange(&self, letter: Letter) -> Result<Reply, NoAnswer> {
        if self.life.is_over() {
            return std::future::pending().await;
        }
        let clock = &self.life.clock;
        if self.life.portal_away.load(std::sync::atomic::Ordering::Relaxed) {
            self.shared.lock().unwrap().board.fire(Fault::PortalAway);
            clock.sleep(Duration::from_millis(30)).await;
            return Err(none(NoWay::NotSent("no connection".to_owned())));
        }
        let order = self.order(&letter);
        let fault = order.fault;
        match fault {
            Some(Fault::ConnectionRefused) => {
                clock.sleep(order.there).await;
                return Err(none(NoWay::NotSent("refused".to_owned())));
            }
            Some(Fault::RequestLost) => {
                clock.sleep(TOTAL_TIMEOUT).await;
                return Err(none(NoWay::Lost("no answer".to_owned())));
            }
            _ => {}
        }
        let back = order.back;
        let answer = self.deliver(letter, order);
        if fault == Some(Fault::CrashInCall) {
            self.life.end();
        }
        let Some(Ok((status, body))) = clock.timeout(TOTAL_TIMEOUT, answer).await else {
            return Err(none(NoWay::Lost("no answer in time".to_owned())));
        };
        clock.sleep(back).await;
        let html = || b"<!DOCTYPE html><html><body>Ban</body></html>".to_vec();
        Ok(match fault {
            Some(Fault::AnswerLost) => return Err(none(NoWay::Lost("cut".to_owned()))),
            Some(Fault::Status500Applied) => reply(500, "text/html", html(), None),
            Some(Fault::Status502NotApplied) => reply(502, "text/html", html(), None),
            Some(Fault::Throttled) => reply(429, "text/html", html(), Some(Duration::from_secs(3))),
            Some(Fault::Html) => reply(200, "text/html", html(), None),
            Some(Fault::JsonCut) => {
                let half = body.len() / 2;
                reply(200, "application/json", body[..half].to_vec(), None)
            }
            _ => reply(status, "application/json", body, None),
        })
    }

    fn order(&self, letter: &Letter) -> Order {
        let text = String::from_utf8_lossy(&letter.body);
        let service = service(&letter.path, &text);
        let writes = matches!(service, "create" | "update" | "steps");
        let mut shared = self.shared.lock().unwrap();
        let there = Duration::from_millis(shared.chance.random_range(5..200));
        let back = Duration::from_millis(shared.chance.random_range(5..200));
        let refused = shared.refused_of(&text).filter(|_| writes);
        // Half of one is a refusal, which would hold it.
        let many = codes(&text).len() > 1;
        let fault = shared.board.strike(|fault| {
            fault.strikes_calls() && (writes || !fault.needs_write()) && (many || fault != Fault::HalfApplied)
        });
        let manner = match (fault, refused) {
            (Some(Fault::Lie), _) => Manner::Lie,
            (_, Some(code)) => {
                shared.board.fire(Fault::Refusal);
                Manner::Refuse(code)
            }
            (Some(Fault::HalfApplied), _) => Manner::Half,
            _ => Manner::Honest,
        };
        let there = match fault {
            Some(Fault::AppliedLate) => {
                shared.late.extend(codes(&text));
                let margin = LOOKUP_AFTER - Duration::from_millis(500);
                TOTAL_TIMEOUT
                    + Duration::from_millis(shared.chance.random_range(1..margin.as_millis() as u64))
            }
            Some(Fault::AppliedVeryLate) => {
                for code in codes(&text) {
                    shared.excused.insert(code);
                }
                TOTAL_TIMEOUT + shared.chance.random_range(LOOKUP_AFTER..LANDS_WITHIN)
            }
            _ => there,
        };
        if fault == Some(Fault::Lie) && service == "steps" {
            // The next part may be on its way before anybody looks: then a step lacks for good, which is told.
            shared.excused.extend(codes(&text));
        }
        let again = (fault == Some(Fault::Repeated)).then(|| {
            for code in codes(&text) {
                shared.excused.insert(code.clone());
                shared.repeated.insert(code);
            }
            shared.chance.random_range(Duration::from_secs(1)..LANDS_WITHIN)
        });
        let from = &self.from;
        let told = codes(&text).join(" ");
        shared.trace.note(format_args!("{from} calls {service} {told} {fault:?} {manner:?}"));
        Order { fault, manner, again, there, back }
    }

    /// Brings the request to the portal, whatever becomes of its sender meanwhile.
    fn deliver(&self, letter: Letter, order: Order) -> oneshot::Receiver<(u16, Vec<u8>)> {
        let (tell, told) = oneshot::channel();
        let (shared, desk, clock) = (Arc::clone(&self.shared), Arc::clone(&self.desk), self.clock.clone());
        shared.lock().unwrap().under_way += 1;
        tokio::spawn(async move {
            clock.sleep(order.there).await;
            let applied =
                !matches!(order.fault, Some(Fault::Status502NotApplied | Fault::Throttled | Fault::Html));
            if order.fault == Some(Fault::SessionEnded) {
                desk.end_sessions();
            }
            let answer = if applied { letter.be_answered(&desk, &order.manner) } else { (0, Vec::new()) };
            if let Some(wait) = order.again {
                repeat(Arc::clone(&shared), desk, clock, letter.clone(), wait);
            }
            let mut shared = shared.lock().unwrap();
            shared.under_way -= 1;
            if order.fault == Some(Fault::AppliedLate) {
                let landed = codes(&String::from_utf8_lossy(&letter.body));
                shared.late.retain(|code| !landed.contains(code));
            }
            if order.fault.is_some() {
                shared.trace.note(format_args!("landed {:?} {}", order.fault, answer.0));
            }
            // The one that asked may be gone.
            drop(tell.send(answer));
        });
        told
    }
}

/// Hands a request over once more after a while.
fn repeat(shared: Arc<Mutex<Shared>>, desk: Arc<Desk>, clock: Clock, letter: Letter, wait: Duration) {
    shared.lock().unwrap().under_way += 1;
    tokio::spawn(async move {
        clock.sleep(wait).await;
        let refused = shared.lock().unwrap().refused_of(&String::from_utf8_lossy(&letter.body));
        let (status, _) = letter.be_answered(&desk, &refused.map_or(Manner::Honest, Manner::Refuse));
        let mut shared = shared.lock().unwrap();
        shared.under_way -= 1;
        shared.trace.note(format_args!("landed again {status}"));
    });
}

fn service(path: &str, text: &str) -> &'static str {
    match path.trim_start_matches("/rest") {
        "/auth" | "/token" => return "log_in",
        "/NopHoSo" => return "create",
        "/CapNhatTrangThai" => return "update",
        "/CapNhatTienTrinh" => return "steps",
        "/TraCuuHoSo" => return "look_up",
        _ => {}
    }
    let create = text.contains("\"False\"") && text.contains("isUpdating\":\"False\"");
    if text.contains("TraCuuHoSo") {
        "look_up"
    } else if text.contains("CapNhatTienDoHoSoMC") {
        "steps"
    } else if create {
        "create"
    } else {
        "update"
    }
}

/// The codes that a request names, with the number of each one's version or step.
fn codes(text: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (place, _) in text.match_indices("H48.57-240304-") {
        found.extend(text.get(place..place + 18).map(str::to_owned));
    }
    found.into_iter().collect()
}

fn reply(status: u16, media_type: &str, body: Vec<u8>, retry_after: Option<Duration>) -> Reply {
    Reply {
        status,
        retry_after,
        clock_offset: None,
        certificate_end: None,
        media_type: media_type.to_owned(),
        body: Ok(body),
        large: None,
    }
}

fn none(fault: NoWay) -> NoAnswer {
    NoAnswer { fault, certificate_end: None }
}
