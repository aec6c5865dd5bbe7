//! The service port: accepts connections, takes the HTTP head apart, and cuts what is to be cut.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::clock;
use crate::core::Core;
use crate::evaluation;
use crate::form::{FileSeen, FormReader};
use crate::gate::{Gate, stopped};
use crate::handle::{self, Reply};
use crate::journal::{Outcome, Told};
use crate::ndxp::{self, Entrance};
use crate::service::Service;
use crate::spoken::{Door, Packet};

/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// The connection is to end without a byte of answer. Handed to hyper as an error, it does just that.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct Cut;

/// Accepts until the gate is gone; then every connection ends with it.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    let stop = stopped(core.gate.watch());
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    core.journal.connected();
                    connections.spawn(converse(stream, Arc::clone(&core)));
                }
                // Out of file descriptors, mostly: the others must end before there is room.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

async fn converse(stream: TcpStream, core: Arc<Core>) {
    let mut gate = core.gate.watch();
    if *gate.borrow_and_update() != Gate::Open {
        core.journal.connection_refused();
        return;
    }
    // Answers are small and whole: waiting to fill a packet only costs the client time.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(move |request| {
        let core = Arc::clone(&core);
        async move {
            let ahead_s = core.config.clock_ahead_s;
            receive(core, request).await.map(|response| dated(response, ahead_s))
        }
    });
    let connection =
        http1::Builder::new().header_read_timeout(None).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        },
        // Any turn of the gate ends the connections that stood before it.
        _turned = gate.changed() => {}
    }
}

async fn receive(core: Arc<Core>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    // The gate may have turned while this request was on its way in a connection that has not noticed yet.
    if !core.gate.is_open() {
        return Err(Cut);
    }
    if request.uri().path().starts_with(evaluation::PREFIX) && request.method() == Method::POST {
        let path = request.uri().path().to_owned();
        let body = Limited::new(request.into_body(), core.config.rules.max_body_bytes).collect().await;
        let Ok(body) = body else { return Err(Cut) };
        let (status, answer) = evaluation::answer(&core, &path, &body.to_bytes());
        let mut response = json(StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED), answer);
        if status == 429 {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(60));
        }
        return Ok(response);
    }
    let Some(door) = Door::at(&core, request.uri().path()) else {
        return Ok(page(StatusCode::NOT_FOUND, "Không tìm thấy đường dẫn"));
    };
    if let Some(fired) = core.faults.decide_early(door.early_service(), core.journal.elapsed()) {
        core.journal.fault_fired(None, &fired.id, fired.kind.name());
        core.journal.connection_refused();
        return Err(Cut);
    }
    if request.method() != Method::POST {
        return Ok(page(StatusCode::METHOD_NOT_ALLOWED, "Chỉ nhận phương thức POST"));
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header("content-type").unwrap_or_default().to_owned();
    let token = header("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    if door == Door::Rest(Service::Upload) {
        let Some(form) = FormReader::new(&content_type) else {
            return Ok(page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Chỉ nhận multipart/form-data"));
        };
        return match receive_file(&core, request.into_body(), form).await? {
            Some(file) => answer(&core, Packet { door, body: Bytes::new(), token, file }).await,
            None => Ok(page(StatusCode::PAYLOAD_TOO_LARGE, "Nội dung gửi lên quá lớn")),
        };
    }
    let media_type = content_type.split(';').next().unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/json") {
        return Ok(page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Chỉ nhận application/json"));
    }
    let routing = &core.config.ndxp.routing_code;
    if let Door::Ndxp(entrance) = door
        && !routing.is_empty()
        && header("dstcode") != Some(routing)
    {
        let service = if entrance == Entrance::Auth { Service::Auth } else { Service::Unknown };
        let seq = core.journal.begin(service, Vec::new(), 0, None);
        let answer = ndxp::wrong_routing(&core);
        let told = Told { http: Some(answer.status), error_code: Some(answer.code) };
        core.journal.finish(seq, service, Outcome::Rejected, told);
        return Ok(json(StatusCode::OK, answer.json));
    }
    let body = match Limited::new(request.into_body(), core.config.rules.max_body_bytes).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(page(StatusCode::PAYLOAD_TOO_LARGE, "Nội dung gửi lên quá lớn"));
        }
        // The client went away in the middle of its request.
        Err(_) => return Err(Cut),
    };
    answer(&core, Packet { door, body, token, file: None }).await
}

/// Reads an upload piece by piece. The file in it, `Some(None)` when it is no form with one file; `None` when it is too
/// long.
async fn receive_file(
    core: &Core,
    mut body: Incoming,
    mut form: FormReader,
) -> Result<Option<Option<FileSeen>>, Cut> {
    let may_go_on = |size: u64| move |held: &Option<u64>| held.is_none_or(|after| size <= after);
    while let Some(frame) = body.frame().await {
        // The client went away in the middle of its request.
        let frame = frame.map_err(|_| Cut)?;
        if let Some(piece) = frame.data_ref() {
            form.push(piece);
        }
        if form.size() > core.config.rest.max_file_bytes {
            return Ok(None);
        }
        if !may_go_on(form.size())(&core.upload_brake.borrow()) {
            // It ends when the brake is gone, and with it the portal.
            drop(core.upload_brake.subscribe().wait_for(may_go_on(form.size())).await);
        }
    }
    Ok(Some(form.finish()))
}

async fn answer(core: &Arc<Core>, packet: Packet) -> Result<Response<Full<Bytes>>, Cut> {
    match handle::handle(core, packet).await {
        Reply::Answer { status, json: body } => {
            Ok(json(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body))
        }
        Reply::Page { status, text } => {
            Ok(page(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), text))
        }
        Reply::Throttle { retry_after_s } => {
            let mut response = page(StatusCode::TOO_MANY_REQUESTS, "Quá nhiều yêu cầu, vui lòng thử lại sau");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
            Ok(response)
        }
        Reply::Cut => Err(Cut),
    }
}

/// The response at the portal's own time, which the server would else take from the machine.
fn dated(mut response: Response<Full<Bytes>>, ahead_s: i64) -> Response<Full<Bytes>> {
    if let Ok(date) = HeaderValue::try_from(clock::http_date(ahead_s)) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    respond(status, "application/json; charset=utf-8", body.into())
}

fn page(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let html = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body><h1>{text}</h1></body></html>"
    );
    respond(status, "text/html; charset=utf-8", html.into())
}

fn respond(status: StatusCode, media_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
