//! Austin Appleby's `MurmurHash3_x64_128` as thinc calls it: spaCy picks the rows of its tables
//! with it.

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// The four numbers that thinc's `HashEmbed` makes of a feature's id: the hash of its eight bytes,
/// cut into four.
#[inline]
pub fn of_id(id: u64, seed: u32) -> [u32; 4] {
    let seed = u64::from(seed);
    finish(seed ^ mix_first(id), seed, 8)
}

/// The hash of bytes, cut into four, as floret makes it of n-grams.
pub fn of_bytes(bytes: &[u8], seed: u32) -> [u32; 4] {
    let (mut h1, mut h2) = (u64::from(seed), u64::from(seed));
    let (blocks, tail) = bytes.as_chunks::<16>();
    for block in blocks {
        let (k1, k2) = halves(block);
        h1 ^= mix_first(k1);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix_second(k2);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    if !tail.is_empty() {
        let mut block = [0; 16];
        block[..tail.len()].copy_from_slice(tail);
        let (k1, k2) = halves(&block);
        h2 ^= mix_second(k2);
        h1 ^= mix_first(k1);
    }
    finish(h1, h2, bytes.len() as u64)
}

#[inline]
fn finish(mut h1: u64, mut h2: u64, len: u64) -> [u32; 4] {
    h1 ^= len;
    h2 ^= len;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = avalanche(h1);
    h2 = avalanche(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    [h1 as u32, (h1 >> 32) as u32, h2 as u32, (h2 >> 32) as u32]
}

fn halves(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

#[inline]
fn mix_first(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix_second(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

#[inline]
fn avalanche(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_eight_bytes() {
        for id in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(of_id(id, 8), of_bytes(&id.to_le_bytes(), 8));
        }
    }
}
