//! Troubles that keep dongbo from logging in at the portal, each with the one remedy that helps; found out step by step, for a
//! person who waits.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::outcome::Outcome;
use crate::settings::{Dialect, Settings};
use dongbo_model::{ErrorClass, vocabulary};

/// The longest wait for the first byte of an answer.
const FIRST_BYTE_WITHIN: Duration = Duration::from_secs(3);
/// The type of a record of TLS that holds an alert, and of one that holds a handshake.
const TLS_RECORDS: [u8; 2] = [21, 22];

vocabulary! {
    /// A trouble that keeps dongbo from logging in at the portal; two are one where the remedy is one.
    pub enum PortalTrouble
    texts {
        /// The trouble in a few words.
        text,
        /// The remedy.
        remedy
    }
    columns {
        /// The class, which says who has to act.
        class: ErrorClass
    }
    {
        /// The server's name leads to no address.
        HostUnknown = "host_unknown",
            ["không tra được tên máy chủ của Cổng (DNS)", "the portal's name cannot be looked up (DNS)"],
            ["sửa tên máy chủ trong portal.adapter_url, hoặc kiểm tra DNS của máy này (getent hosts TÊN-MÁY)", "correct the server's name in portal.adapter_url, or check this machine's DNS (getent hosts NAME)"] => ErrorClass::Transient;
        /// Nothing listens at the server's port.
        NothingListens = "nothing_listens",
            ["máy chủ từ chối kết nối: không có dịch vụ nào ở cổng đó", "the server refuses the connection: nothing listens at that port"],
            ["sửa số cổng trong portal.adapter_url, hoặc báo đơn vị vận hành trục kết nối; dongbo tự chờ, không mất hồ sơ nào", "correct the port in portal.adapter_url, or tell the adapter's operator; dongbo waits for it and loses nothing"] => ErrorClass::Transient;
        /// No connection comes about.
        Silent = "silent",
            ["máy chủ không trả lời khi kết nối", "the server does not answer to a connection"],
            ["kiểm tra đường mạng và tường lửa từ máy này tới địa chỉ trong portal.adapter_url", "check the network and the firewall from this machine to the address in portal.adapter_url"] => ErrorClass::Transient;
        /// The address says https, and the port speaks plain http.
        PlainPort = "plain_port",
            ["địa chỉ ghi https nhưng cổng đó nói http thường", "the address says https and that port speaks plain http"],
            ["sửa số cổng trong portal.adapter_url thành cổng https của trục; chỉ trong mạng khép kín mới đổi thành http:// (kèm portal.allow_plain_http)", "correct the port in portal.adapter_url to the adapter's https port; only in a closed network change it to http:// (with portal.allow_plain_http)"] => ErrorClass::Config;
        /// The address says http, and the port speaks TLS.
        TlsPort = "tls_port",
            ["địa chỉ ghi http nhưng cổng đó nói https (TLS)", "the address says http and that port speaks https (TLS)"],
            ["đổi http:// thành https:// trong portal.adapter_url", "change http:// to https:// in portal.adapter_url"] => ErrorClass::Config;
        /// The peer that answers speaks neither http nor TLS.
        OtherService = "other_service",
            ["cổng đó không phải dịch vụ web", "what listens at that port is no web service"],
            ["sửa máy chủ và số cổng trong portal.adapter_url", "correct server and port in portal.adapter_url"] => ErrorClass::Config;
        /// It connects, and no answer comes in time.
        NoAnswer = "no_answer",
            ["kết nối được nhưng Cổng không trả lời kịp hoặc ngắt giữa chừng", "it connects, and the portal does not answer in time or breaks off"],
            ["đợi rồi thử lại: khi chạy, dongbo tự chờ và không mất hồ sơ nào; nếu kéo dài, báo đơn vị vận hành trục kết nối", "wait and try again: a running dongbo waits for it and loses nothing; if it lasts, tell the adapter's operator"] => ErrorClass::Transient;
        /// The server has nothing at the path.
        WrongPath = "wrong_path",
            ["máy chủ trả lời nhưng không có dịch vụ ở đường dẫn đó", "the server answers, and has no service at that path"],
            ["sửa đường dẫn trong portal.adapter_url và portal.auth_path (dialect rest: portal.rest.token_path)", "correct the path in portal.adapter_url and portal.auth_path (dialect rest: portal.rest.token_path)"] => ErrorClass::Config;
        /// The server sends elsewhere.
        Redirect = "redirect",
            ["máy chủ chuyển hướng sang địa chỉ khác; dongbo không đi theo, vì sẽ mang theo mật khẩu", "the server redirects to another address; dongbo does not follow, since it would carry the password there"],
            ["ghi thẳng địa chỉ cuối cùng vào portal.adapter_url (thường là https:// thay cho http://, hoặc thừa/thiếu dấu / ở cuối)", "write the final address into portal.adapter_url (mostly https:// for http://, or a slash at the end)"] => ErrorClass::Config;
        /// The service that answers is not the portal's.
        NotTheService = "not_the_service",
            ["câu trả lời không phải của dịch vụ trục kết nối (ví dụ một trang web)", "the answer is not the adapter's (a web page, for example)"],
            ["sửa portal.adapter_url cho đúng địa chỉ dịch vụ; nếu địa chỉ đúng, có thể tường lửa hoặc proxy chen trang của mình vào", "correct portal.adapter_url to the service's address; if it is right, a firewall or proxy may put a page of its own there"] => ErrorClass::Config;
        /// The account or its password is refused.
        Account = "account",
            ["Cổng từ chối tên đăng nhập hoặc mật khẩu", "the portal refuses the user name or the password"],
            ["ghi đúng mật khẩu vào tệp của portal.password_file và kiểm tra portal.username; chưa được thì hỏi đơn vị cấp tài khoản", "write the right password into the file of portal.password_file and check portal.username; else ask who gave the account"] => ErrorClass::Auth;
        /// Our certificate is refused or missing.
        Certificate = "certificate",
            ["máy chủ không nhận chứng thư của ta, hoặc đòi một chứng thư", "the server does not take our certificate, or asks for one"],
            ["đặt portal.client_certificate_file là chứng thư (kèm khoá) mà đơn vị vận hành đã cấp và còn hạn", "set portal.client_certificate_file to the certificate (with its key) that the operator has issued and that is still valid"] => ErrorClass::Auth;
        /// This address or account is not allowed here.
        Forbidden = "forbidden",
            ["máy chủ không cho phép (403)", "the server forbids it (403)"],
            ["xin đơn vị vận hành mở quyền cho địa chỉ IP của máy này và cho tài khoản", "ask the operator to admit this machine's IP address and the account"] => ErrorClass::Auth;
        /// The portal asks for fewer calls.
        Throttled = "throttled",
            ["Cổng yêu cầu chờ", "the portal asks to wait"],
            ["đợi rồi thử lại; nếu lặp lại, giảm push.calls_per_second", "wait and try again; if it comes again, lower push.calls_per_second"] => ErrorClass::Throttled;
        /// The portal fails by itself.
        Failing = "failing",
            ["Cổng đang lỗi hoặc gián đoạn", "the portal fails or is down"],
            ["đợi: khi chạy, dongbo tự chờ và gửi lại, không mất hồ sơ nào; nếu kéo dài, báo đơn vị vận hành", "wait: a running dongbo waits for it and loses nothing; if it lasts, tell the operator"] => ErrorClass::Transient;
        /// Something of our own set-up is refused.
        SetUp = "set_up",
            ["cách gọi không đúng với Cổng", "our set-up does not fit the portal"],
            ["sửa portal.adapter_url, portal.auth_path và portal.dstcode theo tài liệu kết nối được cấp", "correct portal.adapter_url, portal.auth_path and portal.dstcode as the operator's papers say"] => ErrorClass::Config;
    }
}

