//! What is wrong with a certificate that is not trusted.

use std::fmt;

use chrono::{DateTime, Utc};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::facts::Facts;
use crate::certificate::moment;
use dongbo_model::{Lang, vocabulary};

vocabulary! {
    /// What is wrong with the certificate of a server. Waiting helps in no case; somebody has to act.
    pub enum CertificateFault
    texts {
        /// The fault and its remedy in a sentence, with `{host}` and `{ca_file}` in the place of the server and of the key
        /// that names authorities.
        text
    }
    {
        /// Its time is over.
        Expired = "expired",
            ["chứng thư của {host} đã hết hạn: đơn vị vận hành phải gia hạn, trừ khi đồng hồ máy này sai (timedatectl)", "the certificate of {host} has expired: its operator has to renew it, unless this machine's clock is wrong (timedatectl)"];
        /// An authority between it and a trusted one has ended, or the trusted one itself.
        ChainExpired = "chain_expired",
            ["chứng thư của cơ quan cấp cho {host} (trung gian hoặc gốc) đã hết hạn: đơn vị vận hành phải thay chuỗi chứng thư, hoặc đặt {ca_file} là chứng thư gốc mới; kiểm tra cả đồng hồ máy này", "a certificate above that of {host} (an intermediate or the root) has expired: its operator has to send a new chain, or set {ca_file} to the new root; look at this machine's clock too"];
        /// Its time has not come.
        NotYetValid = "not_yet_valid",
            ["chứng thư của {host} chưa đến ngày có hiệu lực: kiểm tra đồng hồ máy này (timedatectl), rồi hỏi đơn vị vận hành", "the certificate of {host} is not valid yet: check this machine's clock (timedatectl), then ask its operator"];
        /// It is for another name.
        WrongName = "wrong_name",
            ["chứng thư của {host} được cấp cho tên khác: sửa địa chỉ theo tên trong chứng thư, hoặc xin cấp lại", "the certificate of {host} was issued for another name: correct the address to the name in it, or have it issued again"];
        /// It has its name only in the common name, which no client reads any more.
        NameOnlyInCommonName = "name_only_in_common_name",
            ["chứng thư của {host} chỉ ghi tên ở CN, không có trong subjectAltName: đơn vị vận hành phải xin cấp lại chứng thư có subjectAltName", "the certificate of {host} has its name only as common name (CN) and none in subjectAltName: its operator has to have it issued again with subjectAltName"];
        /// It is signed by itself.
        SelfSigned = "self_signed",
            ["chứng thư của {host} là tự ký: nếu đúng là máy chủ đó, đặt {ca_file} là chính chứng thư này, nếu không thì xin cấp chứng thư từ một cơ quan", "the certificate of {host} is self-signed: if it is the right server, set {ca_file} to this certificate, else have one issued by an authority"];
        /// It is an authority's own, in the place of a server's.
        AuthorityAsServer = "authority_as_server",
            ["{host} dùng chứng thư của cơ quan cấp (CA) làm chứng thư máy chủ: đơn vị vận hành phải cấp từ CA đó một chứng thư riêng cho máy chủ; đặt {ca_file} không đủ", "{host} shows the certificate of an authority (CA) as a server's: its operator has to issue one for the server from that authority; setting {ca_file} is not enough"];
        /// Its issuer is not trusted, and it came alone.
        IssuerMissing = "issuer_missing",
            ["chứng thư của {host} do một cơ quan không được tin cậy ở đây cấp, và máy chủ không gửi kèm chứng thư trung gian: đơn vị vận hành phải gửi đủ chuỗi, hoặc đặt {ca_file} là chứng thư của cơ quan cấp", "the certificate of {host} was issued by an authority that is not trusted here, and the server sends no intermediate certificate: its operator has to send the whole chain, or set {ca_file} to the issuer's certificate"];
        /// Its chain leads to nobody who is trusted.
        UnknownAuthority = "unknown_authority",
            ["chứng thư của {host} do một cơ quan không được tin cậy ở đây cấp: đặt {ca_file} là chứng thư của cơ quan đó", "the certificate of {host} was issued by an authority that is not trusted here: set {ca_file} to that authority's certificate"];
        /// It is of the first version of X.509.
        OldVersion = "old_version",
            ["chứng thư của {host} là X.509 phiên bản 1: đơn vị vận hành phải xin cấp lại ở phiên bản 3", "the certificate of {host} is X.509 version 1: its operator has to have it issued again as version 3"];
        /// It is signed by way of SHA-1.
        Sha1 = "sha1",
            ["chứng thư của {host} ký bằng SHA-1, không còn an toàn: đơn vị vận hành phải xin cấp lại với SHA-256", "the certificate of {host} is signed with SHA-1, which is no longer safe: its operator has to have it issued again with SHA-256"];
        /// It is signed in a way that is not taken.
        UnsupportedSignature = "unsupported_signature",
            ["chứng thư của {host} ký bằng thuật toán không được nhận: đơn vị vận hành phải xin cấp lại với SHA-256 và RSA hoặc ECDSA", "the certificate of {host} is signed with an algorithm that is not accepted: its operator has to have it issued again with SHA-256 and RSA or ECDSA"];
        /// An authority of the right name has another key.
        BadSignature = "bad_signature",
            ["chữ ký trên chứng thư của {host} không khớp với cơ quan cấp cùng tên: {ca_file} có thể đã cũ, hãy thay bằng chứng thư hiện hành của cơ quan đó", "the signature on the certificate of {host} does not fit the authority of that name: {ca_file} may be old, replace it with the authority's current certificate"];
        /// It is not one for servers.
        WrongPurpose = "wrong_purpose",
            ["chứng thư của {host} không dành cho máy chủ: đơn vị vận hành phải xin cấp lại cho mục đích serverAuth", "the certificate of {host} is not for servers: its operator has to have it issued again for serverAuth"];
        /// It was revoked.
        Revoked = "revoked",
            ["chứng thư của {host} đã bị thu hồi: hỏi đơn vị vận hành", "the certificate of {host} has been revoked: ask its operator"];
        /// The server speaks no TLS.
        PlainHttp = "plain_http",
            ["{host} không nói TLS: đó là cổng http thường hoặc dịch vụ khác, kiểm tra cổng trong địa chỉ, hoặc dùng http:// nếu mạng khép kín cho phép", "{host} does not speak TLS: it is a port for plain http or another service, check the port in the address, or use http:// where a closed network allows it"];
        /// It cannot be read, or breaks a rule.
        Unusable = "unusable",
            ["chứng thư của {host} không đọc được hoặc sai quy cách: đơn vị vận hành phải xin cấp lại", "the certificate of {host} cannot be read or breaks the rules: its operator has to have it issued again"];
    }
}

