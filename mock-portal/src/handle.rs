//! One call from body to reply, faults included.

use std::sync::Arc;
use std::time::Duration;

use crate::core::Core;
use crate::dialect::{DialectCall, ReceivedCall};
use crate::faults::{FaultKind, Fired, Subject};
use crate::gate::stopped;
use crate::journal::SentAnswer;
use crate::outcome::{ErrorCode, Outcome};
use crate::wire::answer::Answer;
use crate::wire::batch::Twist;

/// The reply to the client.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        json: Vec<u8>,
    },
    Page {
        status: u16,
        text: &'static str,
    },
    Throttle {
        retry_after_s: u64,
    },
    /// No reply: the connection is cut.
    Cut,
}

/// The end of a call: its real effect, and the reply.
struct End {
    outcome: Outcome,
    error_code: Option<ErrorCode>,
    reply: Reply,
}

impl End {
    /// The client gets the answer, with its code.
    fn open(answer: Answer) -> Self {
        let reply = Reply::Answer { status: answer.status, json: answer.json };
        Self { outcome: answer.outcome, error_code: Some(answer.code), reply }
    }

    /// The client gets a reply without a code, or none.
    fn hidden(outcome: Outcome, reply: Reply) -> Self {
        Self { outcome, error_code: None, reply }
    }
}

/// Obeys a call, or the fault that strikes it.
pub(crate) async fn handle(core: &Arc<Core>, received: ReceivedCall) -> Reply {
    let call = DialectCall::read(&received, core.config.rules.strict_fields);
    let dossiers = call.dossiers();
    let service = call.service();
    let subject = Subject { service, is_create: call.is_create(), dossiers: &dossiers };
    let decision = core.faults.decide(&subject, core.journal.elapsed());
    let logged_body = core.config.log_bodies.then(|| String::from_utf8_lossy(&received.body).into_owned());
    let seq = core.journal.begin(service, dossiers, call.steps(), logged_body);
    for fired in &decision.fired {
        core.journal.fault_fired(Some(seq), &fired.id, fired.kind.name());
    }
    if !decision.pause.is_zero() {
        tokio::time::sleep(decision.pause).await;
    }
    let end = match decision.fired.last() {
        None => End::open(call.perform(core, &Twist::None, seq)),
        Some(fired) => match fired.kind {
            FaultKind::Hang { max_ms } => {
                tokio::time::sleep(Duration::from_millis(max_ms)).await;
                End::hidden(Outcome::NotApplied, Reply::Cut)
            }
            FaultKind::Late { ms } => {
                land_later(Arc::clone(core), received.clone(), Duration::from_millis(ms), seq);
                // The journal gets its end when it takes effect.
                return Reply::Cut;
            }
            FaultKind::Repeat { ms } => {
                let answer = call.perform(core, &Twist::None, seq);
                let logged_body = None;
                let again = core.journal.begin(service, call.dossiers(), call.steps(), logged_body);
                land_later(Arc::clone(core), received.clone(), Duration::from_millis(ms), again);
                End::open(answer)
            }
            _ => strike(core, &call, fired, seq),
        },
    };
    let http = match &end.reply {
        Reply::Answer { status, .. } | Reply::Page { status, .. } => Some(*status),
        Reply::Throttle { .. } => Some(429),
        Reply::Cut => None,
    };
    core.journal.finish(seq, service, end.outcome, SentAnswer { http, error_code: end.error_code });
    end.reply
}

/// The end of a call that a fault without a wait strikes.
fn strike(core: &Core, call: &DialectCall<'_>, fired: &Fired, seq: u64) -> End {
    let apply = || call.perform(core, &Twist::None, seq);
    let apply_if = |after: bool| if after { apply().outcome } else { Outcome::NotApplied };
    let dossier = || fired.dossier.clone().unwrap_or_default();
    match &fired.kind {
        // The two that wait end before this; a delay that struck alone spoils nothing.
        FaultKind::Delay { .. }
        | FaultKind::Hang { .. }
        | FaultKind::Late { .. }
        | FaultKind::Repeat { .. } => End::open(apply()),
        FaultKind::RefuseConnection {} => {
            core.journal.connection_refused();
            End::hidden(Outcome::NotApplied, Reply::Cut)
        }
        FaultKind::CloseBefore {} => End::hidden(Outcome::NotApplied, Reply::Cut),
        FaultKind::CloseAfter {} => End::hidden(apply().outcome, Reply::Cut),
        FaultKind::Throttle { retry_after_s } => {
            End::hidden(Outcome::NotApplied, Reply::Throttle { retry_after_s: *retry_after_s })
        }
        FaultKind::Status { code, after } => {
            End::hidden(apply_if(*after), Reply::Page { status: *code, text: "Hệ thống đang bận" })
        }
        FaultKind::Html { after } => {
            End::hidden(apply_if(*after), Reply::Page { status: 200, text: "Hệ thống đang bảo trì" })
        }
        FaultKind::CutJson { after } => {
            let twist = if *after { Twist::None } else { Twist::Lie };
            let mut answer = call.perform(core, &twist, seq);
            answer.json.truncate(answer.json.len() / 2);
            End::hidden(answer.outcome, Reply::Answer { status: answer.status, json: answer.json })
        }
        FaultKind::SessionLapse {} => End::open(call.lapse_all(core)),
        FaultKind::AlreadyExists { applied } => {
            let outcome = apply_if(*applied);
            End::open(Answer { outcome, ..call.claim_exists(core, &dossier()) })
        }
        FaultKind::UnknownCode { after } => End { outcome: apply_if(*after), ..End::open(call.unhelpful()) },
        FaultKind::Lie {} => End::open(call.perform(core, &Twist::Lie, seq)),
        FaultKind::RefuseContent { message } => {
            let twist = Twist::Refuse { dossier: dossier(), message: message.clone() };
            End::open(call.perform(core, &twist, seq))
        }
        FaultKind::Partial {} => End::open(call.perform(core, &Twist::Half { seed: core.config.seed }, seq)),
        FaultKind::Damage {} => End::open(call.damage(core, seq)),
    }
}

/// Performs a call that the client was cut off from, when the time is up, unless the portal stops first.
fn land_later(core: Arc<Core>, received: ReceivedCall, after: Duration, seq: u64) {
    core.late.send_modify(|pending| *pending += 1);
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(after) => {
                let call = DialectCall::read(&received, core.config.rules.strict_fields);
                let answer = call.perform(&core, &Twist::None, seq);
                core.journal.finish(seq, call.service(), answer.outcome, SentAnswer::default());
            }
            () = stopped(core.gate.watch()) => {}
        }
        core.late.send_modify(|pending| *pending -= 1);
    });
}
