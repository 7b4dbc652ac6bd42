//! The stream from a server as the messages it is made of (PostgreSQL, "Message Formats"): one letter, four bytes of
//! length, the body. Only for connections without TLS, whose first byte from the server is already such a message.

const NOTIFICATION: u8 = b'A';
const HEADER: usize = 5;

/// What has arrived of a message that is not complete.
#[derive(Default)]
pub(super) struct Frames {
    pending: Vec<u8>,
}

impl Frames {
    /// Takes bytes in and gives the complete messages, without notifications if those are to be dropped, and how many were.
    pub(super) fn pass(&mut self, bytes: &[u8], drops_notifications: bool) -> (Vec<u8>, u64) {
        self.pending.extend_from_slice(bytes);
        let (mut passed, mut dropped, mut at) = (Vec::with_capacity(self.pending.len()), 0, 0);
        while let Some(length) = complete(&self.pending[at..]) {
            if drops_notifications && self.pending[at] == NOTIFICATION {
                dropped += 1;
            } else {
                passed.extend_from_slice(&self.pending[at..at + length]);
            }
            at += length;
        }
        self.pending.drain(..at);
        (passed, dropped)
    }
}

/// The length of the first message, if all of it is there.
fn complete(bytes: &[u8]) -> Option<usize> {
    let length: [u8; 4] = bytes.get(1..HEADER)?.try_into().ok()?;
    let whole = 1 + u32::from_be_bytes(length) as usize;
    (bytes.len() >= whole).then_some(whole)
}

#[test]
fn notifications_are_taken_out_wherever_the_stream_is_cut() {
    let stream = b"D\0\0\0\x05xA\0\0\0\x06hiZ\0\0\0\x05I";
    for cut in 0..stream.len() {
        let mut frames = Frames::default();
        let (first, second) = stream.split_at(cut);
        let ((mut passed, one), (rest, two)) = (frames.pass(first, true), frames.pass(second, true));
        passed.extend(rest);
        assert_eq!((passed.as_slice(), one + two), (&b"D\0\0\0\x05xZ\0\0\0\x05I"[..], 1));
    }
    assert_eq!(Frames::default().pass(stream, false), (stream.to_vec(), 0));
}
