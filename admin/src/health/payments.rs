//! How the providers of payments are, by what becomes of their payments.

use holdfast_engine::PaymentStats;

use super::parts::{Finding, UP, degraded};

/// How many are named in a message.
const NAMED_MAX: usize = 5;

pub(super) fn of_providers(payments: &PaymentStats) -> Finding {
    let window = payments.policy.window.0 / 1_000;
    let disturbed: Vec<_> = payments
        .open()
        .map(|provider| {
            let (failures, counted) = (provider.why.failures(), provider.why.counted());
            match counted {
                // Of an earlier process, no figures are left.
                0 => provider.name.to_string(),
                _ => {
                    format!("{}, {failures} of {counted} failed or ran out within {window} s", provider.name)
                }
            }
        })
        .collect();
    let names: Vec<_> = payments.paused.iter().map(|sale| sale.event.to_string()).collect();
    if disturbed.is_empty() && names.is_empty() {
        return UP;
    }
    let more = disturbed.len().saturating_sub(NAMED_MAX);
    let mut message = format!("payments are disturbed: {}", disturbed[..disturbed.len() - more].join("; "));
    if disturbed.is_empty() {
        "payments are tried again".clone_into(&mut message);
    }
    if more > 0 {
        message += &format!("; and {more} more");
    }
    if !names.is_empty() {
        message += &format!("; sales that are paused for it: {}", names.len());
    }
    let remedy = "Look at the provider's status page, and at its reports to your application. docs/runbooks/payments.md has the steps.";
    Finding { names, ..degraded(message, remedy) }
}

#[cfg(test)]
mod tests {
    use holdfast_engine::{At, Circuit, PausedSale, PaymentPolicy, ProviderFigures, Tally};

    use super::super::parts::Status;
    use super::*;

    fn provider(name: &str, circuit: Circuit) -> ProviderFigures {
        let (window, why, total) = (Tally::default(), Tally::default(), Tally::default());
        ProviderFigures { name: name.into(), circuit, since: At(1), window, why, total }
    }

    #[test]
    fn a_few_providers_are_named_and_the_sales_are_for_operators() {
        let policy = PaymentPolicy::default();
        let mut payments =
            PaymentStats { policy, providers: Vec::new(), unknown: 0, gaps: 0, paused: Vec::new() };
        payments.providers = vec![provider("a", Circuit::Closed), provider("b", Circuit::HalfOpen)];
        assert_eq!(of_providers(&payments), UP);
        payments.providers.extend((0..7).map(|number| provider(&format!("p{number}"), Circuit::Open)));
        payments.paused = vec![PausedSale { event: "gala".into(), provider: "p0".into(), since: At(1) }];
        let found = of_providers(&payments);
        assert_eq!(found.status, Status::Degraded);
        assert_eq!(
            found.message,
            "payments are disturbed: p0; p1; p2; p3; p4; and 2 more; sales that are paused for it: 1"
        );
        assert_eq!(found.names, ["gala"]);
    }
}
