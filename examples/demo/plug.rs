//! The portal's plug: pulled in the middle of the work, and put back a little later.

use std::time::{Duration, Instant};

use dongbo_model::{Lang, texts};

use crate::output::Tone;
use crate::screen::Screen;
use crate::stage::Stage;

/// Percent of the work that is done when the plug is pulled.
const PULLED_AT: u64 = 40;
/// The time for which it stays out.
const OUT_FOR: Duration = Duration::from_secs(4);

texts! {
    pulled(): "RÚT PHÍCH CẮM CỦA CỔNG: mọi kết nối bị cắt, không gọi được nữa.", "THE PORTAL'S PLUG IS PULLED: every connection is cut, no call gets through.";
    put_back(): "Cắm lại. dongbo vẫn thăm dò, sẽ tự gửi tiếp.", "The plug is back. dongbo has been probing and goes on by itself.";
    recovered(span): "Cổng nhận lại sau {span}. Không ai phải làm gì, không hồ sơ nào bị bỏ.", "The portal takes calls again after {span}. Nobody had to act, no dossier was dropped.";
}

/// The plug.
#[derive(Debug)]
pub(crate) enum Plug {
    /// It has not been pulled yet.
    In,
    /// It is out, since then.
    Out(Instant),
    /// It was put back then, when the portal had had so many calls.
    Back(Instant, u64),
    /// All goes on as before.
    Over,
}

impl Plug {
    /// Whether the portal is without power.
    pub(crate) fn is_out(&self) -> bool {
        matches!(self, Self::Out(_))
    }

    /// Whether it was pulled, put back, and nothing is left of it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// Pulls it, or puts it back, when the time has come. `percent` of the work are done.
    pub(crate) fn turn(&mut self, stage: &Stage, screen: &Screen, percent: u64) {
        let lang = screen.lang();
        let accepted = || {
            let counters = stage.mock.counters();
            counters.creates + counters.updates + counters.steps
        };
        match *self {
            Self::In if percent >= PULLED_AT => {
                stage.mock.set_down(true);
                screen.say(Tone::Bad, &pulled(lang));
                *self = Self::Out(Instant::now());
            }
            Self::Out(since) if since.elapsed() >= OUT_FOR => {
                stage.mock.set_down(false);
                screen.say(Tone::Busy, &put_back(lang));
                *self = Self::Back(Instant::now(), accepted());
            }
            Self::Back(since, before) if accepted() > before => {
                screen.say(Tone::Good, &recovered(lang, tenths(lang, since.elapsed())));
                *self = Self::Over;
            }
            _ => {}
        }
    }
}

/// Seconds with one decimal: `0,4 giây`.
pub(crate) fn tenths(lang: Lang, span: Duration) -> String {
    let seconds = lang.decimal(&format!("{:.1}", span.as_secs_f64()));
    format!("{seconds} {}", lang.pick("giây", "s"))
}
