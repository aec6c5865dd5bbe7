//! Made-up people and firms: well-formed, and plainly nobody's. Numbers begin with what is given to no one
//! (province 000, telephone 09000), mail goes to `.invalid`.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use unicode_normalization::UnicodeNormalization as _;

const SURNAMES: [&str; 16] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô",
    "A", "Y",
];
const MIDDLES: [&str; 12] =
    ["Văn", "Thị", "Hữu", "Đức", "Ngọc", "Thanh", "Quốc", "Minh", "Kim", "Xuân", "Thế", "Mỹ"];
const GIVEN: [&str; 24] = [
    "An",
    "Bình",
    "Chiến",
    "Dũng",
    "Đạt",
    "Giang",
    "Hạnh",
    "Hiếu",
    "Hòa",
    "Hồng",
    "Khánh",
    "Kiên",
    "Lan",
    "Linh",
    "Mạnh",
    "Nga",
    "Ngọc",
    "Phượng",
    "Quỳnh",
    "Sơn",
    "Thảo",
    "Thủy",
    "Tuấn",
    "Yến",
];
const TRADES: [&str; 6] = ["Thương mại", "Xây dựng", "Nông sản", "Vận tải", "Dịch vụ Du lịch", "Chế biến gỗ"];

fn pick(rng: &mut StdRng, from: &[&'static str]) -> &'static str {
    from.choose(rng).copied().unwrap_or("")
}

/// A person's name, in composed form.
pub(crate) fn person(rng: &mut StdRng) -> String {
    format!("{} {} {}", pick(rng, &SURNAMES), pick(rng, &MIDDLES), pick(rng, &GIVEN))
}

/// A firm's name.
pub(crate) fn firm(rng: &mut StdRng) -> String {
    format!("Công ty TNHH {} {} {}", pick(rng, &TRADES), pick(rng, &MIDDLES), pick(rng, &GIVEN))
}

/// The text as clerks' keyboards leave it: now and then decomposed, now and then with blanks around it.
pub(crate) fn typed(rng: &mut StdRng, text: &str) -> String {
    match rng.random_range(0..100) {
        0..=3 => text.nfd().collect(),
        4..=5 => format!(" {text}  "),
        _ => text.to_owned(),
    }
}

/// `prefix` and then digits, `length` characters in all.
pub(crate) fn digits(rng: &mut StdRng, prefix: &str, length: usize) -> String {
    let mut text = prefix.to_owned();
    while text.len() < length {
        text.push(char::from(b'0' + rng.random_range(0..10u8)));
    }
    text
}

/// A telephone number that is given to no one.
pub(crate) fn telephone(rng: &mut StdRng) -> String {
    digits(rng, "09000", 10)
}

/// A mail address that leads nowhere.
pub(crate) fn mail(rng: &mut StdRng) -> String {
    format!("{}@example.invalid", digits(rng, "congdan", 13))
}
