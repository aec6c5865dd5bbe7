//! The course of retries, in the configuration's own numbers, computed by the code that the daemon computes them with.

use std::time::Duration;

use humantime_serde::re::humantime::format_duration;
use serde_json::Value;

use super::context::Context;
use super::report::{Id, Item};
use dongbo_model::backoff::Backoff;
use dongbo_model::texts;

texts! {
    never_gives_up(first, cap):
        "không bao giờ bỏ cuộc: chờ tối đa {first} sau lần lỗi đầu, tăng gấp đôi đến tối đa {cap}",
        "never gives up: waits up to {first} after the first failure, doubling up to {cap}";
    after(failure, wait): "sau lần lỗi thứ {failure}: chờ tối đa {wait}", "after failure {failure}: up to {wait}";
    ever_after(failure, wait):
        "từ lần lỗi thứ {failure} trở đi: chờ tối đa {wait}, lặp lại mãi cho đến khi gửi được",
        "from failure {failure} on: up to {wait}, repeated until it is accepted";
    jitter():
        "thời gian chờ thật được chọn ngẫu nhiên từ 0 đến mức tối đa, để các hồ sơ không dồn về cùng lúc",
        "the actual wait is chosen at random between 0 and that maximum, so that dossiers do not come back together";
    breaker(failures, every):
        "Cổng lỗi {failures} lần liên tiếp: ngừng gửi, cứ {every} thử lại một lần cho đến khi Cổng trả lời",
        "{failures} failures of the portal in a row: sending stops, and one probe every {every} asks whether it is back";
    drift(answers):
        "Cổng trả lời {answers} lần liên tiếp mà không hiểu được: ngừng gửi, vì giao diện của Cổng có thể đã đổi",
        "{answers} answers in a row that are not understood: sending stops, as the portal's interface may have changed";
    call(connect, silence, total):
        "một lời gọi: kết nối trong {connect}, im lặng tối đa {silence}, tất cả trong {total}",
        "one call: connected within {connect}, silent for at most {silence}, done within {total}";
    doubt(look_up):
        "không rõ Cổng đã nhận hay chưa: tra cứu lại sau {look_up} rồi mới gửi tiếp",
        "unknown whether the portal took it: looked up after {look_up} before it is sent again";
    lease(lease):
        "hồ sơ đang gửi dở khi dongbo bị ngắt được nhận lại sau tối đa {lease}",
        "a dossier that is being sent when dongbo is killed is resumed within {lease}";
    live(live_for):
        "thay đổi trong {live_for} gần nhất luôn được gửi trước phần tồn đọng",
        "changes of the last {live_for} always go before the backlog";
    rate(calls, at_once, batch):
        "tối đa {calls} lời gọi mỗi giây, {at_once} kết nối đồng thời, {batch} hồ sơ một lời gọi",
        "at most {calls} calls a second, concurrency {at_once}, {batch} dossiers in a call";
    no_rate(at_once, batch):
        "không giới hạn số lời gọi mỗi giây; {at_once} kết nối đồng thời, {batch} hồ sơ một lời gọi",
        "no limit of calls a second; concurrency {at_once}, {batch} dossiers in a call";
}

/// Describes what happens to a dossier whose sending fails.
pub(super) fn schedule(context: &Context<'_>) -> Item {
    let (push, portal, lang) = (&context.config.push, &context.config.portal, context.lang);
    let backoff = Backoff { base: push.backoff_base, cap: push.backoff_cap };
    let ceilings = ceilings(backoff);
    let written = |duration: Duration| format_duration(duration).to_string();
    let last = ceilings.len();
    let mut lines: Vec<String> = (1..)
        .zip(&ceilings)
        .take(last.saturating_sub(1))
        .map(|(failure, ceiling)| after(lang, failure, written(*ceiling)))
        .collect();
    lines.push(ever_after(lang, last, written(backoff.cap)));
    lines.push(jitter(lang));
    lines.push(breaker(lang, push.breaker_failures, written(push.probe_every)));
    lines.push(drift(lang, push.breaker_drift));
    lines.push(doubt(lang, written(push.lookup_after)));
    let limits = [portal.connect_timeout, portal.read_timeout, portal.total_timeout].map(written);
    let [connect, silence, total] = limits;
    lines.push(call(lang, connect, silence, total));
    lines.push(lease(lang, written(push.lease)));
    lines.push(live(lang, written(push.live_for)));
    lines.push(match push.calls_per_second {
        0 => no_rate(lang, push.max_concurrency, portal.batch_size),
        calls => rate(lang, calls, push.max_concurrency, portal.batch_size),
    });
    let seconds: Vec<Value> = ceilings.iter().map(|ceiling| ceiling.as_secs_f64().into()).collect();
    Item::ok(Id::Retry, lang, never_gives_up(lang, written(backoff.ceiling(1)), written(backoff.cap)))
        .with_details(lines)
        .with_value("ceilings_s", seconds)
        .with_value("probe_every_s", push.probe_every.as_secs_f64())
        .with_value("lease_s", push.lease.as_secs_f64())
        .with_value("calls_per_second", push.calls_per_second)
}

/// The longest waits after one failure, two and so on, up to the first that no further failure makes longer.
fn ceilings(backoff: Backoff) -> Vec<Duration> {
    let mut all = Vec::new();
    for failures in 1.. {
        let ceiling = backoff.ceiling(failures);
        all.push(ceiling);
        if ceiling >= backoff.cap || backoff.ceiling(failures.saturating_add(1)) == ceiling {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Backoff, ceilings};

    #[test]
    fn the_series_ends_where_waits_grow_no_more() {
        let series = |base, cap| {
            let [base, cap] = [base, cap].map(Duration::from_secs);
            ceilings(Backoff { base, cap }).iter().map(Duration::as_secs).collect::<Vec<_>>()
        };
        assert_eq!(series(2, 30), [2, 4, 8, 16, 30]);
        assert_eq!(series(5, 5), [5]);
        assert_eq!(series(9, 5), [5]);
        assert_eq!(series(0, 5), [0]);
    }
}
