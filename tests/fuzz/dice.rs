//! Random numbers that are the same each time, and changes made by them.

/// A generator (splitmix64): small, and good enough for tests.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A place and a short length from there.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.one_in(4) { 2000 } else { 40 };
        start..(start + self.below(most) + 1).min(length)
    }

    /// Changes octets in a few places: words put in, pieces taken out, repeated, moved, or taken from elsewhere.
    pub fn change(&mut self, octets: &mut Vec<u8>, words: &[&str], other: &[u8]) {
        const BYTES_MAX: usize = 64 * 1024;
        for _ in 0..=self.below(8) {
            let at = self.below(octets.len() + 1);
            match self.below(9) {
                0 if !octets.is_empty() => {
                    let at = at.min(octets.len() - 1);
                    octets[at] = self.next() as u8;
                }
                1 if !octets.is_empty() => {
                    let at = at.min(octets.len() - 1);
                    octets[at] ^= 1 << self.below(8);
                }
                2 => drop(octets.drain(self.range(octets.len()))),
                3 => {
                    let piece = octets[self.range(octets.len())].to_vec();
                    let times = if self.one_in(10) { 200 } else { 1 + self.below(4) };
                    splice(octets, at, &piece.repeat(times.min(BYTES_MAX / piece.len().max(1))));
                }
                4 => {
                    let piece: Vec<u8> = octets.drain(self.range(octets.len())).collect();
                    let at = at.min(octets.len());
                    splice(octets, at, &piece);
                }
                5 => splice(octets, at, &other[self.range(other.len())]),
                6 if self.one_in(3) => octets.truncate(at),
                _ => {
                    let word = self.pick(words).as_bytes().to_vec();
                    let times = if self.one_in(20) { 300 } else { 1 };
                    splice(octets, at, &word.repeat(times));
                }
            }
        }
        octets.truncate(BYTES_MAX);
    }
}

fn splice(octets: &mut Vec<u8>, at: usize, piece: &[u8]) {
    octets.splice(at..at, piece.iter().copied());
}
