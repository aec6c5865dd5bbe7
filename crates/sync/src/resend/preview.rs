//! The dossiers that were chosen to be sent again, in what ways that is done, and how long it takes at least.

use std::time::Duration;

use serde::Serialize;

use super::settings::Settings;
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::{Lang, texts};

/// Dossiers whose standing is read at once.
const AT_ONCE: usize = 1_000;

texts! {
    would_push(dossiers): "{dossiers} sẽ được tra cứu trên Cổng, thiếu gì gửi nấy.", "{dossiers} will be looked up, and what the portal lacks is sent.";
    would_bridge(dossiers, calls, span): "Sẽ nhờ cầu nối gửi lại {dossiers}: {calls} yêu cầu, khoảng {span}, rồi tra cứu xem hồ sơ nào đã đến.", "The bridge will be asked to send {dossiers} again: {calls} requests, about {span}, and then a look-up of each.";
    would_list(dossiers): "Chưa cấu hình cầu nối ([bridge]): sẽ ghi danh sách {dossiers} cho người có cầu nối.", "No bridge is configured ([bridge]): a list of {dossiers} will be written for whoever has one.";
    in_step(many): "Trong đó {many} đã khớp với Cổng theo lần tra cứu gần nhất.", "{many} of them are in step with the portal by the last look-up.";
    held(many): "{many} đang bị giữ.", "{many} of them are held.";
    nothing(): "Không có hồ sơ nào để gửi lại.", "There is nothing to send again.";
}

/// The way in which dossiers are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// dongbo sends.
    Push,
    /// A vendor's bridge is asked.
    Bridge,
    /// Somebody else asks it, with a list.
    List,
}

/// Dossiers that are sent again in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The way.
    pub way: Way,
    /// Their codes.
    pub codes: Vec<String>,
}

impl Part {
    /// The dossiers of sources that are sent for, and those of sources that are watched; what is empty is left out.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn of(
        ledger: &Ledger,
        bridge: &Settings,
        codes: Vec<String>,
    ) -> Result<Vec<Self>, LedgerError> {
        let watching = if bridge.is_set() { Way::Bridge } else { Way::List };
        let watched = ledger.watched_among(&codes).await?;
        let (watched, sent) = codes.into_iter().partition(|code| watched.contains(code));
        let parts = [Self { way: Way::Push, codes: sent }, Self { way: watching, codes: watched }];
        Ok(parts.into_iter().filter(|part| !part.codes.is_empty()).collect())
    }
}

/// What an order would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// All dossiers.
    pub dossiers: u64,
    /// Of these, those that are in step with the portal as far as is known.
    pub in_step: u64,
    /// Those that are held.
    pub held: u64,
    /// Requests to the bridge; 0 where none is asked.
    pub calls: u64,
    /// Seconds that these take at least.
    pub takes_s: u64,
    /// The ways in which they are sent again, and how many in each.
    #[serde(skip)]
    pub ways: Vec<(Way, u64)>,
}

impl Preview {
    /// The preview of an order of `parts`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn of(ledger: &Ledger, bridge: &Settings, parts: &[Part]) -> Result<Self, LedgerError> {
        let (mut in_step, mut held) = (0, 0);
        for some in parts.iter().flat_map(|part| part.codes.chunks(AT_ONCE)) {
            let names: Vec<&str> = some.iter().map(String::as_str).collect();
            for standing in ledger.standings(&names).await?.values() {
                in_step += u64::from(standing.rests);
                held += u64::from(standing.held);
            }
        }
        let many = |part: &Part| (part.way, u64::try_from(part.codes.len()).unwrap_or(u64::MAX));
        let ways: Vec<(Way, u64)> = parts.iter().map(many).collect();
        let dossiers = ways.iter().map(|(_, many)| many).sum();
        let asked: u64 = ways.iter().filter(|(way, _)| *way == Way::Bridge).map(|(_, many)| many).sum();
        let calls = asked.saturating_mul(bridge.calls().into());
        Ok(Self { dossiers, in_step, held, calls, takes_s: takes(bridge, calls).as_secs(), ways })
    }

    /// Whether dongbo itself sends some.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.ways.iter().any(|(way, _)| *way == Way::Push)
    }

    /// Whether some are of sources that are only watched.
    #[must_use]
    pub fn watches(&self) -> bool {
        self.ways.iter().any(|(way, _)| *way != Way::Push)
    }

    /// Whether all go in this way.
    #[must_use]
    pub fn is_only(&self, way: Way) -> bool {
        self.ways.iter().all(|(its, _)| *its == way)
    }

    /// What would be done, in sentences.
    #[must_use]
    pub fn told(&self, lang: Lang) -> Vec<String> {
        if self.dossiers == 0 {
            return vec![nothing(lang)];
        }
        let way = |&(way, many): &(Way, u64)| {
            let dossiers = lang.dossiers(many);
            match way {
                Way::Push => would_push(lang, dossiers),
                Way::Bridge => {
                    let span = lang.span(Duration::from_secs(self.takes_s));
                    would_bridge(lang, dossiers, lang.count(self.calls), span)
                }
                Way::List => would_list(lang, dossiers),
            }
        };
        let mut told: Vec<String> = self.ways.iter().map(way).collect();
        for (many, text) in [(self.in_step, in_step as fn(Lang, String) -> String), (self.held, held)] {
            if many > 0 {
                told.push(text(lang, lang.count(many)));
            }
        }
        told
    }
}

/// The time that so many requests to the bridge take at least, with the look-up after the last.
pub(super) fn takes(bridge: &Settings, calls: u64) -> Duration {
    let gaps = u32::try_from(calls.saturating_sub(1)).unwrap_or(u32::MAX);
    match calls {
        0 => Duration::ZERO,
        _ => bridge.between.saturating_mul(gaps).saturating_add(bridge.look_up_after),
    }
}
