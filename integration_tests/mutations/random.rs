//! Numbers that look random and are the same in each run.

/// Of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): SplitMix64.
pub struct Random(u64);

impl Random {
    /// Those of one case, by its number; neighbours have nothing in common.
    pub fn of(case: usize) -> Self {
        let mut random = Self(case as u64);
        Self(random.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % (bound.max(1) as u64)) as usize
    }

    /// Whether one of `n` throws hits.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of a list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A part of bytes, mostly a short one.
    pub fn range(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let most = if self.one_in(4) { bytes.len() } else { 32 };
        let length = self.below(most.min(bytes.len() - start) + 1);
        start..start + length
    }

    /// Changes bytes at one place.
    pub fn spoil(&mut self, bytes: &mut Vec<u8>) {
        let range = self.range(bytes);
        let at = range.start;
        match self.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(range)),
            2 => {
                let part = bytes[range].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            3 => {
                let odd = [0, b'"', b'-', b'9', b'\r', b'\n', b';', b'{', 0x7f, 0xff];
                bytes.insert(at, *self.pick(&odd));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}