impl CertificateFault {
    /// The fault of `host` and its remedy in a sentence; `ca_file` is the key that names authorities.
    #[must_use]
    pub fn sentence(self, lang: Lang, host: &str, ca_file: &str) -> String {
        self.text(lang).replace("{host}", host).replace("{ca_file}", ca_file)
    }
}

/// A certificate that is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// What is wrong with it.
    pub fault: CertificateFault,
    /// When it ends.
    pub end: Option<DateTime<Utc>>,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate is not trusted ({})", self.fault.name())
    }
}

impl std::error::Error for Untrusted {}

impl Untrusted {
    /// The fault that `why` is of the certificate `end_entity`, which came with `intermediates`.
    pub(super) fn of(
        why: &CertificateError,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Self {
        let facts = Facts::of(end_entity);
        let fault = match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                let over = facts.not_after.zip(moment(now.as_secs())).is_none_or(|(end, now)| end < now);
                if over { CertificateFault::Expired } else { CertificateFault::ChainExpired }
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                CertificateFault::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                if facts.lists_names {
                    CertificateFault::WrongName
                } else {
                    CertificateFault::NameOnlyInCommonName
                }
            }
            CertificateError::UnknownIssuer => of_unknown(&facts, intermediates),
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                let sha1 = facts.sha1 || intermediates.iter().any(|above| Facts::of(above).sha1);
                if sha1 { CertificateFault::Sha1 } else { CertificateFault::UnsupportedSignature }
            }
            CertificateError::BadSignature => CertificateFault::BadSignature,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                CertificateFault::WrongPurpose
            }
            CertificateError::Revoked => CertificateFault::Revoked,
            CertificateError::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
                Some(webpki::Error::CaUsedAsEndEntity) => CertificateFault::AuthorityAsServer,
                Some(webpki::Error::UnsupportedCertVersion) => CertificateFault::OldVersion,
                _ => CertificateFault::Unusable,
            },
            _ => CertificateFault::Unusable,
        };
        Self { fault, end: facts.not_after }
    }
}

fn of_unknown(facts: &Facts, intermediates: &[CertificateDer<'_>]) -> CertificateFault {
    match (facts.self_issued, facts.is_authority) {
        // Trusting it would not help: no client takes an authority's certificate for a server's.
        (true, true) => CertificateFault::AuthorityAsServer,
        (true, false) => CertificateFault::SelfSigned,
        (false, _) if intermediates.is_empty() => CertificateFault::IssuerMissing,
        (false, _) => CertificateFault::UnknownAuthority,
    }
}
