//! The facts of an X.509 certificate that explain why it is not trusted. It is read with the patience of a stranger: a part
//! that is missing or odd is no fact.

use chrono::{DateTime, Utc};
use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

use crate::certificate::{inside, moment_of};

/// `sha1WithRSAEncryption`, `ecdsa-with-SHA1` and `dsa-with-sha1`.
const SHA1: [&[u8]; 3] = [
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05",
    b"\x2a\x86\x48\xce\x3d\x04\x01",
    b"\x2a\x86\x48\xce\x38\x04\x03",
];
const ALTERNATIVE_NAMES: &[u8] = b"\x55\x1d\x11";
const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";

/// The facts of one certificate.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// When it ends.
    pub(super) not_after: Option<DateTime<Utc>>,
    /// Whether it is its own issuer.
    pub(super) self_issued: bool,
    /// Whether it lists the names that it is for; without, there is only the common name, which nobody reads any more.
    pub(super) lists_names: bool,
    /// Whether it is an authority's.
    pub(super) is_authority: bool,
    /// Whether it is signed by way of SHA-1.
    pub(super) sha1: bool,
}

impl Facts {
    pub(super) fn of(der: &[u8]) -> Self {
        let mut facts = Self::default();
        // What was read before something odd stays.
        let _ends_early = facts.read(der);
        facts
    }

    fn read(&mut self, der: &[u8]) -> der::Result<()> {
        let mut certificate = inside(&mut SliceReader::new(der)?)?;
        let mut fields = inside(&mut certificate)?;
        let mut algorithm = inside(&mut certificate)?;
        let identifier = AnyRef::decode(&mut algorithm)?;
        self.sha1 = SHA1.contains(&identifier.value());
        if matches!(Tag::peek(&fields)?, Tag::ContextSpecific { .. }) {
            AnyRef::decode(&mut fields)?;
        }
        AnyRef::decode(&mut fields)?;
        AnyRef::decode(&mut fields)?;
        let issuer = AnyRef::decode(&mut fields)?;
        let mut validity = inside(&mut fields)?;
        AnyRef::decode(&mut validity)?;
        self.not_after = moment_of(&AnyRef::decode(&mut validity)?)?;
        let subject = AnyRef::decode(&mut fields)?;
        self.self_issued = issuer == subject;
        AnyRef::decode(&mut fields)?;
        while !fields.is_finished() {
            let field = AnyRef::decode(&mut fields)?;
            if matches!(field.tag(), Tag::ContextSpecific { number: TagNumber(3), .. }) {
                self.read_extensions(field.value())?;
            }
        }
        Ok(())
    }

    fn read_extensions(&mut self, wrapped: &[u8]) -> der::Result<()> {
        let mut extensions = inside(&mut SliceReader::new(wrapped)?)?;
        while !extensions.is_finished() {
            let mut extension = inside(&mut extensions)?;
            let identifier = AnyRef::decode(&mut extension)?;
            let mut value = AnyRef::decode(&mut extension)?;
            if value.tag() == Tag::Boolean {
                value = AnyRef::decode(&mut extension)?;
            }
            if identifier.value() == ALTERNATIVE_NAMES {
                self.lists_names = true;
            } else if identifier.value() == BASIC_CONSTRAINTS {
                let mut constraints = inside(&mut SliceReader::new(value.value())?)?;
                self.is_authority = !constraints.is_finished() && {
                    let first = AnyRef::decode(&mut constraints)?;
                    first.tag() == Tag::Boolean && first.value() != [0]
                };
            }
        }
        Ok(())
    }
}