impl PortalTrouble {
    /// The trouble that the `answer` to a log-in tells; `None` when the way there has to be looked at.
    #[must_use]
    pub fn of(answer: &Answer) -> Option<Self> {
        let no_words = answer.portal_code.is_empty();
        Some(match (answer.http_status, answer.outcome) {
            (None, Outcome::Auth) => Self::Certificate,
            (None, _) => return None,
            (Some(404 | 405 | 410), _) => Self::WrongPath,
            (Some(300..=399), _) => Self::Redirect,
            (Some(495 | 496), _) => Self::Certificate,
            (Some(403), _) if no_words => Self::Forbidden,
            (Some(429), _) | (_, Outcome::Throttled) => Self::Throttled,
            (Some(500..), _) => Self::Failing,
            (Some(401), _) | (_, Outcome::Auth) => Self::Account,
            // A server that speaks TLS answers so to plain http.
            (Some(400), _) if no_words => return None,
            (Some(_), _) if answer.drift && no_words => Self::NotTheService,
            (Some(_), Outcome::Config) => Self::SetUp,
            (Some(_), _) => Self::Failing,
        })
    }

    /// The trouble on the way to the portal of `config`, found step by step: the name, the connection, and whether http or
    /// TLS is spoken there. Nothing of ours is sent. With a proxy on the way nobody can look, and it gets no answer.
    pub async fn on_the_way(config: &Settings) -> Self {
        let Some(url) = Url::parse(&config.adapter_url).ok().filter(Url::has_host) else {
            return Self::SetUp;
        };
        if config.proxies().is_ok_and(|proxies| proxies.of(&url).is_some()) {
            return Self::NoAnswer;
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let place = (host.as_str(), url.port_or_known_default().unwrap_or_default());
        match tokio::time::timeout(config.connect_timeout, tokio::net::lookup_host(place)).await {
            Ok(Ok(_)) => {}
            _ => return Self::HostUnknown,
        }
        let opened = match tokio::time::timeout(config.connect_timeout, TcpStream::connect(place)).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => return Self::NothingListens,
            _ => return Self::Silent,
        };
        let greeted = first_byte(opened, &hello(&host)).await;
        if greeted.is_some_and(|byte| TLS_RECORDS.contains(&byte)) {
            return if url.scheme() == "https" { Self::NoAnswer } else { Self::TlsPort };
        }
        let asked = match TcpStream::connect(place).await {
            Ok(opened) => first_byte(opened, b"GET / HTTP/1.0\r\n\r\n").await,
            Err(_) => None,
        };
        match (asked, url.scheme()) {
            (Some(b'H'), "https") => Self::PlainPort,
            (Some(b'H'), _) | (None, _) => Self::NoAnswer,
            (Some(_), _) => Self::OtherService,
        }
    }

