//! Amounts as people and providers write them. Whole numbers of the smallest unit; nothing is rounded.

use holdfast_engine::{Amount, Currency, limits};

/// The minor units of a decimal number: `120.00`, `-5`, `+12.5`. Zeros behind the digits of the currency are none.
///
/// # Errors
/// What is wrong with it, in half a sentence.
pub(crate) fn of_decimal(text: &str, currency: Currency) -> Result<i64, String> {
    let digits = currency.digits().unwrap_or(0);
    let (sign, number) = signed(text);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(part) || number.ends_with('.') {
        return Err(format!("{text:?} is no amount: write it as 120.00, without separators of thousands"));
    }
    let (counted, more) = part.split_at_checked(digits).unwrap_or((part, ""));
    if more.bytes().any(|byte| byte != b'0') {
        return Err(format!("{text} has more digits than {} has: {digits}", currency.code()));
    }
    bounded(sign, &format!("{whole}{counted:0<digits$}"), text)
}

/// The minor units of a whole number of them.
///
/// # Errors
/// What is wrong with it, in half a sentence.
pub(crate) fn of_minor(text: &str) -> Result<i64, String> {
    let (sign, number) = signed(text);
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{text:?} is no whole number of minor units"));
    }
    bounded(sign, number, text)
}

fn signed(text: &str) -> (i64, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    }
}

fn bounded(sign: i64, digits: &str, text: &str) -> Result<i64, String> {
    let minor = digits.parse::<u64>().ok().filter(|minor| *minor <= limits::AMOUNT_MINOR_MAX);
    let minor = minor.and_then(|minor| i64::try_from(minor).ok());
    minor.map(|minor| sign * minor).ok_or_else(|| format!("{text} is more than an amount may be"))
}

/// For people: `-120.00 EUR`.
pub(crate) fn shown(minor: i128, currency: Currency) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let of = |minor| format!("{sign}{}", Amount { minor, currency });
    u64::try_from(minor.unsigned_abs())
        .map_or_else(|_| format!("{minor} minor units of {}", currency.code()), of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, code: &str) -> Result<i64, String> {
        of_decimal(text, Currency::new(code.as_bytes()).expect("a currency"))
    }

    #[test]
    fn a_decimal_number_is_its_minor_units_and_nothing_is_rounded() {
        for (text, code, minor) in [
            ("120.00", "EUR", 12_000),
            ("-120.5", "EUR", -12_050),
            ("+0.07", "EUR", 7),
            ("120", "EUR", 12_000),
            ("15000", "KRW", 15_000),
            ("15000.00", "KRW", 15_000),
            ("-15000", "JPY", -15_000),
            ("1.2345", "CLF", 12_345),
            ("12.005", "KWD", 12_005),
            ("0", "KRW", 0),
        ] {
            assert_eq!(read(text, code), Ok(minor), "{text} {code}");
        }
        for (text, code) in [
            ("", "EUR"),
            ("-", "EUR"),
            (".5", "EUR"),
            ("5.", "EUR"),
            ("1,200.00", "EUR"),
            ("12.001", "EUR"),
            ("150.5", "KRW"),
            ("1e3", "KRW"),
            ("(5)", "KRW"),
            ("--5", "KRW"),
            ("1.2.3", "EUR"),
            ("99999999999999999999", "KRW"),
            ("10000000000000.01", "EUR"),
            ("\u{ff11}", "KRW"),
        ] {
            assert!(read(text, code).is_err(), "{text} {code}");
        }
        assert_eq!((of_minor("-500"), of_minor("+7")), (Ok(-500), Ok(7)));
        assert!(of_minor("5.0").is_err() && of_minor("").is_err());
    }
}
