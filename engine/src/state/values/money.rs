//! Amounts of money: whole numbers of the smallest unit of a currency. Nothing here is rounded.

use std::fmt;

use bincode::de::Decoder;
use bincode::error::DecodeError;
use bincode::{Decode, Encode};

/// The currencies by how many digits their minor unit has: ISO 4217, list one, as published on 2026-01-01
/// (<https://www.six-group.com/en/products-services/financial-information/data-standards.html>). Metals, units of account
/// of banks and codes for tests have no minor unit and are left out.
const CURRENCIES: [(usize, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF \
         CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
         GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL \
         MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR \
         PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP \
         TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
];

/// A currency by the three letters of its code.
///
/// Logged and kept as its letters: a code that leaves the list is refused from then on, and what was written with it is read
/// for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency of this code, in capitals or not; `None` if the list has no such code.
    #[must_use]
    pub fn new(word: &[u8]) -> Option<Self> {
        let currency = Self(<[u8; 3]>::try_from(word).ok()?.map(|letter| letter.to_ascii_uppercase()));
        currency.digits().map(|_| currency)
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many digits of an amount are minor units; `None` if the list does not have it any more.
    #[must_use]
    pub fn digits(&self) -> Option<usize> {
        let has = |codes: &str| codes.split(' ').any(|code| code.as_bytes() == self.0);
        CURRENCIES.iter().find(|(_, codes)| has(codes)).map(|&(digits, _)| digits)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl<C> Decode<C> for Currency {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let letters = <[u8; 3]>::decode(decoder)?;
        if letters.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(letters))
        } else {
            Err(DecodeError::Other("a currency is three capital letters"))
        }
    }
}

bincode::impl_borrow_decode!(Currency);

/// An amount of money.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
pub struct Amount {
    /// In the smallest unit of the currency; at most [`crate::limits::AMOUNT_MINOR_MAX`].
    pub minor: u64,
    /// The currency.
    pub currency: Currency,
}

/// For people, with the digits of the currency: `120.00 EUR`, `15000 KRW`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minor, code) = (self.minor, self.currency.code());
        match self.currency.digits() {
            Some(0) => write!(f, "{minor} {code}"),
            Some(digits) => {
                let whole = 10_u64.pow(digits as u32);
                write!(f, "{}.{:0digits$} {code}", minor / whole, minor % whole)
            }
            None => write!(f, "{minor} minor units of {code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_list() {
        let codes: Vec<&str> = CURRENCIES.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        assert_eq!(codes.len(), 165);
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code), "{code} stands twice");
            let currency = Currency::new(code.to_ascii_lowercase().as_bytes()).unwrap();
            assert_eq!(currency.code(), *code);
        }
        // The list's codes for no currency, for tests and for gold; and one that has left the list.
        for word in ["", "EU", "EURO", "XXX", "XTS", "XAU", "BGN", "E R", "\u{20ac}"] {
            assert_eq!(Currency::new(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn people_see_the_digits_of_the_currency() {
        let shown = |minor, code: &str| {
            Amount { minor, currency: Currency::new(code.as_bytes()).unwrap() }.to_string()
        };
        assert_eq!(shown(12_000, "EUR"), "120.00 EUR");
        assert_eq!(shown(5, "EUR"), "0.05 EUR");
        assert_eq!(shown(12_000, "KRW"), "12000 KRW");
        assert_eq!(shown(12_000, "JPY"), "12000 JPY");
        assert_eq!(shown(12_005, "KWD"), "12.005 KWD");
        assert_eq!(shown(12_005, "CLF"), "1.2005 CLF");
        assert_eq!(Amount { minor: 7, currency: Currency(*b"BGN") }.to_string(), "7 minor units of BGN");
    }

    #[test]
    fn what_left_the_list_is_still_read() {
        let config = bincode::config::standard();
        let old = Amount { minor: 300, currency: Currency(*b"BGN") };
        let bytes = bincode::encode_to_vec(old, config).unwrap();
        assert_eq!(bytes[3..], *b"BGN");
        assert_eq!(bincode::decode_from_slice::<Amount, _>(&bytes, config).unwrap().0, old);
        let wrong = [&bytes[..3], b"bgn"].concat();
        assert!(bincode::decode_from_slice::<Amount, _>(&wrong, config).is_err());
    }
}
