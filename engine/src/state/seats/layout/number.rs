//! The numbers in labels.

/// A decimal number of 1 to 16 digits, leading zeros allowed, without sign; `None` if it is anything else.
pub(super) fn parse_number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    u32::try_from(value).ok()
}

/// Appends a decimal number of so many digits at least, which is at most ten.
#[inline(always)]
pub(super) fn push_number(out: &mut Vec<u8>, mut number: u32, least: u8) {
    let mut digits = [b'0'; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at.min(digits.len() - usize::from(least))..]);
}
