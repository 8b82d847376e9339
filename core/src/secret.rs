//! Recognizes secrets that are passed in place of the name of an environment variable.
//!
//! The `key` label should be a name such as `OPENAI_API_KEY_2`. If a caller passes the secret itself, it must not
//! reach CloudWatch. A label is taken for a secret and replaced in these cases:
//!
//! - It has a character that names of variables cannot have, as most keys with a prefix, UUIDs, JWTs and URLs do.
//! - It begins like the credentials of an issuer, and no words follow.
//! - It has a long part that is not made of words. Names are made of words, in which most pairs of letters are common.
//!   In random letters and digits few are. This recognizes digests, base32, base62 and tokens of unknown issuers.

use std::ops::RangeInclusive;

/// Replaces a secret.
pub const REDACTED: &str = "[redacted]";

/// What credentials begin with, and no name does.
const MARKS: [&str; 4] = ["AKIA", "AIza", "ya29", "eyJ"];

/// Prefixes that issuers give their credentials. Names can begin with them too: `npm_token`.
const PREFIXES: [&str; 20] = [
    "sk_",
    "pk_",
    "rk_",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat",
    "xox",
    "hf_",
    "gsk_",
    "npm_",
    "r8_",
    "dop_v1_",
    "whsec_",
    "shpat_",
    "pcsk_",
];

/// The minimum length of a part that is judged by its letters. Shorter ones say too little.
const SHORTEST_JUDGED: usize = 16;

/// The minimum length of a part that is judged by its letters if digits are mixed into them.
const SHORTEST_MIXED: usize = 12;

/// The lengths of digests: a checksum of 64 bits has 16 digits, and SHA-512 has 128.
const DIGEST_LENGTHS: RangeInclusive<usize> = 16..=128;

/// The minimum length of the parts that are judged together: an underscore can be a character of a secret. Shorter parts
/// are abbreviations, and parts that are numbers are numbers.
const SHORTEST_JOINED: usize = 6;

/// The maximum length of a part that is taken for a word whatever its letters are.
const LONGEST_ABBREVIATION: usize = 3;

/// The maximum number of digits at the end of a word after the prefix of a credential.
const MAX_INDEX_DIGITS: usize = 3;

/// The letters that often follow each letter in words, from `a` to `z`. They make 86 % of the pairs in the documentation
/// of the packages that this project depends on, and in the names of environment variables.
const FOLLOWERS: [&str; 26] = [
    "bcdgilmnprstu",     // a
    "aeiloru",           // b
    "acehklort",         // c
    "aeio",              // d
    "acdefglmnprstvxy",  // e
    "aeilo",             // f
    "eir",               // g
    "aeio",              // h
    "abcdefglmnoprstvz", // i
    "",                  // j
    "e",                 // k
    "aeilosty",          // l
    "aeiop",             // m
    "acdegiost",         // n
    "cdglmnoprstuw",     // o
    "aeilort",           // p
    "u",                 // q
    "acdegikmnorstuy",   // r
    "acehilopstu",       // s
    "aehilorstuy",       // t
    "blmnprst",          // u
    "aei",               // v
    "aios",              // w
    "",                  // x
    "",                  // y
    "e",                 // z
];

/// Returns whether a `key` label could be a secret and not the name of a variable.
#[must_use]
pub fn looks_like_secret(key: &str) -> bool {
    let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    !is_name
        || MARKS.iter().any(|mark| key.starts_with(mark))
        || PREFIXES.iter().filter_map(|prefix| key.strip_prefix(prefix)).any(|rest| !is_words(rest))
        || has_random_part(key)
}

fn has_random_part(key: &str) -> bool {
    let mut joined = Pairs::default();
    for part in key.split('_') {
        let pairs = Pairs::of(part);
        if is_digest(part) || pairs.is_random() || (pairs.is_rarely_common() && has_digits_inside(part)) {
            return true;
        }
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        if part.len() >= SHORTEST_JOINED && !is_number {
            joined = joined.and(pairs);
        }
    }
    let has = |part: &str, class: fn(&u8) -> bool| part.as_bytes().iter().any(class);
    let mixes = |part: &str| has(part, u8::is_ascii_lowercase) && has(part, u8::is_ascii_uppercase);
    let mixes_cases = key.split('_').any(mixes);
    // The parts of a name can be abbreviations. Each is mostly in one case.
    if mixes_cases {
        joined.is_random()
    } else {
        joined.characters >= SHORTEST_JUDGED && joined.is_rarely_common()
    }
}

/// Returns whether a part consists of hexadecimal digits, letters and decimal ones, and is as long as digests are.
fn is_digest(part: &str) -> bool {
    let has = |class: fn(&u8) -> bool| part.as_bytes().iter().any(class);
    DIGEST_LENGTHS.contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
}

/// Returns whether a digit is between letters.
fn has_digits_inside(part: &str) -> bool {
    let is_digit = |character: char| character.is_ascii_digit();
    part.trim_matches(is_digit).contains(is_digit)
}

/// The pairs of neighbours in parts of a label.
#[derive(Clone, Copy, Default)]
struct Pairs {
    characters: usize,
    all: usize,
    common: usize,
}

impl Pairs {
    fn of(part: &str) -> Self {
        let common = part.as_bytes().windows(2).filter(|pair| is_common(pair[0], pair[1])).count();
        Self { characters: part.len(), all: part.len().saturating_sub(1), common }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            characters: self.characters + other.characters,
            all: self.all + other.all,
            common: self.common + other.common,
        }
    }

    const fn is_random(self) -> bool {
        self.characters >= SHORTEST_JUDGED && self.common * 2 < self.all
    }

    const fn is_rarely_common(self) -> bool {
        self.characters >= SHORTEST_MIXED && self.common * 4 < self.all
    }
}

/// Returns whether two neighbours are two letters of one word that often follow each other.
fn is_common(first: u8, second: u8) -> bool {
    let are_letters = first.is_ascii_alphabetic() && second.is_ascii_alphabetic();
    let begins_word = first.is_ascii_lowercase() && second.is_ascii_uppercase();
    let followers = || FOLLOWERS[usize::from(first.to_ascii_lowercase() - b'a')].as_bytes();
    are_letters && !begins_word && (first == second || followers().contains(&second.to_ascii_lowercase()))
}

/// Returns whether a text consists of words with short numbers.
fn is_words(text: &str) -> bool {
    text.split('_').all(|part| {
        let word = part.trim_end_matches(|character: char| character.is_ascii_digit());
        let pairs = Pairs::of(word);
        part.len() <= LONGEST_ABBREVIATION
            || (part.len() - word.len() <= MAX_INDEX_DIGITS
                && word.bytes().all(|byte| byte.is_ascii_alphabetic())
                && (pairs.common * 2 >= pairs.all || word.len() <= LONGEST_ABBREVIATION))
    })
}

#[cfg(test)]
mod tests;
