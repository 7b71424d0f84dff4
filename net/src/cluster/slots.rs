//! The slot of a name.

use super::SLOTS;

/// The slot of an event's name, as every client computes it: of what stands between the first `{` and the `}` behind it, if
/// anything does, so that events can be made to share a slot; else of all of it.
pub(crate) fn slot(name: &[u8]) -> u16 {
    let tag = name.iter().position(|byte| *byte == b'{').and_then(|open| {
        let behind = &name[open + 1..];
        let close = behind.iter().position(|byte| *byte == b'}')?;
        Some(&behind[..close]).filter(|tag| !tag.is_empty())
    });
    crc16(tag.unwrap_or(name)) % SLOTS
}

/// CRC-16/XMODEM, bit by bit: it is asked for when a command is sent elsewhere.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}
