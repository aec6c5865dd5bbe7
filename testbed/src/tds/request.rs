//! The requests of a client, read byte by byte.

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parameter {
    Null,
    Text(String),
    Int(i64),
    Real(f64),
}

/// A log-in.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
    /// Whether it says that it only reads.
    pub(super) only_reads: bool,
}

/// A statement, and the values of its parameters.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) sql: String,
    pub(super) parameters: Vec<Parameter>,
}

struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn text(&mut self, characters: usize) -> Option<String> {
        Some(utf16(self.take(characters * 2)?))
    }
}

fn utf16(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// Reads a log-in, whose texts stand behind a table of their places.
pub(super) fn login(payload: &[u8]) -> Option<Login> {
    let field = |place: usize| {
        let mut pair = Bytes(payload.get(place..)?);
        let (begin, characters) = (pair.short()?, pair.short()?);
        payload.get(usize::from(begin)..)?.get(..usize::from(characters) * 2)
    };
    let password: Vec<u8> = field(44)?.iter().map(|byte| (byte ^ 0xa5).rotate_left(4)).collect();
    Some(Login {
        user: utf16(field(40)?),
        password: utf16(&password),
        database: utf16(field(68)?),
        only_reads: payload.get(26)? & 0x20 != 0,
    })
}

/// What stands behind the headers of a request.
fn behind_headers(payload: &[u8]) -> Option<Bytes<'_>> {
    let length = usize::try_from(u32::from_le_bytes(Bytes(payload).array()?)).ok()?;
    payload.get(length..).map(Bytes)
}

/// Reads a batch.
pub(super) fn batch(payload: &[u8]) -> Option<Request> {
    Some(Request { sql: utf16(behind_headers(payload)?.0), parameters: Vec::new() })
}

/// Reads a call of `sp_executesql`, whose number is 10.
pub(super) fn call(payload: &[u8]) -> Option<Request> {
    let mut bytes = behind_headers(payload)?;
    if bytes.short()? != 0xffff || bytes.short()? != 10 {
        return None;
    }
    bytes.short()?;
    let mut values = Vec::new();
    while !bytes.0.is_empty() {
        let characters = bytes.byte()?;
        bytes.text(characters.into())?;
        bytes.byte()?;
        values.push(value(&mut bytes)?);
    }
    let mut values = values.into_iter();
    let Some(Parameter::Text(sql)) = values.next() else { return None };
    // The second tells the types, which the values say themselves.
    values.next()?;
    Some(Request { sql, parameters: values.collect() })
}

fn value(bytes: &mut Bytes<'_>) -> Option<Parameter> {
    Some(match bytes.byte()? {
        0xe7 => {
            let most = bytes.short()?;
            bytes.take(5)?;
            if most != 0xffff {
                let length = bytes.short()?;
                return Some(match length {
                    0xffff => Parameter::Null,
                    length => Parameter::Text(utf16(bytes.take(length.into())?)),
                });
            }
            if u64::from_le_bytes(bytes.array()?) == u64::MAX {
                return Some(Parameter::Null);
            }
            let mut text = Vec::new();
            loop {
                match usize::try_from(u32::from_le_bytes(bytes.array()?)).ok()? {
                    0 => return Some(Parameter::Text(utf16(&text))),
                    length => text.extend_from_slice(bytes.take(length)?),
                }
            }
        }
        0x26 => {
            bytes.byte()?;
            match bytes.byte()? {
                0 => Parameter::Null,
                4 => Parameter::Int(i32::from_le_bytes(bytes.array()?).into()),
                8 => Parameter::Int(i64::from_le_bytes(bytes.array()?)),
                _ => return None,
            }
        }
        0x6d => {
            bytes.byte()?;
            match bytes.byte()? {
                0 => Parameter::Null,
                8 => Parameter::Real(f64::from_le_bytes(bytes.array()?)),
                _ => return None,
            }
        }
        _ => return None,
    })
}
