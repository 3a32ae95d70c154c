/// SplitMix64: small, fast, and the same on every machine for the same seed.
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each purpose, so that one's draws do not shift another's.
    pub(crate) fn stream(seed: u64, number: u64) -> Self {
        let mut mixer = Self(seed ^ number.wrapping_mul(0xa076_1d64_78bd_642f));
        Self(mixer.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are what a float between 0 and 1 can hold.
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        share < probability
    }

    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut letter = || {
            let at = self.next() % alphabet.len().max(1) as u64;
            alphabet.get(at as usize).map_or('x', |&byte| char::from(byte))
        };
        (0..length).map(|_| letter()).collect()
    }

    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff,
        )
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_chance_of_zero_never_comes_up() {
        let mut random = Random(0);
        assert!((0..1000).all(|_| !random.chance(0.0)));
    }
}