    /// The trouble of a log-in that ended with `answer`.
    pub async fn found(config: &Settings, answer: &Answer) -> Self {
        match Self::of(answer) {
            Some(Self::SetUp) if config.dialect == Dialect::Rest => Self::WrongPath,
            Some(trouble) => trouble,
            None => match (Self::on_the_way(config).await, answer.http_status) {
                // It did answer, and to nothing that we understand.
                (Self::NoAnswer, Some(_)) => Self::NotTheService,
                (trouble, _) => trouble,
            },
        }
    }
}

/// The greeting of a client that speaks TLS; empty when `host` cannot be named in one.
fn hello(host: &str) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut greeting = Vec::new();
    let Ok(builder) = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
    else {
        return greeting;
    };
    let config = builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    if let Ok(name) = ServerName::try_from(host.to_owned())
        && let Ok(mut connection) = ClientConnection::new(Arc::new(config), name)
    {
        // Memory takes all of it.
        drop(connection.write_tls(&mut greeting));
    }
    greeting
}

/// The first byte that comes back after `sent`; `None` when none does.
async fn first_byte(mut stream: TcpStream, sent: &[u8]) -> Option<u8> {
    let talk = async {
        stream.write_all(sent).await.ok()?;
        stream.read_u8().await.ok()
    };
    tokio::time::timeout(FIRST_BYTE_WITHIN, talk).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::PortalTrouble as Trouble;
    use crate::{Answer, Outcome};

    #[test]
    fn each_answer_to_a_log_in_has_its_cause() {
        let answer = |http_status, outcome, code: &str, drift| Answer {
            http_status,
            portal_code: code.to_owned(),
            drift,
            ..Answer::local(outcome, "")
        };
        for (answered, trouble) in [
            (answer(Some(404), Outcome::Config, "", false), Some(Trouble::WrongPath)),
            (answer(Some(302), Outcome::Config, "", false), Some(Trouble::Redirect)),
            (answer(Some(200), Outcome::Transient, "", true), Some(Trouble::NotTheService)),
            (answer(Some(200), Outcome::Auth, "1", false), Some(Trouble::Account)),
            (answer(Some(401), Outcome::Auth, "", false), Some(Trouble::Account)),
            (answer(Some(403), Outcome::Auth, "", false), Some(Trouble::Forbidden)),
            (answer(Some(496), Outcome::Auth, "", false), Some(Trouble::Certificate)),
            (answer(Some(429), Outcome::Throttled, "", false), Some(Trouble::Throttled)),
            (answer(Some(502), Outcome::Transient, "", false), Some(Trouble::Failing)),
            (answer(None, Outcome::Auth, "", false), Some(Trouble::Certificate)),
            (answer(Some(400), Outcome::Transient, "", true), None),
            (answer(None, Outcome::Transient, "", false), None),
        ] {
            assert_eq!(Trouble::of(&answered), trouble, "{answered:?}");
        }
    }
}
