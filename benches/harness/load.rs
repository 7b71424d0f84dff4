//! Requests made beforehand, one after another in one buffer: making them costs the measured time nothing.

use holdfast_load::resp;

/// Requests of one length each.
pub(crate) struct Load {
    bytes: Vec<u8>,
    each: usize,
}

impl Load {
    /// So many requests; `frame` writes one.
    ///
    /// # Panics
    /// If they differ in length: a server would be asked for different work.
    pub(crate) fn framed(count: u32, mut frame: impl FnMut(u32, &mut Vec<u8>)) -> Self {
        let mut bytes = Vec::new();
        let mut each = 0;
        for number in 0..count {
            let before = bytes.len();
            frame(number, &mut bytes);
            let length = bytes.len() - before;
            if number == 0 {
                each = length;
                bytes.reserve_exact(each * (count as usize - 1));
            }
            assert_eq!(length, each, "requests of one load have one length");
        }
        Self { bytes, each }
    }

    /// So many commands of the Redis protocol; `arguments` says the words of one.
    pub(crate) fn commands(count: u32, mut arguments: impl FnMut(u32, &mut Words)) -> Self {
        let mut words = Words::default();
        Self::framed(count, |number, bytes| {
            words.0.clear();
            arguments(number, &mut words);
            words.frame(bytes);
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.bytes.len() / self.each
    }

    /// The bytes of `count` requests from the `first` on.
    pub(crate) fn requests(&self, first: usize, count: usize) -> &[u8] {
        &self.bytes[first * self.each..(first + count) * self.each]
    }
}

/// The words of one command.
#[derive(Default)]
pub(crate) struct Words(Vec<Vec<u8>>);

impl Words {
    pub(crate) fn word(&mut self, word: impl AsRef<[u8]>) -> &mut Self {
        self.0.push(word.as_ref().to_vec());
        self
    }

    pub(crate) fn frame(&self, out: &mut Vec<u8>) {
        resp::push(&self.0, out);
    }
}
