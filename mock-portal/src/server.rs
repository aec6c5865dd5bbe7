//! The service port: accepts connections, reads requests, and cuts connections where a fault says so.

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
use crate::dialect::{ReceivedCall, Route};
use crate::form::{FormReader, UploadedFile};
use crate::gate::{Gate, stopped};
use crate::handle::{self, Reply};
use crate::journal::SentAnswer;
use crate::ndxp::{self, Entrance};
use crate::outcome::Outcome;
use crate::owner_store;
use crate::reporting;
use crate::service::Service;

/// Wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// The error that makes hyper end the connection without a byte of answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct Cut;

/// Accepts connections until the gate is gone; then every connection ends with it.
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

/// Answers one request, or cuts its connection.
async fn receive(core: Arc<Core>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    // The gate may have turned while this request was on its way in a connection that has not noticed yet.
    if !core.gate.is_open() {
        return Err(Cut);
    }
    if request.uri().path().starts_with(reporting::PREFIX) && request.method() == Method::POST {
        return report(&core, request, reporting::answer).await;
    }
    let stores = &core.config.owner_store.path;
    if !stores.is_empty() && request.uri().path() == stores.as_str() && request.method() == Method::POST {
        return report(&core, request, |core, _, body| owner_store::answer(core, body)).await;
    }
    let Some(route) = Route::at(&core, request.uri().path()) else {
        return Ok(page(StatusCode::NOT_FOUND, "Không tìm thấy đường dẫn"));
    };
    if let Some(fired) = core.faults.decide_early(route.early_service(), core.journal.elapsed()) {
        core.journal.fault_fired(None, &fired.id, fired.kind.name());
        core.journal.connection_refused();
        return Err(Cut);
    }
    if request.method() != Method::POST {
        return Ok(page(StatusCode::METHOD_NOT_ALLOWED, "Chỉ nhận phương thức POST"));
    }
    if route == Route::Rest(Service::Upload) {
        receive_upload(&core, route, request).await
    } else {
        receive_json(&core, route, request).await
    }
}

/// Answers a call of a service beside the dialects, by its path and its body.
async fn report(
    core: &Core,
    request: Request<Incoming>,
    answer: impl FnOnce(&Core, &str, &[u8]) -> (u16, Vec<u8>),
) -> Result<Response<Full<Bytes>>, Cut> {
    let path = request.uri().path().to_owned();
    let body = Limited::new(request.into_body(), core.config.rules.max_body_bytes).collect().await;
    let Ok(body) = body else { return Err(Cut) };
    let (status, answer) = answer(core, &path, &body.to_bytes());
    let mut response = json(StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED), answer);
    if status == 429 {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(60));
    }
    Ok(response)
}

async fn receive_upload(
    core: &Arc<Core>,
    route: Route,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let Some(form) = FormReader::new(header(&request, "content-type").unwrap_or_default()) else {
        return Ok(page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Chỉ nhận multipart/form-data"));
    };
    let token = bearer_token(&request);
    match read_form(core, request.into_body(), form).await? {
        Form::Whole(file) => {
            let (query, body) = (String::new(), Bytes::new());
            answer(core, ReceivedCall { route, query, body, token, file }).await
        }
        Form::TooLong => Ok(page(StatusCode::PAYLOAD_TOO_LARGE, "Nội dung gửi lên quá lớn")),
    }
}

async fn receive_json(
    core: &Arc<Core>,
    route: Route,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let media_type = header(&request, "content-type").and_then(|value| value.split(';').next());
    if !media_type.unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Ok(page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Chỉ nhận application/json"));
    }
    let routing = &core.config.ndxp.routing_code;
    if let Route::Ndxp(entrance) = route
        && !entrance.is_proxy()
        && !routing.is_empty()
        && header(&request, "dstcode") != Some(routing)
    {
        return Ok(refuse_routing(core, entrance));
    }
    let token = bearer_token(&request);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = match Limited::new(request.into_body(), core.config.rules.max_body_bytes).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(page(StatusCode::PAYLOAD_TOO_LARGE, "Nội dung gửi lên quá lớn"));
        }
        // The client went away in the middle of its request.
        Err(_) => return Err(Cut),
    };
    answer(core, ReceivedCall { route, query, body, token, file: None }).await
}

fn header<'r>(request: &'r Request<Incoming>, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn bearer_token(request: &Request<Incoming>) -> Option<String> {
    header(request, "authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned)
}

/// Refuses a call for its `dstcode`, before its body is read.
fn refuse_routing(core: &Core, entrance: Entrance) -> Response<Full<Bytes>> {
    let service = if entrance == Entrance::Auth { Service::Auth } else { Service::Unknown };
    let seq = core.journal.begin(service, Vec::new(), 0, None);
    let answer = ndxp::wrong_routing(core);
    let sent = SentAnswer { http: Some(answer.status), error_code: Some(answer.code) };
    core.journal.finish(seq, service, Outcome::Rejected, sent);
    json(StatusCode::OK, answer.json)
}

/// The body of an upload.
enum Form {
    /// Read to its end; `None` when it is no form with one file.
    Whole(Option<UploadedFile>),
    /// Longer than the configuration allows.
    TooLong,
}

/// Reads an upload piece by piece, no further than the brake allows.
async fn read_form(core: &Core, mut body: Incoming, mut form: FormReader) -> Result<Form, Cut> {
    let may_go_on = |size: u64| move |held: &Option<u64>| held.is_none_or(|after| size <= after);
    while let Some(frame) = body.frame().await {
        // The client went away in the middle of its request.
        let frame = frame.map_err(|_| Cut)?;
        if let Some(piece) = frame.data_ref() {
            form.push(piece);
        }
        if form.size() > core.config.rest.max_file_bytes {
            return Ok(Form::TooLong);
        }
        if !may_go_on(form.size())(&core.upload_brake.borrow()) {
            // It ends when the brake is gone, and with it the portal.
            drop(core.upload_brake.subscribe().wait_for(may_go_on(form.size())).await);
        }
    }
    Ok(Form::Whole(form.finish()))
}

async fn answer(core: &Arc<Core>, received: ReceivedCall) -> Result<Response<Full<Bytes>>, Cut> {
    match handle::handle(core, received).await {
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
