//! The check of a vendor's bridge: that it can be reached and lets us in. It is asked to send nothing.

use std::sync::Arc;

use super::context::Context;
use super::report::{Id, Item};
use dongbo_model::{ErrorClass, Mode, texts};
use dongbo_source::{SignedIn, Source};
use dongbo_sync::resend::{Bridge, NotTaken, SignIn};

texts! {
    lets_in(host, status): "cầu nối ở {host} trả lời và cho vào (HTTP {status}); chưa nhờ gửi hồ sơ nào", "the bridge at {host} answers and accepts the account (HTTP {status}); it was asked to send nothing";
    nothing_there(host): "{host} trả lời, nhưng đường dẫn của bridge.url không có gì (HTTP 404)", "{host} answers, but nothing is at the path of bridge.url (HTTP 404)";
    shut_out(host): "cầu nối ở {host} không cho vào", "the bridge at {host} refuses the account";
    no_answer(host): "cầu nối ở {host} không trả lời", "the bridge at {host} does not answer";
    unusable(): "mục [bridge] chưa dùng được", "[bridge] cannot be used";
    correct_url(): "so lại bridge.url với tài liệu của nhà cung cấp", "compare bridge.url with what the vendor says";
    correct_account(): "sửa bridge.sign_in, tài khoản hoặc tệp mật khẩu của cầu nối; hỏi nhà cung cấp quyền của tài khoản", "correct bridge.sign_in, the account or its password file; ask the vendor what the account may do";
    correct_way(): "kiểm tra bridge.url, bridge.proxy, bridge.ca_file và tường lửa; dongbo resend chờ đến khi cầu nối trả lời", "look at bridge.url, bridge.proxy, bridge.ca_file and the firewall; dongbo resend waits until it answers";
    correct_section(): "sửa khoá nêu trên trong mục [bridge]", "correct the key named above in [bridge]";
}

/// Looks at the bridge, where there is one for sources that are watched, of which these could be opened.
pub(super) async fn check(context: &Context<'_>, opened: &[(Context<'_>, Arc<Source>)]) -> Option<Item> {
    let (config, lang) = (&context.config.bridge, context.lang);
    if !config.is_set() || !context.config.any_is(Mode::Watch) || !config.validate().is_empty() {
        return None;
    }
    let bridge = match Bridge::new(config, context.clock.clone()) {
        Ok(bridge) => bridge,
        Err(error) => {
            let item =
                Item::fail(Id::Bridge, lang, ErrorClass::Config, unusable(lang), correct_section(lang));
            return Some(item.with_details([error.to_string()]));
        }
    };
    let watched = opened.iter().filter(|(about, _)| about.source.mode == Mode::Watch);
    let account = watched.filter_map(|(_, source)| source.account()).next();
    if config.sign_in == SignIn::Source && account.is_none() {
        return None;
    }
    Some(knocked(context, &bridge, account.as_deref()).await)
}

async fn knocked(context: &Context<'_>, bridge: &Bridge, account: Option<&SignedIn>) -> Item {
    let lang = context.lang;
    let host = context.config.bridge.address().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    let refused = match bridge.knock(account).await {
        Ok(404) => return Item::warn(Id::Bridge, lang, nothing_there(lang, host), correct_url(lang)),
        Ok(status) => return Item::ok(Id::Bridge, lang, lets_in(lang, host, status)),
        Err(refused) => refused,
    };
    let (class, message, remedy) = match &refused {
        NotTaken::NotLetIn(_) => (ErrorClass::Auth, shut_out(lang, host), correct_account(lang)),
        NotTaken::NoAnswer(_) | NotTaken::Refused(_) => {
            (ErrorClass::Transient, no_answer(lang, host), correct_way(lang))
        }
    };
    Item::fail(Id::Bridge, lang, class, message, remedy).with_details([refused.words().to_owned()])
}
