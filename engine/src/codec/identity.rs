//! The file of the identity: a few lines of text, so that a person can tell what the directory is.

use std::fmt::Write as _;

use crate::numbers::At;
use crate::system::Branch;

/// The version of the format that is written. It stands for all that is in the directory: what a version before it cannot
/// read must not be opened by that version.
///
/// - 1: up to records of the format 1.
/// - 2: records of the format 2, and records that are about no event.
/// - 3: records of the format 3.
/// - 4: records of the format 4, snapshots with notes and with payments that failed and have holds, and executions of jobs.
/// - 5: more facts of the system event, and a branch.
pub(crate) const IDENTITY_FORMAT: u32 = 5;
const OLDEST_FORMAT: u32 = 1;
const BRANCHES_SINCE: u32 = 5;
const TITLE: &str = "holdfast data directory";

/// Why the bytes are no identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum IdentityFault {
    /// They differ from what was written.
    Damaged(&'static str),
    /// They are of this other format.
    Format(u32),
}

/// The file, of the number of a directory, its secret and its branch.
pub(crate) fn encode_identity(id: &[u8; 16], secret: &[u8; 16], branch: Branch) -> String {
    encode(IDENTITY_FORMAT, id, secret, branch)
}

fn encode(format: u32, id: &[u8; 16], secret: &[u8; 16], branch: Branch) -> String {
    let mut body = format!("{TITLE}\nformat {format}\nid {}\nsecret {}\n", hex(id), hex(secret));
    if branch != Branch::FIRST {
        let Branch { number, from_lsn, at } = branch;
        // Writing to a String cannot fail.
        let _ = writeln!(body, "branch {number} from {from_lsn} at {at}");
    }
    let check = check_line(&body);
    format!("{body}check {check}")
}

/// The branch that a line tells of.
fn branch_of(line: &str) -> Option<Branch> {
    let (number, rest) = line.strip_prefix("branch ")?.split_once(" from ")?;
    let (from_lsn, at) = rest.split_once(" at ")?;
    let numbers = (number.parse().ok()?, from_lsn.parse().ok()?, at.parse().ok()?);
    Some(Branch { number: numbers.0, from_lsn: numbers.1, at: At(numbers.2) })
}

/// What a file of the identity says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Decoded {
    pub(crate) format: u32,
    pub(crate) id: [u8; 16],
    pub(crate) secret: [u8; 16],
    pub(crate) branch: Branch,
}

/// Reads the file, of this format or an older one.
pub(crate) fn decode_identity(bytes: &[u8]) -> Result<Decoded, IdentityFault> {
    use IdentityFault::Damaged;
    let text = std::str::from_utf8(bytes).map_err(|_| Damaged("it is not text"))?;
    let mut lines = text.lines();
    if lines.next() != Some(TITLE) {
        return Err(Damaged("its first line is not the title"));
    }
    let found = lines.next().and_then(|line| line.strip_prefix("format ")?.parse().ok());
    let found: u32 = found.ok_or(Damaged("its second line is not the format"))?;
    // Every format ends with the check word, so that a rotten format number is not taken for another version.
    let (body, check) = text.rsplit_once("check ").ok_or(Damaged("it has no check word"))?;
    if check != check_line(body) {
        return Err(Damaged("its check word does not fit"));
    }
    if !(OLDEST_FORMAT..=IDENTITY_FORMAT).contains(&found) {
        return Err(IdentityFault::Format(found));
    }
    let mut word = |prefix| lines.next().and_then(|line: &str| unhex(line.strip_prefix(prefix)?));
    let id = word("id ").ok_or(Damaged("its third line is not the id"))?;
    let secret = word("secret ").ok_or(Damaged("its fourth line is not the secret"))?;
    // Formats before the fifth have no branch, so a line there is not as it is written.
    let branch =
        lines.next().and_then(branch_of).filter(|_| found >= BRANCHES_SINCE).unwrap_or(Branch::FIRST);
    if encode(found, &id, &secret, branch) != text {
        return Err(Damaged("it is not as it is written"));
    }
    Ok(Decoded { format: found, id, secret, branch })
}

/// FNV-1a, 64 bits, of what stands before it: the file is small, seldom read, and this needs no library of another
/// layer.
fn check_line(body: &str) -> String {
    let sum = body
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    format!("{sum:016x}\n")
}

/// Bytes as small hexadecimal digits, two for each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// As many bytes as the digits make, if that is what they are.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes as they are on disks since they are written.
    #[test]
    fn the_file_has_these_bytes() {
        let first = "holdfast data directory\nformat 1\nid 07070707070707070707070707070707\n\
                     secret 09090909090909090909090909090909\ncheck 0328eb8082e73ec0\n";
        let second = "holdfast data directory\nformat 2\nid 07070707070707070707070707070707\n\
                      secret 09090909090909090909090909090909\ncheck 35230f3f2a73aaeb\n";
        let third = "holdfast data directory\nformat 3\nid 07070707070707070707070707070707\n\
                     secret 09090909090909090909090909090909\ncheck 52d0d4510c451396\n";
        let fourth = "holdfast data directory\nformat 4\nid 07070707070707070707070707070707\n\
                      secret 09090909090909090909090909090909\ncheck 0ff4070413538719\n";
        let fifth = "holdfast data directory\nformat 5\nid 07070707070707070707070707070707\n\
                     secret 09090909090909090909090909090909\ncheck 711a339eb2f4394c\n";
        let branched = "holdfast data directory\nformat 5\nid 07070707070707070707070707070707\n\
                        secret 09090909090909090909090909090909\n\
                        branch 1796000000 from 4712 at 1795955935261\ncheck 1edd26c8db38c71f\n";
        let branch = Branch { number: 1_796_000_000, from_lsn: 4_712, at: At(1_795_955_935_261) };
        assert_eq!(encode_identity(&[7; 16], &[9; 16], Branch::FIRST), fifth);
        assert_eq!(encode_identity(&[7; 16], &[9; 16], branch), branched);
        let none = Branch::FIRST;
        for (format, branch, text) in [
            (1, none, first),
            (2, none, second),
            (3, none, third),
            (4, none, fourth),
            (5, none, fifth),
            (5, branch, branched),
        ] {
            let decoded = Decoded { format, id: [7; 16], secret: [9; 16], branch };
            assert_eq!(decode_identity(text.as_bytes()), Ok(decoded));
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed_and_another_format_is_told() {
        let branch = Branch { number: 2, from_lsn: 3, at: At(4) };
        let text = encode_identity(&[7; 16], &[9; 16], branch);
        for bit in 0..text.len() * 8 {
            let mut damaged = text.clone().into_bytes();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(decode_identity(&damaged), Err(IdentityFault::Damaged(_))), "bit {bit}");
        }
        let later = text.replace("format 5", "format 6");
        let (body, _) = later.rsplit_once("check ").unwrap();
        let later = format!("{body}check {}", check_line(body));
        assert_eq!(decode_identity(later.as_bytes()), Err(IdentityFault::Format(6)));
        let earlier = text.replace("format 5", "format 4");
        let (body, _) = earlier.rsplit_once("check ").unwrap();
        let earlier = format!("{body}check {}", check_line(body));
        assert!(matches!(decode_identity(earlier.as_bytes()), Err(IdentityFault::Damaged(_))));
    }
}
