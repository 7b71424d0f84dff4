//! The configuration of Alertmanager: three channels, and who comes in when a critical alert does not end.

use std::fmt::Write as _;

use serde_json::json;

use super::HEAD;
use super::source::Channels;

/// `alertmanager.yml`.
pub(super) fn routes(channels: &Channels) -> String {
    let receivers = [
        ("critical", &channels.critical),
        ("critical-30m", &channels.critical_30m),
        ("critical-1h", &channels.critical_1h),
        ("warning", &channels.warning),
        ("info", &channels.info),
    ];
    // The first route that matches takes an alert: the later a tier, the earlier it stands.
    let routes = [
        ("critical-1h", r#"severity="critical", tier="3""#, "1h"),
        ("critical-30m", r#"severity="critical", tier="2""#, "30m"),
        ("critical", r#"severity="critical""#, "15m"),
        ("warning", r#"severity="warning""#, "4h"),
    ];
    let mut out = format!(
        "{HEAD}route:\n  receiver: info\n  group_by: [alertname, instance]\n  group_wait: 10s\n  \
         group_interval: 1m\n  repeat_interval: 24h\n  routes:\n"
    );
    // Writing to a String cannot fail.
    for (receiver, matchers, repeat) in routes {
        let _ = writeln!(
            out,
            "    - receiver: {receiver}\n      matchers: ['{}']\n      repeat_interval: {repeat}",
            matchers.replace(", ", "', '")
        );
    }
    out.push_str("receivers:\n");
    for (name, url) in receivers {
        let _ = writeln!(
            out,
            "  - name: {name}\n    webhook_configs:\n      - url: {}\n        send_resolved: true",
            json!(url)
        );
    }
    // Whoever knows that the server is down, or a part of it, need not be told what follows from it.
    out.push_str(
        "inhibit_rules:\n  - source_matchers: ['alertname=\"HoldfastDown\"']\n    \
         target_matchers: ['severity=~\"warning|info\"']\n    equal: [instance]\n  \
         - source_matchers: ['severity=\"critical\"']\n    target_matchers: ['severity=\"warning\"']\n    \
         equal: [instance, part]\n",
    );
    out
}
