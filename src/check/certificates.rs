//! The time that certificates still hold.

use chrono::{DateTime, TimeDelta, Utc};

use super::context::Context;
use super::report::{Id, Item, Outcome};
use dongbo_model::ErrorClass;
use dongbo_model::texts;
use dongbo_portal::certificate_ends;

/// Time before the end of a certificate at which a warning begins: offices take weeks to issue one.
const NOTICE: TimeDelta = TimeDelta::days(21);

texts! {
    usable(): "dùng được", "can be used";
    holds(name, day, days): "{name}: có hiệu lực đến {day}, còn {days} ngày", "{name}: valid until {day}, {days} days left";
    ends_soon(name, day, days): "{name}: sắp hết hạn ngày {day}, chỉ còn {days} ngày", "{name}: expires on {day}, only {days} days left";
    has_ended(name, day, days): "{name}: đã hết hạn ngày {day}, {days} ngày trước", "{name}: expired on {day}, {days} days ago";
    unreadable(key, path, reason): "{key}: không dùng được {path}: {reason}", "{key}: {path} cannot be used: {reason}";
    holds_none(key, path): "{key}: {path} không chứa chứng thư dạng PEM", "{key}: {path} holds no certificate in PEM form";
    authority(number): "cơ quan chứng thực thứ {number} (portal.ca_file)", "authority {number} (portal.ca_file)";
    ours(): "chứng thư của ta (portal.client_certificate_file)", "our certificate (portal.client_certificate_file)";
    portals(): "chứng thư của Cổng", "the portal's certificate";
    renew_files(): "xin cấp lại chứng thư rồi thay tệp, sau đó chạy systemctl reload dongbo", "have it renewed and replace the file, then systemctl reload dongbo";
    renew_portals():
        "báo đơn vị vận hành trục kết nối gia hạn chứng thư; nếu ngày giờ máy này sai, sửa đồng hồ trước (timedatectl)",
        "tell the adapter's operator to renew it; when this host's clock is wrong, set that first (timedatectl)";
    several(count): "{count} việc cần làm", "to be done: {count}";
}

/// Checks the certificates in the files of the configuration; `None` when it names no such file.
pub(super) fn files(context: &Context<'_>) -> Option<Item> {
    let (portal, lang) = (&context.config.portal, context.lang);
    let mut judged = Vec::new();
    if let Some(path) = &portal.ca_file {
        match ends(context, "portal.ca_file", path) {
            Ok(all) => {
                let alone = all.len() == 1;
                for (number, end) in (1..).zip(all) {
                    let (outcome, line) = judge(context, &authority(lang, number), end);
                    // Beside others it may be one that was replaced already.
                    let outcome = if outcome == Outcome::Fail && !alone { Outcome::Warn } else { outcome };
                    judged.push((outcome, line, Some(end)));
                }
            }
            Err(problem) => judged.push((Outcome::Fail, problem, None)),
        }
    }
    if let Some(path) = &portal.client_certificate_file {
        match ends(context, "portal.client_certificate_file", path) {
            Ok(all) => judged.extend(all.first().map(|end| {
                let (outcome, line) = judge(context, &ours(lang), *end);
                (outcome, line, Some(*end))
            })),
            Err(problem) => judged.push((Outcome::Fail, problem, None)),
        }
    }
    let worst = [Outcome::Fail, Outcome::Warn]
        .into_iter()
        .find(|wanted| judged.iter().any(|(outcome, ..)| outcome == wanted));
    let bad: Vec<&str> = judged
        .iter()
        .filter(|(outcome, ..)| *outcome != Outcome::Ok)
        .map(|(_, line, _)| line.as_str())
        .collect();
    let message = match bad.as_slice() {
        [] if judged.is_empty() => return None,
        [] => usable(lang),
        [line] => (*line).to_owned(),
        more => several(lang, more.len()),
    };
    let item = match worst {
        Some(Outcome::Fail) => {
            Item::fail(Id::Certificates, lang, ErrorClass::Config, message, renew_files(lang))
        }
        Some(_) => Item::warn(Id::Certificates, lang, message, renew_files(lang)),
        None => Item::ok(Id::Certificates, lang, message),
    };
    let first_end = judged.iter().filter_map(|(.., end)| *end).min();
    let item = match first_end {
        Some(end) => item.with_value("first_end", end.to_rfc3339()),
        None => item,
    };
    Some(item.with_details(judged.into_iter().map(|(_, line, _)| line)))
}

/// Checks the certificate that the portal showed, which ends at `end`.
pub(super) fn portals_own(context: &Context<'_>, end: DateTime<Utc>) -> Item {
    let lang = context.lang;
    let (outcome, line) = judge(context, &portals(lang), end);
    let item = match outcome {
        Outcome::Fail => Item::fail(Id::PortalCertificate, lang, ErrorClass::Auth, line, renew_portals(lang)),
        Outcome::Warn => Item::warn(Id::PortalCertificate, lang, line, renew_portals(lang)),
        Outcome::Ok | Outcome::Skipped => Item::ok(Id::PortalCertificate, lang, line),
    };
    item.with_value("end", end.to_rfc3339()).with_value("days_left", (end - context.clock.now()).num_days())
}

fn ends(context: &Context<'_>, key: &str, path: &std::path::Path) -> Result<Vec<DateTime<Utc>>, String> {
    match certificate_ends(path) {
        Ok(ends) if ends.is_empty() => Err(holds_none(context.lang, key, path.display())),
        Ok(ends) => Ok(ends),
        Err(error) => Err(unreadable(context.lang, key, path.display(), error)),
    }
}

fn judge(context: &Context<'_>, name: &str, end: DateTime<Utc>) -> (Outcome, String) {
    let (lang, left) = (context.lang, end - context.clock.now());
    let (day, days) = (lang.moment(end), left.num_days().abs());
    if left <= TimeDelta::zero() {
        (Outcome::Fail, has_ended(lang, name, day, days))
    } else if left < NOTICE {
        (Outcome::Warn, ends_soon(lang, name, day, days))
    } else {
        (Outcome::Ok, holds(lang, name, day, days))
    }
}
